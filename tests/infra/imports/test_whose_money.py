"""Whose money an award is: its funder, its scheme, its organisations; and what a register does not state."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from domain.award import AwardReassigned
from domain.organisation import IdentifierRecorded, OrganisationRegistered, one_code
from domain.programme import EstablishProgramme, ProgrammeEstablished, ProgrammeNameStated, SchemeEstablished
from domain.values.ids import ProgrammeId
from domain.values.when import UNKNOWN
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from infra.imports.editions.report import EditionReport
from tests.infra.imports.test_details_of_files import of_activities, paid
from tests.infra.imports.test_iati import activity
from tests.infra.imports.test_register import events, of_register, table
from tests.kit.command_line import fundtrail
from tests.kit.files.importing import bring, counts, figures, grant, ladder, package
from tests.kit.money import desk


def rivers(number: int, code: str | None, title: str | None, **otherwise: Any) -> dict[str, Any]:
    """A grant in a programme with this code and title."""
    return grant(number, grantProgramme=[{"code": code, "title": title}], **otherwise)


# --- Schemes ----------------------------------------------------------------------------------------------------------


def test_two_programmes_of_one_code_are_two_schemes(database: Database, tmp_path: Path) -> None:
    grants = [
        rivers(1, "Open", "Rivers", amountAwarded=100),
        rivers(2, "Open", "Schools", amountAwarded=900),
        rivers(3, "Open", "Rivers", amountAwarded=1),
    ]
    bring(database, package(tmp_path / "a.json", grants))
    assert ["Rivers", "Schools"] == [one.name for one in events(database, SchemeEstablished)]
    assert Decimal("101.00") == figures(database, "360G-pilots/open", column="scheme_id")["awarded"]
    assert Decimal("900.00") == figures(database, "360G-pilots/open/schools", column="scheme_id")["awarded"]


def test_the_schemes_of_one_code_stay_the_same_in_whatever_order_a_later_edition_names_them(
    database: Database, tmp_path: Path
) -> None:
    grants = [rivers(1, "Open", "Rivers"), rivers(2, "Open", "Schools")]
    bring(database, package(tmp_path / "a.json", grants))
    assert 0 == bring(database, package(tmp_path / "b.json", grants[::-1])).events


def test_one_title_written_in_two_ways_is_one_scheme(database: Database, tmp_path: Path) -> None:
    grants = [rivers(1, "Open", "Rivers"), rivers(2, "Open", "rivers ")]
    bring(database, package(tmp_path / "a.json", grants))
    assert 1 == len(events(database, SchemeEstablished))


TITLES = {"Rivers": 100, "Schools": 900, "Open": 30, None: 4}


@pytest.mark.parametrize("titles", [[*TITLES][nth:] + [*TITLES][:nth] for nth in range(4)])
def test_each_title_of_a_code_is_a_scheme_of_its_own_even_one_that_is_its_code(
    database: Database, tmp_path: Path, titles: list[str | None]
) -> None:
    """A row without a title is of the scheme that has the code: that of the first row."""
    grants = [
        rivers(nth, "Open", title, amountAwarded=TITLES[title], amountDisbursed=None)
        for nth, title in enumerate(titles)
    ]
    bring(database, package(tmp_path / "a.json", grants))
    first = titles[0] or "Open"
    wanted = {title: Decimal(TITLES[title]) for title in ("Rivers", "Schools", "Open")}
    wanted[first] += TITLES[None]
    codes = {one.name: one.code for one in events(database, SchemeEstablished)}
    assert (first, "360G-pilots/open") == (next(iter(codes)), codes[first])
    assert wanted == {name: figures(database, code, column="scheme_id")["awarded"] for name, code in codes.items()}
    assert 0 == bring(database, package(tmp_path / "b.json", grants[::-1])).events
    assert [] == rules_of(database, "programme_under_two_names")


def test_a_scheme_whose_title_changes_in_all_rows_is_another_scheme(database: Database, tmp_path: Path) -> None:
    bring(database, package(tmp_path / "a.json", [rivers(1, "Open", "Rivers", amountAwarded=100)]))
    bring(database, package(tmp_path / "b.json", [rivers(1, "Open", "Waterways", amountAwarded=100)]))
    assert Decimal(0) == figures(database, "360G-pilots/open", column="scheme_id")["awarded"]
    assert Decimal(100) == figures(database, "360G-pilots/open/waterways", column="scheme_id")["awarded"]
    assert [] == rules_of(database, "programme_under_two_names")


def named_mapping(name: str, scheme: str = "") -> str:
    """The mapping of a register with this name."""
    return f"""
