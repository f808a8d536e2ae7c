"""Councils merge, over GraphQL, on the pages, on the command line and in exports."""

import asyncio
import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from domain.award import AcceptOffer, ApprovePayment, OfferAward, ReleasePayment, RequestPayment
from domain.bid import ApproveBid, SubmitBid
from domain.organisation import (
    ChangePayeeAccount,
    MergeOrganisations,
    PayeeAccountUnverified,
    RecordIdentifier,
    RegisterOrganisation,
    UndoMerger,
    VerifyPayeeAccount,
)
from domain.partnership import JoinPartnership
from domain.values.ids import AwardId, BidId, OrganisationId
from domain.values.when import When
from infra.database.postgres import APP, Database
from infra.feeding.projector import project_all
from projections.facets import FacetLine, facets
from projections.lists import Wanted
from tests.api.types.test_funders import undated
from tests.api.types.test_names import ask  # noqa: F401 - a fixture
from tests.kit.command_line import fundtrail
from tests.kit.money import Desk, desk, gbp
from tests.kit.stated import CARLISLE, EDEN, FUNDER, GRANT, ids_of, paid, states
from tests.kit.web.served import Api, served

VESTED = "2023-04-01"
NEW = "cumberland-council"


def council(code: str) -> OrganisationId:
    return OrganisationId(f"organisation-{code}")


@pytest.fixture
def api(database: Database) -> Iterator[Api]:
    """Carlisle and Eden have a grant each, and both are partners of Carlisle's. Cumberland is new."""
    with desk(database) as at:
        at.do(states("2004", transactions=(paid("100.00"),)))
        at.do(states("2004", replace(GRANT, identifier="pilot-26", recipients=(EDEN,), awarded=gbp("20.00"))))
        at.do(
            RegisterOrganisation(
                organisation_id=council(NEW), code=NEW, name="Cumberland Council", kind="council", on=When("2022")
            )
        )
        for one in (CARLISLE, EDEN):
            at.do(
                JoinPartnership(
                    partnership_id=ids_of(GRANT).partnership_id,
                    organisation_id=council(one.code),
                    role="member",
                    on=When("2004-06-01"),
                )
            )
        at.do(RecordIdentifier(organisation_id=council(EDEN.code), register="GB-LAE", value="EDN01", on=When("2004")))
    project_all(database)
    with served(database, projector=False) as api:
        yield api


def merge(at: Desk, code: str, into: str = NEW, on: str = VESTED) -> None:
    at.do(MergeOrganisations(organisation_id=council(into), merged_id=council(code), on=When(on), because="The Order"))


@pytest.fixture
def merged(api: Api) -> Api:
    with desk(api.database) as at:
        for one in (CARLISLE, EDEN):
            merge(at, one.code)
    project_all(api.database)
    return api


SHOWN = """query ($code: String!, $asAt: Date, $knownAt: DateTime) { organisations(filter: { code: $code }) { nodes {
    mergedInto(asAt: $asAt, knownAt: $knownAt) { code name }
    merger(asAt: $asAt, knownAt: $knownAt) { name because effective { text } organisation { code } }
    tookOver(asAt: $asAt, knownAt: $knownAt) { code name mergedInto { code } }
    roles(asAt: $asAt, knownAt: $knownAt) { role partnership { code } }
    awards { totalCount nodes { reference } } partnerships { totalCount } } } }"""


def shown(asked: Any, code: str, **clocks: Any) -> Any:
    (found,) = asked(SHOWN, code=code, **clocks)["organisations"]["nodes"]
    return found


def test_an_organisation_says_what_it_merged_into_and_the_other_what_it_took_over(
    merged: Api,
    ask: Any,  # noqa: F811
) -> None:
    eden = shown(ask, EDEN.code)
    assert {"code": NEW, "name": "Cumberland Council"} == eden["mergedInto"]
    assert ("OrganisationsMerged", "The Order", VESTED, NEW) == (
        eden["merger"]["name"], eden["merger"]["because"], eden["merger"]["effective"]["text"],
        eden["merger"]["organisation"]["code"],
    )  # fmt: skip
    new = shown(ask, NEW)
    assert [CARLISLE.code, EDEN.code] == [one["code"] for one in new["tookOver"]]
    assert (None, None, []) == (new["mergedInto"], new["merger"], eden["tookOver"])
    # The day before there are three organisations.
    before = shown(ask, NEW, asAt="2023-03-31")
    assert ([], []) == (before["tookOver"], before["roles"])
    assert shown(ask, EDEN.code, asAt="2023-03-31")["mergedInto"] is None


