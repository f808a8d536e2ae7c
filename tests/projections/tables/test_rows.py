"""Rows are written the same, few or many, alone or in a pipeline."""

import random
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from infra.database.postgres import Database
from projections.tables.rows import FEW, add, add_at_once, array

HOSTILE = [
    "", " ", "NULL", "null", "{}", "{", "}", ",", '"', "\\", '\\"', '"\\', "\\\\", "a,b", "'", "\t\r\n", "\x01", "\x7f",
    "é£€", "\u202eabc", "😀", "{{1,2},{3}}", '","', "-", "\\N", "\\.", "%s", "$1", "x" * 10_000,
]  # fmt: skip


def test_any_text_in_an_array_is_read_back_unchanged(database: Database) -> None:
    chance = random.Random(20)
    signs = [*HOSTILE[:-1], None]
    with database.connect() as connection:
        for _ in range(300):
            texts = [
                None if one is None else one + (chance.choice(HOSTILE) if chance.random() < 0.5 else "")
                for one in chance.choices(signs, k=chance.randrange(12))
            ]
            found = connection.execute("SELECT %s::text[]", (array(texts),)).fetchone()
            assert found == (texts,)


def test_a_text_without_quotes_is_not_read_back_unchanged(database: Database) -> None:
    """The control: a wrong way to write an array fails this test."""
    with database.connect() as connection:
        spoiled = 0
        for text in HOSTILE:
            try:
                found = connection.execute("SELECT %s::text[]", (f"{{{text}}}",)).fetchone()
            except psycopg.DataError:
                spoiled += 1
            else:
                spoiled += found != ([text],)
    assert spoiled > 10


ROWS: list[tuple[Any, ...]] = [
    (1, 2**31 - 1, "a", Decimal("10.50"), date(2004, 3, 15), datetime(2004, 3, 15, 12, 0, 0, 1, UTC), True),
    (-(2**63), -1, '\\"', Decimal("-0.01"), date.min, datetime(1970, 1, 1, tzinfo=UTC), False),
    (2**63 - 1, 0, "", Decimal(10) ** 18, date.max, datetime(2026, 11, 26, 23, 59, 59, 999999, UTC), True),
    (0, None, None, None, None, None, None),
]


@pytest.mark.parametrize("write", [add, add_at_once])
@pytest.mark.parametrize("among_others", [False, True])
@pytest.mark.parametrize("count", [0, 1, FEW, FEW + 1, 50])
def test_rows_are_written_the_same_in_any_number_inside_and_outside_a_pipeline(
    database: Database, write: Any, count: int, *, among_others: bool
) -> None:
    rows = [(*ROWS[nth % len(ROWS)], nth) for nth in range(count)]
    with database.connect() as connection, connection.transaction(), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE written (a bigint, b integer, c text, d numeric, e date, f timestamptz, g boolean, h integer)"
        )
        with ExitStack() as going_on:
            if among_others:
                going_on.enter_context(connection.pipeline())
            write(cursor, "written", rows)
        assert rows == _rows(cursor, "SELECT * FROM written ORDER BY h")


@pytest.mark.parametrize("count", [1, FEW + 1])
def test_columns_of_lists_and_of_json_are_written_too(database: Database, count: int) -> None:
    with database.connect() as connection, connection.transaction(), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE lists (a integer, b bigint[], c jsonb)")
        add(cursor, "lists", [(nth, [nth, 2**40], Jsonb([["2004", None]])) for nth in range(count)])
        assert [(nth, [nth, 2**40], [["2004", None]]) for nth in range(count)] == _rows(
            cursor, "SELECT * FROM lists ORDER BY a"
        )


def _rows(cursor: psycopg.Cursor[Any], question: str) -> Sequence[tuple[Any, ...]]:
    return cursor.execute(question.encode()).fetchall()
