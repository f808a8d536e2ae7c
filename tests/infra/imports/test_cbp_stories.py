"""What the files state of the framework, of evidence and of support, as a programme office reads it."""

import csv
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from domain.organisation import AssessmentCategoryRecorded
from domain.outcome import Confidence, EvidenceGiven, EvidenceKind, OutcomeStated
from domain.programme import ProgrammeResultStated
from domain.published.framework import FrameworkPublished
from domain.support.case import (
    HelpOffered,
    OfCase,
    OpenSupportCase,
    ReviewHeld,
    SupportCaseOpened,
)
from domain.values.ids import OrganisationId
from domain.values.when import When
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from infra.imports.cbp import facts as cbp
from infra.imports.cbp.impact_names import FILE as IMPACT_NAMES
from infra.imports.cbp.impact_names import NO_IMPACT, WITH_ITS_IMPACT
from infra.imports.cbp.support import FILE as SUPPORT
from infra.imports.cbp.support import NO_ROW
from tests.infra.imports.test_cbp import events, imported, lines, rows, write
from tests.kit.money import desk
from tests.kit.web.served import Api, served


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the files, to be changed."""
    return shutil.copytree(cbp.DEMO, tmp_path / "cbp")


def stated(database: Database, kind: type[Any]) -> list[Any]:
    """The events of a kind."""
    return [one.event for one in events(database) if isinstance(one.event, kind)]


# --- The framework ----------------------------------------------------------------------------------------------------


def cells(api: Api) -> list[dict[str, Any]]:
    """The framework of the programme, beside what was found."""
    fields = "impact called level expected evidence found { impact } stated { impact } event { name }"
    found: list[dict[str, Any]] = api.ask(f'{{ programme(code: "cbp") {{ framework {{ {fields} }} }} }}')["programme"][
        "framework"
    ]
    return found


def number(cell: dict[str, Any]) -> int:
    """How many outcomes and results a cell has."""
    return len(cell["found"]) + len(cell["stated"])


def test_the_programme_has_the_frameworks_of_both_reports_and_the_later_one_counts(shared_programme: Database) -> None:
    first, second = stated(shared_programme, FrameworkPublished)
    assert (10, 13) == (len(first.impacts), len(second.impacts))
    assert all(one.evidence for one in first.impacts)
    assert not any(one.evidence for one in second.impacts)
    later = {one.impact: {*one.levels} for one in second.impacts}
    assert all({*one.levels} <= later[one.impact] for one in first.impacts), "the later one keeps what was expected"
    assert {"Leadership", "Responding to central government initiatives", "Responding to local needs"} == (
        later.keys() - {one.impact for one in first.impacts}
    )


def test_37_cells_are_expected_and_9_of_them_have_what_was_found(shared_api: Api) -> None:
    found = cells(shared_api)
    expected = [one for one in found if one["expected"]]
    assert (98, 37) == (len(found), len(expected))
    assert (9, 11) == (sum(number(one) > 0 for one in expected), sum(map(number, expected)))
    # Nobody expected these 61: they are as visible.
    others = [one for one in found if not one["expected"]]
    assert (61, 90, {None}) == (len(others), sum(map(number, others)), {one["event"] for one in others})
    assert all(number(one) for one in others)


def test_each_outcome_of_the_programme_is_in_one_cell_of_its_framework(shared_api: Api) -> None:
    """86 outcomes and 15 results are of the programme; 16 and 4 are of programmes without a framework."""
    found = cells(shared_api)
    assert (86, 15) == (sum(len(one["found"]) for one in found), sum(len(one["stated"]) for one in found))
    every = stated(shared_api.database, OutcomeStated), stated(shared_api.database, ProgrammeResultStated)
    assert (102, 19) == tuple(map(len, every))


def test_where_the_later_framework_says_nothing_the_evidence_of_the_earlier_one_stands(shared_api: Api) -> None:
    evidence = {one["impact"]: one["evidence"] for one in cells(shared_api) if one["expected"]}
    assert "respondents reporting skills learned and applied" == evidence["Development of new skills"]
    assert (10, 3) == (sum(map(bool, evidence.values())), sum(one is None for one in evidence.values()))


def test_an_outcome_under_another_name_stands_with_its_impact(shared_api: Api) -> None:
    (learning,) = [one for one in cells(shared_api) if one["level"] == "authority" and "innovation" in one["called"]]
    assert "Improved learning, innovation and sharing of good practice" == learning["impact"]
    assert (True, ["innovation"]) == (learning["expected"], [one["impact"] for one in learning["found"]])


def test_each_other_name_is_of_an_impact_and_of_an_outcome() -> None:
    impacts = {row["impact"] for row in rows("impact_framework.csv")}
    outcomes = {row["impact"] for row in rows("outcomes.csv")}
    for row in rows(IMPACT_NAMES):
        assert row["impact"] in impacts
        assert row["called"] in outcomes


def test_a_name_of_an_impact_that_no_framework_has_is_left_out_and_counted(database: Database, folder: Path) -> None:
    write(folder, IMPACT_NAMES, [*lines(folder, IMPACT_NAMES)[:-1], b"Better weather,sunshine", b""])
    assert {WITH_ITS_IMPACT: 8, NO_IMPACT: 1} == imported(database, folder)[IMPACT_NAMES].left_out


def test_another_name_that_is_added_restates_the_framework_once(programme: Database, folder: Path) -> None:
    write(folder, IMPACT_NAMES, [*lines(folder, IMPACT_NAMES)[:-1], b"Service improvements,service quality", b""])
    report = imported(programme, folder)["impact_framework.csv"]
    assert (2, 4) == (report.restated, report.events)
    assert 0 == imported(programme, folder)["impact_framework.csv"].events


# --- Evidence ---------------------------------------------------------------------------------------------------------


def test_each_outcome_of_a_partnership_has_its_evidence_with_its_source(shared_programme: Database) -> None:
    outcomes = {one.source: one for one in stated(shared_programme, OutcomeStated)}
    given = stated(shared_programme, EvidenceGiven)
    assert 102 == len(given) == len(outcomes)
    for one in given:
        assert (outcomes[one.source].evidence, one.source.cites, 1) == (one.text, one.cites, one.number)
    # The 19 results of whole programmes have no stream of their own: their evidence stays a text of them.
    assert all(one.evidence for one in stated(shared_programme, ProgrammeResultStated))


def test_evidence_is_of_a_kind_and_as_sure_as_its_source(shared_programme: Database) -> None:
    given = stated(shared_programme, EvidenceGiven)
    assert {
        EvidenceKind.RESPONDENTS: 29, EvidenceKind.TAKE_UP: 19, EvidenceKind.FIELDWORK: 19,
        EvidenceKind.OWN_ACCOUNT: 18, EvidenceKind.DOCUMENTS: 12, EvidenceKind.ASSESSMENT: 3,
        EvidenceKind.STATISTICS: 2,
    } == Counter(one.kind for one in given)  # fmt: skip
    assert {Confidence.STATED: 97, Confidence.APPROXIMATE: 3, Confidence.ANECDOTAL: 2} == Counter(
        one.confidence for one in given
    )
    assert ["anecdotal reports", "participant example"] == sorted(
        one.text for one in given if one.confidence is Confidence.ANECDOTAL
    )


# --- Support ----------------------------------------------------------------------------------------------------------

CASES = """supportCases { number state text begun { text } partnership { code } offers { text state helper { code } }
    notices { sort servedBy text begun { text } }
    reviews { state sort due { text } held { text } days findings } }"""


def the_case(api: Api, code: str) -> dict[str, Any]:
    """The support case of an organisation, which has one."""
    (case,) = api.ask(f'{{ organisation(code: "{code}") {{ {CASES} }} }}')["organisation"]["supportCases"]
    found: dict[str, Any] = case
    return found


def test_of_three_visits_planned_to_midthorpe_two_were_held(shared_api: Api) -> None:
    visits = the_case(shared_api, "midthorpe-council")["reviews"]
    assert [("HELD", "2007-10"), ("HELD", "2007-12"), ("PLANNED", None)] == [
        (one["state"], one["held"] and one["held"]["text"]) for one in visits
    ]
    assert {"PEER_VISIT"} == {one["sort"] for one in visits}
    # No source says by when they were due, how long they took or what they found.
    assert {("unknown", None, None)} == {(one["due"]["text"], one["days"], one["findings"]) for one in visits}


def test_hull_took_the_help_of_a_panel_of_peers(shared_api: Api) -> None:
    case = the_case(shared_api, "hull-city-council")
    assert ("LOCAL", "2007-12", "hull-peer-panels") == (
        case["state"], case["begun"]["text"], case["partnership"]["code"]
    )  # fmt: skip
    assert [("Standing panel of peer advisors: Advises on five service areas", "ACCEPTED", {"code": "idea"})] == [
        (one["text"], one["state"], one["helper"]) for one in case["offers"]
    ]


def test_liverpool_went_from_one_star_to_two(shared_api: Api) -> None:
    case = the_case(shared_api, "liverpool-city-council")
    assert [("The council is rated one star.", "2007"), ("The council moves up to two stars.", "unknown")] == [
        (one["text"], one["begun"]["text"]) for one in case["notices"]
    ]
    query = '{ organisation(code: "liverpool-city-council") { categories { regime category on { text } } } }'
    rated = shared_api.ask(query)["organisation"]["categories"]
    assert [("2-star", "unknown"), ("1-star", "2007"), ("2-star", "2007/..")] == [
        (one["category"], one["on"]["text"]) for one in rated
    ]


def test_the_north_east_has_its_round_table_and_no_case_because_no_authority_is_named(shared_api: Api) -> None:
    bodies = shared_api.ask(
        '{ partnership(code: "ne-riep") { bodies { name } rules { text } supportCases { number } } }'
    )
    found = bodies["partnership"]
    assert "Regional roundtable" in {one["name"] for one in found["bodies"]}
    assert "Meets about twice a year" in {one["text"] for one in found["rules"]}
    assert [] == found["supportCases"]


def test_each_step_of_support_cites_the_row_that_states_it(shared_programme: Database) -> None:
    of_support = [one for one in events(shared_programme) if one.event.source and one.event.source.register == SUPPORT]
    cited = {row["source"] for name in cbp.FILES if name != SUPPORT for row in rows(name)}
    assert 21 == len(of_support) == len(rows(SUPPORT))
    assert all(one.event.source and one.event.source.cites in cited for one in of_support)
    assert (19, 2) == tuple(
        sum(isinstance(one.event, kind) for one in of_support) for kind in (OfCase, AssessmentCategoryRecorded)
    )


def test_36_authorities_have_a_category_and_one_has_it_over_time(shared_programme: Database) -> None:
    rated = Counter(one.stream for one in events(shared_programme) if isinstance(one.event, AssessmentCategoryRecorded))
    assert (36, [3]) == (len(rated), [times for times in rated.values() if times > 1])


# --- The file ---------------------------------------------------------------------------------------------------------


def support_lines(folder: Path, *added: dict[str, str]) -> None:
    """Write the lines of support.csv, and others after them."""
    found = rows(SUPPORT)
    with (folder / SUPPORT).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(found[0]), restval="")
        writer.writeheader()
        writer.writerows([*found, *added])


HULL = {"file": "events.csv", "code": "hull-peer-panels", "organisation": "hull-city-council", "number": "1"}
WORKSHOP = HULL | {"words": "First half-day peer workshop"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (WORKSHOP | {"step": "thanked"}, 'The step "thanked" is unknown.'),
        (WORKSHOP | {"step": "notice", "sort": "letter", "by": "x"}, 'The figure sort is "letter".'),
        (WORKSHOP | {"step": "held", "number": ""}, "number is empty"),
        (WORKSHOP | {"step": "held", "on": "soon"}, "soon"),
        (WORKSHOP | {"step": "offered", "by": "nobody"}, 'There is no organisation with the code "nobody"'),
        (WORKSHOP | {"step": "held", "organisation": ""}, "organisation is empty"),
        (WORKSHOP | {"step": "held", "file": "delays.csv"}, 'A row of "delays.csv" states no step.'),
    ],
)
def test_a_line_that_cannot_be_read_is_broken(
    database: Database, folder: Path, line: dict[str, str], reason: str
) -> None:
    support_lines(folder, line)
    report = imported(database, folder)[SUPPORT]
    assert [(23, True)] == [(place, reason in said) for place, said in report.broken], report.broken
    assert 0 == report.events


def test_a_line_whose_words_are_in_no_row_or_in_two_states_nothing(database: Database, folder: Path) -> None:
    support_lines(
        folder, HULL | {"words": "no such words", "step": "held"}, HULL | {"words": "workshop", "step": "held"}
    )
    report = imported(database, folder)[SUPPORT]
    assert ({NO_ROW: 2}, 21) == (report.left_out, report.events)


def test_a_step_that_is_added_is_recorded_once(programme: Database, folder: Path) -> None:
    support_lines(folder, WORKSHOP | {"step": "planned", "sort": "peer_visit"}, WORKSHOP | {"step": "held"})
    assert 2 == imported(programme, folder)[SUPPORT].events
    assert 0 == imported(programme, folder)[SUPPORT].events
    assert ["2007-10", "2007-12", "2008", "2008-02"] == sorted(one.on.text for one in stated(programme, ReviewHeld))


def test_a_corrected_row_restates_the_step_that_names_it(programme: Database, folder: Path) -> None:
    found = [
        line.replace(b"site_visit_held,2007-12", b"site_visit_held,2007-11") for line in lines(folder, "events.csv")
    ]
    write(folder, "events.csv", found)
    report = imported(programme, folder)[SUPPORT]
    assert (1, 2) == (report.restated, report.events)
    assert ["2008", "2007-10", "2007-12", "2007-11"] == [one.on.text for one in stated(programme, ReviewHeld)]
    project_all(programme)
    with served(programme) as api:
        visits = the_case(api, "midthorpe-council")["reviews"]
    assert ["2007-10", "2007-11", None] == [one["held"] and one["held"]["text"] for one in visits]
    assert 0 == imported(programme, folder)[SUPPORT].events


def test_a_case_that_people_opened_keeps_its_number(database: Database, folder: Path) -> None:
    without = (folder / SUPPORT).read_bytes()
    (folder / SUPPORT).unlink()
    assert SUPPORT not in imported(database, folder)
    with desk(database) as at:
        hull = OrganisationId(at.find("organisation", "hull-city-council"))
        at.do(OpenSupportCase(organisation_id=hull, text="No accountants", on=When("2009-01-10")))
    (folder / SUPPORT).write_bytes(without)
    assert 21 == imported(database, folder)[SUPPORT].events
    cases = [one.case for one in stated(database, SupportCaseOpened) if one.organisation_id == hull]
    assert [1, 2] == cases
    assert [2] == [one.case for one in stated(database, HelpOffered) if one.organisation_id == hull]
    assert 0 == imported(database, folder)[SUPPORT].events