def test_the_one_that_goes_on_has_the_awards_and_roles_of_both_each_once(merged: Api, ask: Any) -> None:  # noqa: F811
    new = shown(ask, NEW)
    assert (2, 2) == (new["awards"]["totalCount"], new["partnerships"]["totalCount"])
    roles = [(one["role"], one["partnership"]["code"].rpartition("/")[2]) for one in new["roles"]]
    # Both were members of Carlisle's partnership: after the merger one is.
    assert sorted([("lead", CARLISLE.code), ("lead", EDEN.code), ("member", CARLISLE.code)]) == sorted(roles)
    # What had ended keeps its own.
    assert 2 == shown(ask, EDEN.code)["awards"]["totalCount"]
    query = "query ($code: String!) { awards(filter: { organisation: $code }) { totalCount totals { amount } } }"
    assert {"totalCount": 2, "totals": [{"amount": "175020.00"}]} == ask(query, code=NEW)["awards"]


def test_partners_that_were_merged_are_one_partner_from_that_day_on(merged: Api, ask: Any) -> None:  # noqa: F811
    query = """query ($asAt: Date) { awards(filter: { organisation: "GB-LAE-CAR" }, first: 1) { nodes { partnership {
        lead { code } partners(asAt: $asAt) { role organisation { code } } } } } }"""

    def partners(day: str | None) -> Any:
        (found,) = ask(query, asAt=day)["awards"]["nodes"]
        assert NEW == found["partnership"]["lead"]["code"]
        return sorted((one["role"], one["organisation"]["code"]) for one in found["partnership"]["partners"])

    both = [("lead", CARLISLE.code), ("member", CARLISLE.code), ("member", EDEN.code)]
    assert both == partners("2023-03-31")
    assert [("lead", NEW), ("member", NEW)] == partners(VESTED)
    # Without a day, all that ever took part are shown as they were recorded.
    assert both == partners(None)


def test_a_number_of_one_that_ended_finds_the_one_that_goes_on(merged: Api, ask: Any) -> None:  # noqa: F811
    query = '{ organisations(filter: { text: "edn 01" }) { nodes { code } } }'
    assert [NEW, EDEN.code] == sorted((one["code"] for one in ask(query)["organisations"]["nodes"]), reverse=True)


def test_a_funder_that_never_gave_before_has_the_ladder_of_the_one_it_took_over(
    api: Api,
    ask: Any,  # noqa: F811
) -> None:
    with desk(api.database) as at:
        merge(at, FUNDER.code, on="2006-05-05")
    project_all(api.database)
    query = """query ($code: String!, $asAt: Date) { organisations(filter: { code: $code }) { nodes {
        fundingGiven(asAt: $asAt) { awarded { amount parts { nodes { adds { amount } } } } statedNow } } } }"""

    def given(code: str, day: str | None = None) -> Any:
        (found,) = ask(query, code=code, asAt=day)["organisations"]["nodes"]
        return found["fundingGiven"]

    assert ("175020.00", "175020.00") == (given(NEW)["awarded"]["amount"], given(NEW)["statedNow"])
    parts = given(NEW)["awarded"]["parts"]["nodes"]
    assert ["175000.00", "20.00"] == [one["adds"]["amount"] for one in parts]
    assert given(NEW, "2006-05-04") is None
    assert "175020.00" == given(FUNDER.code, "2006-05-04")["awarded"]["amount"]


def test_a_merger_that_was_a_mistake_was_never_there_except_as_it_was_known(
    merged: Api,
    ask: Any,  # noqa: F811
) -> None:
    then = datetime.now(UTC).isoformat()
    with desk(merged.database) as at:
        at.do(UndoMerger(merged_id=council(EDEN.code), on=When(VESTED), because="It went to Westmorland"))
    project_all(merged.database)
    assert shown(ask, EDEN.code)["mergedInto"] is None
    assert [CARLISLE.code] == [one["code"] for one in shown(ask, NEW)["tookOver"]]
    assert [CARLISLE.code, EDEN.code] == [one["code"] for one in shown(ask, NEW, knownAt=then)["tookOver"]]


