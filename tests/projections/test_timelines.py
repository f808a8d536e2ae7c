"""Timelines of every thing: each event is on the timeline of what it is about, or has a reason why it is on none."""

from collections import Counter

from infra.database.postgres import Database
from infra.feeding.projector import project_all
from infra.log.postgres_log import PostgresLog
from projections import untold
from projections.timeline import entries as timeline
from tests.kit.database.feeding import one_of_each, record
from tests.kit.database.writing import ask

# The events without a row, beside those that are told nowhere.
WITHOUT = """
SELECT DISTINCT e.topic FROM log.events e
 WHERE NOT EXISTS (SELECT FROM read.timeline t WHERE t.position = e.notification_id) ORDER BY 1"""


def without_a_place(database: Database) -> set[str]:
    """The names of events that are on no timeline, and that have no reason for it."""
    told_nowhere = {kind.__name__ for kind in untold.UNTOLD}
    return {name for (name,) in ask(database, WITHOUT)} - told_nowhere


def test_every_event_of_the_programme_is_on_a_timeline_or_has_a_reason(shared_programme: Database) -> None:
    assert set() == without_a_place(shared_programme)


def test_one_event_of_each_kind_is_on_a_timeline_or_has_a_reason(database: Database) -> None:
    with PostgresLog(database) as log:
        for written in one_of_each():
            record(log, [written])
    project_all(database, [timeline])
    assert set() == without_a_place(database)


def test_an_event_without_a_place_is_found(programme: Database) -> None:
    """The control."""
    ask(programme, "DELETE FROM read.timeline WHERE kind = 'RuleStated' AND partnership_id IS NULL")
    assert {"RuleStated"} == without_a_place(programme)


def test_what_sources_state_of_programmes_is_told_of_them(shared_programme: Database) -> None:
    """56 happenings, 19 results, 16 rules (7 of them of eligibility) and 120 involvements are about no partnership."""
    rows = ask(
        shared_programme,
        "SELECT kind FROM read.timeline WHERE thing LIKE 'programme-%' OR thing LIKE 'scheme-%'",
    )
    found = Counter(kind for (kind,) in rows)
    assert (56, 19, 9, 7, 120) == tuple(
        found[kind]
        for kind in (
            "HappeningNoted", "ProgrammeResultStated", "RuleStated", "EligibilityRulePublished", "InvolvementStated",
        )
    )  # fmt: skip


def test_an_organisation_has_what_a_partnership_says_of_it_and_the_partnership_keeps_it(
    shared_programme: Database,
) -> None:
    """107 involvements in partnerships are stated: each is on two timelines, in the same words."""
    rows = ask(
        shared_programme,
        "SELECT position, count(*), count(DISTINCT (title, lane, partnership_id, event_id)) FROM read.timeline"
        " WHERE kind = 'InvolvementStated' AND partnership_id IS NOT NULL GROUP BY position",
    )
    assert 107 == len(rows)
    assert {(2, 1)} == {(number, different) for _, number, different in rows}


def test_an_event_is_told_once_beside_the_timelines_of_organisations(shared_programme: Database) -> None:
    """So a programme with all that is below it tells nothing twice."""
    told = ask(shared_programme, "SELECT position FROM read.timeline WHERE NOT starts_with(thing, 'organisation-')")
    assert len(told) > 700
    assert [] == [position for position, number in Counter(told).items() if number > 1]
