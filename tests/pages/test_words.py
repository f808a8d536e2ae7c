"""How pages write amounts and days."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from pages.frame.rendering import FOLDER, MINUS, day, digits, moment


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        ("75000", "GBP", "75,000.00"),
        ("0", "GBP", "0.00"),
        ("-5.5", "GBP", f"{MINUS}5.50"),
        ("75000", "JPY", "75,000"),
        ("1234.567", "BHD", "1,234.567"),
    ],
)
def test_an_amount_has_the_places_of_its_currency(amount: str, currency: str, written: str) -> None:
    assert written == digits(Decimal(amount), currency)


def test_no_page_writes_an_amount_with_places_of_its_own() -> None:
    assert [] == [file.name for file in (FOLDER / "templates").rglob("*.html") if "digits(2)" in file.read_text()]


def test_an_instant_has_the_day_and_the_time_of_the_programme() -> None:
    assert "2 Jul 2026, 00:30:09 BST" == moment(datetime(2026, 7, 1, 23, 30, 9, tzinfo=UTC))
    assert "1 Dec 2026, 23:30:09 GMT" == moment(datetime(2026, 12, 1, 23, 30, 9, tzinfo=UTC))


def test_a_day_is_written_in_words_also_at_the_ends_of_the_calendar() -> None:
    assert ["31 Mar 2005", "0999-01-01", "31 Dec 9999"] == [
        day(date(2005, 3, 31)),
        day(date(999, 1, 1)),
        day(date(9999, 12, 31)),
    ]