def test_a_merger_is_recorded_and_undone_over_the_api_and_a_refusal_names_its_rule(api: Api) -> None:
    with served(api.database) as live:
        query = """mutation ($input: MergeOrganisationsInput!) { mergeOrganisations(input: $input) {
            ... on OrganisationRecorded { organisation { code mergedInto { code } } } ... on Refusal { rule } } }"""
        given = {"commandId": "one", "organisation": NEW, "merged": EDEN.code, "on": VESTED, "because": "The Order"}
        recorded = live.ask(query, input=given)["mergeOrganisations"]
        assert {"code": EDEN.code, "mergedInto": {"code": NEW}} == recorded["organisation"]
        again = live.ask(query, input=given | {"commandId": "two", "organisation": CARLISLE.code})
        assert "MergedAlready" == again["mergeOrganisations"]["rule"]
        undone = live.ask(
            """mutation ($input: UndoMergerInput!) { undoMerger(input: $input) {
            ... on OrganisationRecorded { organisation { code mergedInto { code } } } } }""",
            input={"commandId": "three", "merged": EDEN.code, "on": VESTED, "because": "A mistake"},
        )
        assert {"code": EDEN.code, "mergedInto": None} == undone["undoMerger"]["organisation"]


LED = """query ($code: String!, $asAt: Date, $knownAt: DateTime) {
    organisations(filter: { code: $code }) { nodes {
        roles(asAt: $asAt, knownAt: $knownAt) { role partnership { code bids { reference } } } } }
    payments(filter: { organisation: $code, amountFrom: "50.00", amountTo: "50.00" }) { totalCount nodes {
        payee { code name } } } }"""


def test_a_partnership_whose_lead_has_merged_bids_is_awarded_and_is_paid_under_the_name_of_that_day(
    api: Api,
    ask: Any,  # noqa: F811
) -> None:
    """The council that goes on acts for the one that ended. Payments wait for its account, and each is counted once."""
    bid_id, award_id, day = BidId("bid-late"), AwardId("award-late"), When("2023-05-02")
    pay: dict[str, Any] = {"award_id": award_id, "number": 1, "on": day}
    with desk(api.database) as at:
        led = ids_of(GRANT).partnership_id
        before = datetime.now(UTC).isoformat()
        merge(at, CARLISLE.code)
        at.do(
            SubmitBid(bid_id=bid_id, partnership_id=led, reference="B-late", title="Late", requested=gbp("90.00"),
                      on=day)
        )  # fmt: skip
        at.do(ApproveBid(bid_id=bid_id, approved=gbp("90.00"), on=day), "panel")
        at.do(OfferAward(award_id=award_id, bid_id=bid_id, reference="A-late", amount=gbp("90.00"), on=day))
        at.do(AcceptOffer(award_id=award_id, on=day))
        at.do(RequestPayment(amount=gbp("50.00"), **pay), "requester")
        at.do(ApprovePayment(**pay), "approver")
        account: dict[str, Any] = {"organisation_id": council(NEW), "account": "GB29 0001", "on": day}
        at.do(ChangePayeeAccount(**account), "officer")
        with pytest.raises(PayeeAccountUnverified, match="Cumberland Council"):
            at.do(ReleasePayment(**pay), "releaser")
        at.do(VerifyPayeeAccount(evidence="A call", **account), "treasurer")
        at.do(ReleasePayment(**pay), "releaser")
    project_all(api.database)

    def shown_of(code: str, **clocks: Any) -> tuple[list[str], list[tuple[str, str]]]:
        """The bids of the partnerships that it leads, and whom the payments of its partnerships have as payee."""
        found = ask(LED, code=code, **clocks)
        (its,) = found["organisations"]["nodes"]
        led = [one["partnership"] for one in its["roles"] if one["role"] == "lead"]
        payees = [(one["payee"]["code"], one["payee"]["name"]) for one in found["payments"]["nodes"]]
        assert len(payees) == found["payments"]["totalCount"]
        return [bid["reference"] for one in led for bid in one["bids"]], payees

    # The payment is one of both. Its payee is the lead of the partnership as it was recorded.
    of_that_day, both = [(CARLISLE.code, CARLISLE.name)], ["pilot-25", "B-late"]
    assert (both, of_that_day) == shown_of(NEW, asAt="2023-05-02")
    # Lists are as of now; the lead is the one of the day, as it was known.
    assert ([], of_that_day) == shown_of(NEW, asAt="2023-03-31")
    assert ([], of_that_day) == shown_of(NEW, asAt="2023-05-02", knownAt=before)
    assert (both, of_that_day) == shown_of(CARLISLE.code, asAt="2023-05-02", knownAt=before)
    # The pages, the command line and the exports have the same payee.
    listed = json.loads(fundtrail(api.database, "payments", "--organisation", NEW, "--json").stdout)
    assert {CARLISLE.code} == {one["payee"] for one in listed["payments"] if "50.00" == one["amount"]}
    exported = csv.DictReader(io.StringIO(fundtrail(api.database, "export", "payments").stdout))
    assert [CARLISLE.code] == [one["payee"] for one in exported if "50.00" == one["amount"]]
    for page in ("/payments", f"/payments/{award_id}/1", f"/awards/{award_id}"):
        assert f'href="/organisations/{CARLISLE.code}"' in api.http.get(page).text


