"""How pages write amounts and days."""

from datetime import date
from decimal import Decimal

import pytest

from pages.frame.rendering import FOLDER, MINUS, day, digits


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


def test_a_day_is_written_in_words_also_at_the_ends_of_the_calendar() -> None:
    assert ["31 Mar 2005", "0999-01-01", "31 Dec 9999"] == [
        day(date(2005, 3, 31)),
        day(date(999, 1, 1)),
        day(date(9999, 12, 31)),
    ]
