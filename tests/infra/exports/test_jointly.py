"""The lists of what partners do jointly have a row for each entry, as it was on the day, with codes for ids."""

from datetime import date
from typing import Any

import pytest

from infra.database.postgres import Database
from infra.exports.jointly import ENTRIES
from infra.feeding.projector import project_all
from projections.parts.steps import STEPS
from tests.conftest import copy_of
from tests.infra.exports.test_lists import rows_as_at
from tests.kit import beside
from tests.kit.files.exported import LATE
from tests.kit.jointly import acted
from tests.kit.money import desk
from tests.kit.places import placed
from tests.kit.plans import planned
from tests.kit.support import supported


@pytest.fixture(scope="module")
def recorded(server: Database, programme_template: str) -> Database:
    """A programme with an entry of each kind."""
    database = copy_of(server, programme_template)
    with desk(database) as at:
        planned(at)
        beside.recorded(at)
        supported(at)
        placed(at)
        acted(at)
    project_all(database)
    return database


@pytest.mark.parametrize("name", ENTRIES)
def test_each_list_has_rows_and_each_of_its_columns_is_filled_by_some(recorded: Database, name: str) -> None:
    rows = rows_as_at(recorded, name, LATE)
    assert rows
    empty = {title for title in ENTRIES[name].titles if all(row[title] is None for row in rows)}
    # Every step has a code where it names an organisation: none is an id.
    assert not [value for row in rows for value in row.values() if f"{value}".startswith("organisation-")]
    assert empty <= NEVER.get(name, set())


# What nobody records in this story.
NEVER: dict[str, set[str]] = {"defined-roles": {"until"}}


def test_a_list_as_at_a_day_has_what_stood_then(recorded: Database) -> None:
    def of(day: str) -> dict[str, Any]:
        (row,) = [
            one
            for one in rows_as_at(recorded, "sponsors", date.fromisoformat(day))
            if (one["partnership"], one["number"]) == ("joint-west", 1)
        ]
        return row

    assert [("named", None), ("lapsed", "The post is vacant")] == [
        (of(day)["status"], of(day)["because"]) for day in ("2005-01-01", "2006-01-01")
    ]


def test_lists_within_a_cell_are_told_apart_by_code(recorded: Database) -> None:
    terms = next(one["terms"] for one in rows_as_at(recorded, "agreements", LATE) if one["partnership"] == "joint-west")
    assert "kent-county-council: Lends a peer for 5 days a year; All share their plans" == terms


def test_every_kind_of_a_list_is_one_of_the_parts() -> None:
    kinds = {step.kind for steps in STEPS.values() for step in steps}
    assert {one.kind for one in ENTRIES.values()} <= kinds
