"""What clients send and secrets are hidden in messages, in every way in which an error may write them."""

import json
import time
from collections.abc import Iterator

import psycopg
import pytest

from infra import unsaid
from infra.database.postgres import Database

SAID = 'it\'s "quoted" \\ here\nand on \u00e9'


@pytest.fixture
def request_of() -> Iterator[None]:
    token = unsaid.sent.set({"query": '{ a(b: "literal-1", c: """block\nliteral-2""") }', "variables": {"x": [SAID]}})
    scope = {"headers": [(b"cookie", b"session=cookie-3; x=1")], "query_string": b"text=a%20value-4&known=b"}
    other = unsaid.asked.set(scope)
    yield
    unsaid.asked.reset(other)
    unsaid.sent.reset(token)


@pytest.mark.usefixtures("request_of")
@pytest.mark.parametrize(
    "written", [SAID, repr(SAID), json.dumps(SAID), json.dumps(SAID, ensure_ascii=False), f"({SAID})"]
)
def test_a_value_is_hidden_however_it_is_written(written: str) -> None:
    found = unsaid.without(f"invalid value: {written}.", ())
    assert found.startswith("invalid value: ")
    assert "quoted" not in found


@pytest.mark.usefixtures("request_of")
def test_literals_cookies_and_queries_are_hidden_and_other_words_are_not() -> None:
    hidden = ("literal-1", "block\nliteral-2", "cookie-3", "a value-4", "a%20value-4", "secret-5")
    found = unsaid.without(f"No partnership has {' or '.join(hidden)}.", ["secret-5"])
    assert f"No partnership has {' or '.join([unsaid.HIDDEN] * len(hidden))}." == found


def test_outside_a_request_nothing_but_secrets_is_hidden() -> None:
    """The control."""
    assert "literal-1 and [...]" == unsaid.without("literal-1 and secret-5", ["secret-5"])


def test_no_part_of_a_long_value_is_left_where_a_message_ends() -> None:
    long = "".join(f"{number:06}" for number in range(20_000))
    token = unsaid.sent.set({"variables": {"x": long}})
    try:
        for before in (0, 1, 1999, 3995):
            found = unsaid.without("." * before + long, ())
            assert not any(digit in found for digit in "0123456789"), before
    finally:
        unsaid.sent.reset(token)


def test_a_request_of_many_values_does_not_delay_others() -> None:
    token = unsaid.sent.set({"variables": {"x": [f"value {number:06}" for number in range(9000)]}})
    try:
        began = time.perf_counter()
        unsaid.without("x" * 1_000_000, ())
        assert time.perf_counter() - began < 1
    finally:
        unsaid.sent.reset(token)


def test_an_error_of_the_database_says_which_without_the_row(database: Database) -> None:
    with database.connect() as connection:
        connection.execute("CREATE TEMPORARY TABLE named (name text PRIMARY KEY)")
        connection.execute("INSERT INTO named VALUES ('a secret')")
        with pytest.raises(psycopg.errors.UniqueViolation) as refused:
            connection.execute("INSERT INTO named VALUES ('a secret')")
        with pytest.raises(psycopg.errors.InvalidTextRepresentation) as wrong:
            connection.execute("SELECT 'a secret'::integer")
    assert "a secret" in str(refused.value)
    assert "a secret" in str(wrong.value)
    for error, state in ((refused.value, "23505"), (wrong.value, "22P02")):
        assert "secret" not in unsaid.message_of(error)
        assert f"SQLSTATE {state}" in unsaid.message_of(error)
        assert "secret" not in unsaid.trace_of(error, ()).replace("INSERT INTO named VALUES ('a secret')", "").replace(
            "SELECT 'a secret'::integer", ""
        )