register = "pilots"
name = "{name}"
[fields]
identifier = "No"
title = "No"
awarded = "Award"
recipient = {{ name = "Council" }}
{scheme}"""


ROWS = [["1", "100", "Carlisle", "R", "Rivers"], ["2", "900", "Eden", "R", "Schools"]]


def of_mapping(database: Database, folder: Path, mapping: str, rows: list[list[str]] = ROWS) -> EditionReport:
    header = ["No", "Award", "Council", "Code", "Scheme"]
    return of_register(database, table(folder / "a.csv", *rows, header=header), mapping)


def test_a_mapping_with_a_code_and_a_title_of_schemes_has_a_scheme_for_each_title(
    database: Database, tmp_path: Path
) -> None:
    titled = named_mapping("Pilots", 'scheme = { code = "Code", name = "Scheme" }')
    of_mapping(database, tmp_path, titled)
    assert Decimal(100) == figures(database, "pilots/r", column="scheme_id")["awarded"]
    assert Decimal(900) == figures(database, "pilots/r/schools", column="scheme_id")["awarded"]
    assert 0 == of_mapping(database, tmp_path, titled, ROWS[::-1]).events
    assert [] == rules_of(database, "programme_under_two_names")


def test_a_register_whose_mapping_is_given_another_name_stays_one_programme_under_two_names(
    database: Database, tmp_path: Path
) -> None:
    of_mapping(database, tmp_path, named_mapping("Pilots"))
    assert [] == rules_of(database, "programme_under_two_names")
    again = of_mapping(database, tmp_path, named_mapping("Towns Fund"))
    assert {"changed": 1, "unchanged": 1} == counts(again)
    assert [(None, "Towns Fund")] == [(one.scheme_id, one.name) for one in events(database, ProgrammeNameStated)]
    assert 0 == of_mapping(database, tmp_path, named_mapping("Towns Fund")).events
    assert 0 == of_mapping(database, tmp_path, named_mapping("Pilots")).events
    assert Decimal(1000) == figures(database, "pilots")["awarded"]
    assert Decimal(1000) == figures(database, "pilots/grants", column="scheme_id")["awarded"]
    assert ["programme_under_two_names"] == rules_of(database, "programme_under_two_names")


def test_a_mapping_whose_name_is_only_written_otherwise_is_no_discrepancy(database: Database, tmp_path: Path) -> None:
    of_mapping(database, tmp_path, named_mapping("Towns & Places"))
    of_mapping(database, tmp_path, named_mapping("The towns and places"))
    assert [] == rules_of(database, "programme_under_two_names")


def test_titles_that_make_one_code_are_one_scheme_under_two_names(database: Database, tmp_path: Path) -> None:
    bring(database, package(tmp_path / "a.json", [rivers(1, "Open", "R&D"), rivers(2, "Open", "R-D")]))
    assert 1 == len(events(database, SchemeEstablished))
    assert ["programme_under_two_names"] == rules_of(database, "programme_under_two_names")


def test_a_register_that_has_the_code_of_a_programme_of_our_own_is_under_two_names(
    database: Database, tmp_path: Path
) -> None:
    programme_id = ProgrammeId("programme-own")
    with desk(database) as at:
        at.do(
            EstablishProgramme(programme_id=programme_id, code="360G-pilots", name="Pilots", currency="GBP", on=UNKNOWN)
        )
    bring(database, package(tmp_path / "a.json", [grant(1)]))
    assert ["programme_under_two_names"] == rules_of(database, "programme_under_two_names")


def test_a_programme_has_the_name_of_its_register_and_no_funder_of_its_own(database: Database, tmp_path: Path) -> None:
    bring(database, package(tmp_path / "a.json", [grant(1)]))
    (established,) = events(database, ProgrammeEstablished)
    assert ("Register 360G-pilots", None) == (established.name, established.funder_id)


# --- Funders ----------------------------------------------------------------------------------------------------------

JUSTICE = [{"id": "GB-GOR-D18", "name": "Ministry of Justice"}]
TRANSPORT = [{"id": "GB-GOR-D9", "name": "Department for Transport"}]


def test_each_funder_of_a_register_has_a_ladder_of_its_own_awards(database: Database, tmp_path: Path) -> None:
    grants = [
        grant(1, amountAwarded=10, fundingOrganization=TRANSPORT),
        grant(2, amountAwarded=200, fundingOrganization=JUSTICE),
        grant(3, amountAwarded=3000, fundingOrganization=JUSTICE),
    ]
    bring(database, package(tmp_path / "a.json", grants))
    assert Decimal("3210.00") == figures(database, "360G-pilots")["awarded"]
    assert Decimal("3200.00") == figures(database, "GB-GOR-D18", column="funder_id")["awarded"]
    assert Decimal("10.00") == figures(database, "GB-GOR-D9", column="funder_id")["awarded"]


def test_an_award_whose_register_names_another_funder_moves_to_that_funder(database: Database, tmp_path: Path) -> None:
    bring(database, package(tmp_path / "a.json", [grant(1, fundingOrganization=TRANSPORT), grant(2)]))
    report = bring(database, package(tmp_path / "b.json", [grant(1, fundingOrganization=JUSTICE), grant(2)]))
    assert {"changed": 1, "unchanged": 1} == counts(report)
    assert 1 == len(events(database, AwardReassigned))
    assert Decimal("0.00") == figures(database, "GB-GOR-D9", column="funder_id")["awarded"]
    justice = figures(database, "GB-GOR-D18", column="funder_id")
    assert (Decimal("100.25"), Decimal("50.00")) == (justice["awarded"], justice["paid"])
    assert Decimal("200.50") == figures(database, "360G-pilots")["awarded"]
    assert 0 == bring(database, package(tmp_path / "c.json", [grant(1, fundingOrganization=JUSTICE), grant(2)])).events


def test_what_a_register_states_now_is_shown_beside_what_it_ever_stated(database: Database, tmp_path: Path) -> None:
    bring(database, package(tmp_path / "a.json", [grant(1), grant(2), grant(3)]))
    bring(database, package(tmp_path / "b.json", [grant(1), grant(3)]))
    project_all(database)
    for code in ("360G-pilots", "GB-GOV-1"):
        plain = json.loads(fundtrail(database, "funding", code, "--json").stdout)
        assert ("300.75", "200.50") == (plain["figures"]["awarded"]["amount"], plain["stated_now"])
    assert "They no longer state £100.25" in fundtrail(database, "funding", "360G-pilots").stdout


# --- What nobody stated -----------------------------------------------------------------------------------------------


def test_an_activity_with_disbursements_and_no_commitment_states_no_award(database: Database, tmp_path: Path) -> None:
    of_activities(database, tmp_path / "a.xml", activity("a", paid()))
    found = ladder(database, "iati-GB-GOV-1")
    assert (False, Decimal("0.00")) == (found["awarded"].stated, found["awarded"].amount)
    assert (True, Decimal("100.00")) == (found["paid"].stated, found["paid"].amount)
    assert [] == rules_of(database)


def test_an_activity_with_a_commitment_below_its_disbursements_is_still_a_discrepancy(
    database: Database, tmp_path: Path
) -> None:
    committed = paid().replace('code="3"', 'code="2"').replace(">100<", ">60<")
    of_activities(database, tmp_path / "a.xml", activity("a", committed + paid()))
    assert ladder(database, "iati-GB-GOV-1")["awarded"].stated
    assert ["paid_above_awarded"] == rules_of(database)


def test_a_commitment_of_nothing_is_stated_as_0_and_reported(database: Database, tmp_path: Path) -> None:
    committed = paid().replace('code="3"', 'code="2"').replace(">100<", ">0<")
    of_activities(database, tmp_path / "a.xml", activity("a", committed))
    assert ladder(database, "iati-GB-GOV-1")["awarded"].stated
    assert ["award_of_zero_or_less"] == rules_of(database)


@pytest.mark.parametrize("amount", [0, -5])
def test_an_award_of_zero_or_less_is_reported(database: Database, tmp_path: Path, amount: int) -> None:
    bring(database, package(tmp_path / "a.json", [grant(1, amountAwarded=amount, amountDisbursed=None), grant(2)]))
    assert ["award_of_zero_or_less"] == rules_of(database, "award_of_zero_or_less")


def rules_of(database: Database, *wanted: str) -> list[str]:
    """The rules of the errors and of the *wanted* warnings in the register of discrepancies."""
    project_all(database)
    with database.connect() as connection:
        found = connection.execute("SELECT rule, severity FROM read.discrepancies ORDER BY rule").fetchall()
    return [rule for rule, severity in found if severity == "ERROR" or rule in (*wanted, "award_of_zero_or_less")]


def test_an_activity_needs_no_default_currency(database: Database, tmp_path: Path) -> None:
    euros = activity("a", paid().replace("<value ", '<value currency="EUR" '))
    silent = activity("b", money="")
    report = of_activities(
        database, tmp_path / "a.xml", *(one.replace('default-currency="GBP" ', "") for one in (euros, silent))
    )
    assert {"new": 2} == counts(report)
    assert Decimal("100.00") == ladder(database, "iati-GB-GOV-1/eur")["paid"].amount
    assert not ladder(database, "iati-GB-GOV-1")["awarded"].stated


# --- Organisations ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spelled", "one"),
    [
        ("gb-chc-1159982", "GB-CHC-1159982"),
        ("GB-CHC- 1159982 ", "GB-CHC-1159982"),
        ("GB-chc-1159982", "GB-CHC-1159982"),
        ("GB-COH-123456", "GB-COH-00123456"),
        ("GB-COH-sc12345", "GB-COH-SC012345"),
        ("GB-COH-0012 3456", "GB-COH-00123456"),
        ("360G-wolfson", "360G-wolfson"),
        ("co-op-bank", "co-op-bank"),
        (" worcestershire ", "worcestershire"),
    ],
)
def test_an_identifier_has_one_form_however_it_is_spelled(spelled: str, one: str) -> None:
    assert one == one_code(spelled) == one_code(one_code(spelled))


def test_one_organisation_under_several_spellings_of_its_number_is_one_organisation(
    database: Database, tmp_path: Path
) -> None:
    spellings = ["GB-COH-00123456", "gb-coh-123456", "GB-COH- 123456"]
    grants = [grant(n, recipientOrganization=[{"id": one, "name": "Parks"}]) for n, one in enumerate(spellings)]
    bring(database, package(tmp_path / "a.json", grants))
    assert 1 == sum(one.name == "Parks" for one in events(database, OrganisationRegistered))
    assert ["00123456"] == [one.value for one in events(database, IdentifierRecorded) if one.register == "GB-COH"]


def test_two_companies_stay_two_organisations(database: Database, tmp_path: Path) -> None:
    grants = [grant(n, recipientOrganization=[{"id": f"GB-COH-0012345{n}", "name": f"Parks {n}"}]) for n in range(2)]
    bring(database, package(tmp_path / "a.json", grants))
    assert 2 == sum(one.name.startswith("Parks") for one in events(database, OrganisationRegistered))


def test_iati_and_360giving_name_the_same_charity(database: Database, tmp_path: Path) -> None:
    bring(database, package(tmp_path / "a.json", [grant(1, recipientOrganization=[{"id": "GB-LAE-CAR", "name": "C"}])]))
    of_activities(database, tmp_path / "a.xml", activity("a").replace("GB-LAE-CAR", "gb-lae-car"))
    assert 1 == sum(one.code.upper() == "GB-LAE-CAR" for one in events(database, OrganisationRegistered))
