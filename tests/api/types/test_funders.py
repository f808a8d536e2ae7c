"""The funder belongs to the award: lists, filters, ladders, delays and exports, over HTTP and on the command line."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from domain.organisation import RegisterOrganisation
from domain.programme import EstablishProgramme, EstablishScheme
from domain.values.ids import OrganisationId, ProgrammeId, SchemeId
from domain.values.when import UNKNOWN
from infra.database.postgres import Database
from infra.feeding import projector
from infra.feeding.projector import project_all
from tests.api.types.test_delays import Office, delays, summary
from tests.infra.imports.test_register import of_register, table
from tests.kit.command_line import fundtrail
from tests.kit.database.feeding import rebuilt
from tests.kit.database.writing import read_tables
from tests.kit.files.importing import bring, figures, grant, package
from tests.kit.money import desk
from tests.kit.web.served import Api, served

JUSTICE = [{"id": "GB-GOR-D18", "name": "Ministry of Justice"}]
TRANSPORT = [{"id": "GB-GOR-D9", "name": "Department for Transport"}]


def two_funders(*transport: int) -> list[dict[str, Any]]:
    """Three grants to one council in one programme: those with the numbers *transport* are from another funder."""
    council = [{"id": "GB-LAE-1", "name": "Council"}]
    amounts = {1: (10, 30), 2: (200, 500), 3: (3000, None)}
    return [
        grant(
            number,
            amountAwarded=awarded,
            amountAppliedFor=asked,
            amountDisbursed=None,
            recipientOrganization=council,
            fundingOrganization=TRANSPORT if number in transport else JUSTICE,
        )
        for number, (awarded, asked) in amounts.items()
    ]


def state(database: Database, folder: Path, *transport: int) -> None:
    bring(database, package(folder / "a.json", two_funders(*transport)))
    project_all(database)


@pytest.fixture
def api(database: Database, tmp_path: Path) -> Iterator[Api]:
    """A register in which award 1 is from one funder, and awards 2 and 3 from another."""
    state(database, tmp_path, 1)
    with served(database, projector=False) as api:
        yield api


def exported(database: Database, name: str, *more: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(fundtrail(database, "export", name, *more).stdout)))


# --- Delays -----------------------------------------------------------------------------------------------------------


def bids_of(api: Api, funder: str, **asked: Any) -> list[str]:
    """The bids in the list of delays of *funder*, each of which must show it."""
    query = """query ($filter: DelayFilter, $knownAt: DateTime) { delays(filter: $filter, knownAt: $knownAt) {
        nodes { bid { reference } funder { code } } } }"""
    nodes = api.ask(query, filter={"funder": funder}, **asked)["delays"]["nodes"]
    assert {funder} >= {one["funder"]["code"] for one in nodes}
    return sorted(one["bid"]["reference"] for one in nodes)


def undated(api: Api, **asked: Any) -> dict[str, int]:
    """The number of submissions of each funder. Those of a register have no day."""
    return {name: one["undated"] for name, one in summary(api, "FUNDER", **asked).items()}


def test_the_funder_of_a_bid_in_the_delays_is_that_of_its_award(api: Api) -> None:
    assert {"GB-GOR-D9": 1, "GB-GOR-D18": 1} == undated(api)
    assert ["360G-pilots-1"] == bids_of(api, "GB-GOR-D9")
    assert ["360G-pilots-2"] == bids_of(api, "GB-GOR-D18")
    assert {"GB-GOR-D18": 1} == undated(api, filter={"funder": "GB-GOR-D18"})
    assert (
        "There is no organisation with this id or code."
        == (api.error('{ delays(filter: {funder: "nobody"}) { nodes { bid { id } } } }')["message"])
    )


def test_a_bid_moves_with_its_award_to_another_funder_and_what_was_known_before_stays(
    api: Api, database: Database, tmp_path: Path
) -> None:
    before = api.ask("{ log { recordedAt } }")["log"]["recordedAt"]
    state(database, tmp_path, 1, 2)

    assert {"GB-GOR-D9": 2} == undated(api)
    assert ["360G-pilots-1", "360G-pilots-2"] == bids_of(api, "GB-GOR-D9")
    assert {"GB-GOR-D9": 1, "GB-GOR-D18": 1} == undated(api, knownAt=before)
    assert ["360G-pilots-2"] == bids_of(api, "GB-GOR-D18", knownAt=before)


def test_without_a_funder_of_its_own_a_bid_has_that_of_its_scheme_or_programme(programme: Database) -> None:
    with served(programme, projector=False) as api, desk(programme) as at:
        Office(at).bid("one", "2024-03-01")
        project_all(programme)
        (funder,) = summary(api, "FUNDER", filter={"partnership": "dip"})
        assert ["one"] == bids_of(api, funder)
        listed = delays(api, filter={"funder": funder, "partnership": "dip"})
        assert 1 == len(listed)


def test_the_command_line_shows_and_filters_delays_by_funder(api: Api) -> None:
    def shown(*asked: str) -> Any:
        return json.loads(fundtrail(api.database, "delays", *asked, "--json").stdout)

    assert [("GB-GOR-D9", 1)] == [
        (one["group"], one["undated"]) for one in shown("--group-by", "funder", "--funder", "GB-GOR-D9")["groups"]
    ]
    (one,) = shown("--funder", "GB-GOR-D18")["bids"]
    assert ("360G-pilots-2", "GB-GOR-D18") == (one["reference"], one["funder"])
    refused = fundtrail(api.database, "delays", "--funder", "nobody")
    assert (3, "There is no organisation nobody.") == (refused.returncode, refused.stderr.strip())


def test_delays_that_sources_state_are_those_of_the_funder_of_the_scheme(programme: Database) -> None:
    project_all(programme)
    every = json.loads(fundtrail(programme, "delays", "--json").stdout)["stated"]
    of = {
        funder: len(json.loads(fundtrail(programme, "delays", "--funder", funder, "--json").stdout)["stated"])
        for funder in ("odpm", "clg", "scottish-executive", "idea")
    }
    # One more is of a scheme whose funder no source names.
    assert (31, {"odpm": 15, "clg": 14, "scottish-executive": 1, "idea": 0}) == (len(every), of)


# --- Lists, ladders and exports ---------------------------------------------------------------------------------------


def test_awards_and_partnerships_are_found_by_the_funder_of_the_award(api: Api) -> None:
    query = """query ($funder: String!) { partnerships(filter: {funder: $funder}) {
        nodes { awards { reference funder { code } } } } }"""
    awards = {"360G-pilots-1": "GB-GOR-D9", "360G-pilots-2": "GB-GOR-D18", "360G-pilots-3": "GB-GOR-D18"}
    for funder in ("GB-GOR-D9", "GB-GOR-D18"):
        (found,) = api.ask(query, funder=funder)["partnerships"]["nodes"]
        assert awards == {one["reference"]: one["funder"]["code"] for one in found["awards"]}


def given(api: Api, code: str, *figures: str, **asked: Any) -> Sequence[str | None]:
    """These *figures* of the ladder of a funder; None for one that is not stated."""
    shown = " ".join(f"{figure} {{ amount stated }}" for figure in figures)
    query = f"""query ($known: DateTime) {{ partnerships {{ nodes {{ awards {{ funder {{
        code fundingGiven(knownAt: $known) {{ {shown} }} }} }} }} }} }}"""
    funders = [
        award["funder"]
        for one in api.ask(query, **asked)["partnerships"]["nodes"]
        for award in one["awards"]
        if award["funder"]["code"] == code
    ]
    ladder = funders[0]["fundingGiven"]
    return [ladder[figure]["amount"] if ladder[figure]["stated"] else None for figure in figures]


def test_the_ladder_of_a_funder_has_its_awards_and_their_bids(api: Api) -> None:
    for code, requested, awarded in (("GB-GOR-D9", "30.00", "10.00"), ("GB-GOR-D18", "500.00", "3200.00")):
        assert [requested, awarded, None] == given(api, code, "requested", "awarded", "approved")
        plain = json.loads(fundtrail(api.database, "funding", code, "--json").stdout)["figures"]
        assert (requested, awarded) == (plain["requested"]["amount"], plain["awarded"]["amount"])


def test_the_events_behind_a_figure_of_a_funder_add_up_to_it(api: Api, database: Database, tmp_path: Path) -> None:
    state(database, tmp_path, 1, 2)
    for code, requested, events in (
        ("GB-GOR-D9", "530.00", {"ParticularsStated": ["30.00"], "AwardReassigned": ["500.00"]}),
        ("GB-GOR-D18", "0.00", {"ParticularsStated": ["500.00"], "AwardReassigned": ["-500.00"]}),
        ("360G-pilots", "530.00", {"BidStated": ["30.00", "500.00"]}),
    ):
        plain = json.loads(fundtrail(database, "funding", code, "--explain", "requested", "--json").stdout)
        behind: dict[str, list[str]] = {}
        for one in plain["events"]:
            behind.setdefault(one["name"], []).append(one["amount"])
        assert (requested, events) == (plain["figures"]["requested"]["amount"], behind), code


def test_a_request_that_changes_after_its_award_moved_counts_for_the_new_funder(
    api: Api, database: Database, tmp_path: Path
) -> None:
    known = api.ask("{ log { recordedAt } }")["log"]["recordedAt"]
    state(database, tmp_path, 1, 2)
    grants = two_funders(1, 2)
    grants[1] |= {"amountAppliedFor": 600}
    bring(database, package(tmp_path / "b.json", grants))
    project_all(database)
    assert ["630.00"] == given(api, "GB-GOR-D9", "requested")
    assert [None] == given(api, "GB-GOR-D18", "requested")
    assert ["30.00"] == given(api, "GB-GOR-D9", "requested", known=known)
    assert ["500.00"] == given(api, "GB-GOR-D18", "requested", known=known)


def test_an_organisation_that_funds_nothing_has_no_ladder(api: Api) -> None:
    query = "{ partnerships { nodes { lead { code fundingGiven { awarded { amount } } } } } }"
    (found,) = api.ask(query)["partnerships"]["nodes"]
    assert {"code": "GB-LAE-1", "fundingGiven": None} == found["lead"]


def test_exports_show_the_funder_of_the_award(api: Api) -> None:
    database = api.database
    awards = {one["reference"]: one["funder"] for one in exported(database, "awards")}
    waits = {one["reference"]: one["funder"] for one in exported(database, "delays")}
    assert {"360G-pilots-1": "GB-GOR-D9", "360G-pilots-2": "GB-GOR-D18", "360G-pilots-3": "GB-GOR-D18"} == awards
    assert {"360G-pilots-1": "GB-GOR-D9", "360G-pilots-2": "GB-GOR-D18"} == waits
    ladder = {one["code"]: one for one in exported(database, "ladder") if one["kind"] == "funder"}
    assert {"GB-GOR-D9": ("30.00", "10.00"), "GB-GOR-D18": ("500.00", "3200.00")} == {
        code: (one["requested"], one["awarded"]) for code, one in ladder.items()
    }


def test_the_exported_ledger_adds_up_by_funder_and_as_a_whole(api: Api, tmp_path: Path) -> None:
    state(api.database, tmp_path, 1, 2)
    totals: dict[tuple[str, str], float] = {}
    for one in exported(api.database, "ledger"):
        if one["account"] in ("requested", "awarded"):
            moved = float(one["debit"] or 0) - float(one["credit"] or 0)
            for scope in (one["funder"], "all"):
                totals[one["account"], scope] = totals.get((one["account"], scope), 0) + moved
    assert {
        ("requested", "GB-GOR-D9"): 530, ("requested", "GB-GOR-D18"): 0, ("requested", "all"): 530,
        ("awarded", "GB-GOR-D9"): 210, ("awarded", "GB-GOR-D18"): 3000, ("awarded", "all"): 3210,
    } == {key: total for key, total in totals.items() if key[1]}  # fmt: skip


@pytest.mark.parametrize("page", [1, 7])
def test_the_funders_of_bids_are_the_same_however_the_log_is_read(
    database: Database, tmp_path: Path, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projector, "PAGE", page)
    monkeypatch.setattr(projector, "LONG_PAGE", page)
    state(database, tmp_path, 1)
    state(database, tmp_path, 1, 2)
    fed = read_tables(database)
    monkeypatch.undo()
    assert fed == rebuilt(database)


# --- Without a funder of its own --------------------------------------------------------------------------------------

SCHEMES = """
register = "pilots"
name = "Pilots"
[fields]
identifier = "No"
title = "No"
awarded = "Award"
requested = "Bid"
scheme = { code = "Scheme" }
recipient = { name = "Council" }
"""


def in_scheme(database: Database, folder: Path, scheme: str) -> None:
    header = ["No", "Award", "Bid", "Scheme", "Council"]
    of_register(database, table(folder / "a.csv", ["25", "175", "200", scheme, "Carlisle"], header=header), SCHEMES)
    project_all(database)


def test_an_award_without_a_funder_of_its_own_moves_to_the_funder_of_its_new_scheme(
    database: Database, tmp_path: Path
) -> None:
    programme_id = ProgrammeId("programme-pilots")
    with desk(database) as at:
        at.do(EstablishProgramme(programme_id=programme_id, code="pilots", name="Pilots", currency="GBP", on=UNKNOWN))
        for code in ("rivers", "schools"):
            funder_id = OrganisationId(f"organisation-{code}")
            at.do(
                RegisterOrganisation(organisation_id=funder_id, code=f"of-{code}", name=code, kind="body", on=UNKNOWN)
            )
            scheme_id = SchemeId(f"scheme-{code}")
            at.do(
                EstablishScheme(
                    programme_id=programme_id, scheme_id=scheme_id, code=f"pilots/{code}", name=code, kind="fund",
                    funder_id=funder_id, on=UNKNOWN,
                )
            )  # fmt: skip
    for scheme, other in (("rivers", "schools"), ("schools", "rivers")):
        in_scheme(database, tmp_path, scheme)
        with served(database, projector=False) as api:
            assert {f"of-{scheme}": 1} == undated(api)
        (found,) = exported(database, "awards")
        assert f"of-{scheme}" == found["funder"]
        for figure, amount in (("awarded", Decimal(175)), ("requested", Decimal(200))):
            assert amount == figures(database, f"of-{scheme}", column="funder_id")[figure]
            if scheme == "schools":
                assert Decimal(0) == figures(database, f"of-{other}", column="funder_id")[figure]


def test_the_funder_that_a_later_edition_names_has_its_role(api: Api, database: Database, tmp_path: Path) -> None:
    grants = two_funders()
    grants[0] |= {"fundingOrganization": [{"id": "GB-GOR-D1", "name": "Cabinet Office"}]}
    bring(database, package(tmp_path / "b.json", grants))
    project_all(database)
    (found,) = api.ask("{ partnerships { nodes { roles { role organisation { code } } } } }")["partnerships"]["nodes"]
    funders = {one["organisation"]["code"] for one in found["roles"] if one["role"] == "funder"}
    assert {"GB-GOR-D9", "GB-GOR-D18", "GB-GOR-D1"} == funders


def test_what_a_register_states_now_is_beside_what_it_ever_stated_and_only_of_today(
    api: Api, database: Database, tmp_path: Path
) -> None:
    before = api.ask("{ log { recordedAt } }")["log"]["recordedAt"]
    bring(database, package(tmp_path / "b.json", [one for one in two_funders(1) if one["amountAwarded"] != 3000]))
    project_all(database)
    query = """query ($known: DateTime, $day: Date) { partnerships { nodes { awards {
        funding { statedNow } funder { code fundingGiven(knownAt: $known, asAt: $day) {
        awarded { amount } statedNow } } } } } }"""

    def shown(**asked: Any) -> dict[str, tuple[str, str | None]]:
        (one,) = api.ask(query, **asked)["partnerships"]["nodes"]
        assert {None} == {award["funding"]["statedNow"] for award in one["awards"]}
        ladders = {award["funder"]["code"]: award["funder"]["fundingGiven"] for award in one["awards"]}
        return {code: (ladder["awarded"]["amount"], ladder["statedNow"]) for code, ladder in ladders.items()}

    assert {"GB-GOR-D9": ("10.00", "10.00"), "GB-GOR-D18": ("3200.00", "200.00")} == shown()
    earlier = {"GB-GOR-D9": ("10.00", None), "GB-GOR-D18": ("3200.00", None)}
    assert earlier == shown(known=before) == shown(day="2020-01-01")