# --- Discrepancies ----------------------------------------------------------------------------------------------------


def test_one_organisation_that_was_registered_twice_has_no_discrepancy_once_the_two_are_merged(api: Api) -> None:
    def shared() -> list[str]:
        found = api.ask('{ discrepancies(filter: { rule: "identifier_of_two_organisations" }) { nodes { status } } }')
        return [one["status"] for one in found["discrepancies"]["nodes"] if one["status"] == "OPEN"]

    with desk(api.database) as at:
        at.do(RecordIdentifier(organisation_id=council(NEW), register="GB-LAE", value="EDN01", on=When("2022")))
        project_all(api.database)
        assert ["OPEN"] == shared()
        merge(at, EDEN.code)
        project_all(api.database)
        assert [] == shared()
        at.do(UndoMerger(merged_id=council(EDEN.code), on=When(VESTED), because="Two after all"))
        project_all(api.database)
        assert ["OPEN"] == shared()


# --- Pages, command line, exports -------------------------------------------------------------------------------------


def test_the_page_of_each_says_what_became_of_it_and_counts_each_award_once(merged: Api) -> None:
    ended = merged.http.get(f"/organisations/{EDEN.code}").text
    assert f'href="/organisations/{NEW}"' in ended
    assert "It ended on" in ended
    page = merged.http.get(f"/organisations/{NEW}").text
    assert "Organisations that became part of it" in page
    assert "2 awards" in page
    assert "£175,020.00" in page
    before = merged.http.get(f"/organisations/{NEW}?as-at=2023-03-31").text
    assert "Organisations that became part of it" not in before
    assert "No award to a partnership in which it has a part" in before


def test_the_command_line_shows_mergers_on_both_sides(merged: Api) -> None:
    new = json.loads(fundtrail(merged.database, "organisation", NEW, "--json").stdout)
    assert [(CARLISLE.code, VESTED, "The Order"), (EDEN.code, VESTED, "The Order")] == [
        (one["organisation"], one["on"], one["because"]) for one in new["took_over"]
    ]
    eden = json.loads(fundtrail(merged.database, "organisation", EDEN.code, "--json").stdout)
    assert NEW == eden["merged_into"]["organisation"]
    assert "became part of Cumberland Council" in fundtrail(merged.database, "organisation", EDEN.code).stdout
    assert "Organisations that became part of it" in fundtrail(merged.database, "organisation", NEW).stdout


@pytest.mark.parametrize(("day", "into"), [("2023-03-31", ("", "")), (VESTED, (NEW, VESTED))])
def test_the_export_of_organisations_says_what_each_merged_into_by_the_day(
    merged: Api, day: str, into: tuple[str, str]
) -> None:
    rows = csv.DictReader(io.StringIO(fundtrail(merged.database, "export", "organisations", "--as-at", day).stdout))
    (eden,) = [row for row in rows if row["code"] == EDEN.code]
    assert into == (eden["merged_into"], eden["merged_on"])


def test_the_delays_and_facets_of_a_funder_are_those_of_both(api: Api) -> None:
    def facet() -> list[tuple[str, int]]:
        async def read() -> list[FacetLine]:
            async with await psycopg.AsyncConnection.connect(api.database.conninfo(APP)) as connection:
                return await facets(connection, "awards", Wanted())

        return [(one.value, one.count) for one in asyncio.run(read()) if one.facet == "funder"]

    assert ({FUNDER.code: 2}, [(FUNDER.code, 2)]) == (undated(api), facet())
    with desk(api.database) as at:
        merge(at, FUNDER.code, on="2006-05-05")
    project_all(api.database)
    assert ({NEW: 2}, [(NEW, 2)]) == (undated(api), facet())
    assert {NEW: 2} == undated(api, filter={"funder": NEW})
    assert {FUNDER.code: 2} == undated(api, asAt="2006-05-04")
