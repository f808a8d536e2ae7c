"""How texts, amounts and dates in a file from others are read, and when they are refused."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.imports.rows.parsing import (
    Dates,
    ErrorCell,
    Formula,
    InvalidValue,
    amount_of,
    currency_of,
    date_of,
    rounding_of,
    text_of,
)


def refused(read: Any, *given: Any) -> str:
    """The rule that refuses the value."""
    with pytest.raises(InvalidValue) as caught:
        read(*given)
    assert caught.value.hint.endswith(".")
    return caught.value.rule


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("2004-03-15", "2004-03-15"),
        ("2004-03", "2004-03"),
        ("2004", "2004"),
        (" 2004-03-15 ", "2004-03-15"),
        ("2004-03-15T00:00:00+00:00", "2004-03-15"),
        ("2004-03-15T23:59:59.999Z", "2004-03-15"),
        ("2004-03-15 10:30", "2004-03-15"),
        ("2004-03-15Z", "2004-03-15"),
        ("2004-03-15+01:00", "2004-03-15"),
        # A time with an offset is a day in London, where summer time began on 28 March 2004.
        ("2004-03-27T23:30:00Z", "2004-03-27"),
        ("2004-03-31T23:30:00Z", "2004-04-01"),
        ("2004-03-31T22:59:59Z", "2004-03-31"),
        ("2004-03-31 23:30 +0000", "2004-04-01"),
        ("2004-03-31T23:30:00+01:00", "2004-03-31"),
        ("2004-04-01T08:30:00+10:00", "2004-03-31"),
        ("2004-03-31T23:30:00", "2004-03-31"),
        (datetime(2004, 3, 31, 23, 30, tzinfo=UTC), "2004-04-01"),
        (date(2004, 3, 15), "2004-03-15"),
        (datetime(2004, 3, 15, 23, 59), "2004-03-15"),
    ],
)
@pytest.mark.parametrize("dates", Dates)
def test_an_iso_date_means_one_day_in_any_file(dates: Dates, written: Any, means: str) -> None:
    assert means == date_of(written, dates).text


@pytest.mark.parametrize(
    "written", ["15/03/2004", "15.3.2004", "15-03-2004", "15/03/2004 00:00", "15/03/2004 10:30:00"]
)
def test_a_uk_date_is_read_where_it_is_declared_and_nowhere_else(written: str) -> None:
    assert "2004-03-15" == date_of(written, Dates.UK).text
    assert "not_in_the_calendar" == refused(date_of, written, Dates.US)
    assert "date_style_undeclared" == refused(date_of, written, Dates.ISO)


@given(st.dates())
def test_every_day_is_read_back_in_the_style_that_it_is_written_in(day: date) -> None:
    year = f"{day.year:04}"
    assert str(day) == date_of(f"{day.day}/{day.month}/{year}", Dates.UK).text
    assert str(day) == date_of(f"{day.month}/{day.day}/{year}", Dates.US).text
    assert str(day) == date_of(str(day), Dates.ISO).text


@pytest.mark.parametrize(
    ("written", "hint"),
    [("03/04/2004", "can mean two days"), ("15/03/2004", "--dates uk"), ("03/15/2004", "--dates us")],
)
def test_a_date_in_an_undeclared_style_is_refused_with_the_option_to_use(written: str, hint: str) -> None:
    with pytest.raises(InvalidValue, match=hint):
        date_of(written, Dates.ISO)


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("2004-02-30", "not_in_the_calendar"),
        ("2004-13-01", "not_in_the_calendar"),
        ("31/02/2004", "not_in_the_calendar"),
        ("15/03/04", "year_in_short"),
        ("15/03-2004", "not_a_date"),
        ("15 March 2004", "not_a_date"),
        ("2004-3-5", "not_a_date"),
        ("2004-03-15T", "not_a_date"),
        ("20040315", "not_a_date"),
        ("unknown", "not_a_date"),
        ("2004/2005", "not_a_date"),
        (True, "not_text"),
        (20040315.5, "not_text"),
        ("1" * 300, "too_long"),
        (Formula("=A1"), "formula"),
        (ErrorCell("#REF!"), "error_cell"),
    ],
)
def test_a_value_that_is_not_a_date_is_refused_by_its_rule(written: Any, rule: str) -> None:
    assert rule == refused(date_of, written, Dates.UK)


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("1250", "1250.00"),
        ("1250.5", "1250.50"),
        ("15000.0000", "15000.00"),
        (" -3.10 ", "-3.10"),
        (1250, "1250.00"),
        (Decimal("3239.34"), "3239.34"),
        (Decimal("1E+3"), "1000.00"),
    ],
)
def test_an_amount_is_read_exactly_as_it_is_written(written: Any, amount: str) -> None:
    assert Decimal(amount) == amount_of(written, "GBP").amount
    assert amount == f"{amount_of(written, 'GBP').amount}"


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("1,250", "not_an_amount"),
        ("£1250", "not_an_amount"),
        ("1e3", "not_an_amount"),
        ("١٢", "not_an_amount"),
        ("", "not_an_amount"),
        ("NaN", "not_an_amount"),
        (Decimal("NaN"), "not_an_amount"),
        (Decimal("1E+40"), "not_an_amount"),
        (Decimal("1E+999999999"), "not_an_amount"),
        (True, "not_an_amount"),
        (1.5, "not_an_amount"),
        (Formula("=A1"), "formula"),
    ],
)
def test_a_value_that_is_not_an_amount_is_refused_by_its_rule(written: Any, rule: str) -> None:
    assert rule == refused(amount_of, written, "GBP")


def test_the_minor_unit_is_that_of_the_currency() -> None:
    assert "0.001 KWD" == str(amount_of("0.001", "KWD"))
    assert "2 JPY" == str(amount_of("1.5", "JPY"))


@pytest.mark.parametrize(
    ("written", "amount", "warned"),
    [
        (Decimal("41133.770000000004"), "41133.77", False),
        (Decimal("41133.769999999997"), "41133.77", False),
        (Decimal("1E-999999999"), "0.00", False),
        ("1.0000009", "1.00", False),
        ("1.000001", "1.00", True),
        ("0.125", "0.12", True),
        ("0.135", "0.14", True),
        ("-0.125", "-0.12", True),
        (Decimal("3228013.6201"), "3228013.62", True),
    ],
)
def test_an_amount_with_too_many_decimals_is_rounded_half_to_even_with_a_warning_unless_it_is_dust(
    written: Any, amount: str, warned: bool
) -> None:
    found = amount_of(written, "GBP")
    assert (amount, warned) == (f"{found.amount}", rounding_of(written, found) is not None)


@pytest.mark.parametrize("written", ["gbp", "£", "GBPX", "", "G B"])
def test_a_value_that_is_not_a_currency_is_refused(written: str) -> None:
    assert "not_a_currency" == refused(currency_of, written)


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("a\x00b", "control_character"),
        ("a\x1bb", "control_character"),
        ("\ud800", "control_character"),
        (None, "not_text"),
        ([], "not_text"),
    ],
)
def test_a_value_that_is_not_a_text_is_refused(written: Any, rule: str) -> None:
    assert rule == refused(text_of, written)


def test_a_text_may_have_lines_and_letters_of_any_script() -> None:
    assert "Môn\n\t京都" == text_of("  Môn\n\t京都 ")
