"""PostgreSQL reads arrays in binary form as they were meant."""

import re
from typing import Any

import pytest

from infra.database.postgres import APP, Database
from infra.log import arrays
from infra.log.appender import Appender, Array
from tests.kit.database.writing import ask


def understood(database: Database, array: Array) -> Any:
    """*array* as PostgreSQL reads it in the application's role."""
    appender = Appender(database.conninfo(APP))
    try:
        ((found,),) = appender.call("to_json", [array])
    finally:
        appender.close()
    ((value,),) = ask(database, "SELECT %s::json", [(found or b"").decode()])
    return value


@pytest.mark.parametrize(
    ("kind", "made", "elements"),
    [
        ("text[]", arrays.texts, []),
        ("text[]", arrays.texts, ["a", "", None, "Ł, \"'{}\\ 🜚", "NULL"]),
        ("integer[]", arrays.integers, []),
        ("integer[]", arrays.integers, [0, 1, -1, 2**31 - 1, -(2**31)]),
        ("bigint[]", arrays.bigints, []),
        ("bigint[]", arrays.bigints, [0, 1, -1, 2**63 - 1, -(2**63)]),
    ],
)
def test_an_array_arrives_as_it_was_sent(database: Database, kind: str, made: Any, elements: list[Any]) -> None:
    assert elements == understood(database, Array(kind, made(elements)))


def test_bytes_arrive_as_they_were_sent(database: Database) -> None:
    assert ["\\x", "\\x00ff", "\\x7b7d"] == understood(
        database, Array("bytea[]", arrays.byteas([b"", b"\0\xff", b"{}"]))
    )
    assert [] == understood(database, Array("bytea[]", arrays.byteas([])))


def test_new_ids_are_of_version_7_and_follow_each_other(database: Database) -> None:
    first, second = (understood(database, Array("uuid[]", arrays.new_uuids(1000))) for _ in range(2))
    assert 2000 == len({*first, *second})
    assert [sorted(first), sorted(second)] == [first, second]
    assert all(
        re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", one) for one in first
    )
    assert [] == understood(database, Array("uuid[]", arrays.new_uuids(0)))
