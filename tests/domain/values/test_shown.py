"""Values as people read them, and the day of an instant."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum

import pytest

from domain.values.day import day_of
from domain.values.money import Money
from domain.values.shown import shown, shown_amount, shown_count, shown_date, shown_money
from domain.values.when import UNKNOWN, When
from tests.kit.spec import gbp


class Paying(Enum):
    """The status of a payment."""

    ON_ITS_WAY = "on_its_way"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2004-03-15", "15 Mar 2004"),
        ("2004-03-05", "5 Mar 2004"),
        ("2004-01", "Jan 2004"),
        ("2004-12", "Dec 2004"),
        ("2004", "2004"),
        ("2004~", "about 2004"),
        ("2004-03-15~", "about 15 Mar 2004"),
        ("2004-07/2005-03", "Jul 2004 to Mar 2005"),
        ("2004-07-01/2005~", "1 Jul 2004 to about 2005"),
        ("../2005-04", "by Apr 2005"),
        ("2005-04/..", "from Apr 2005"),
        ("unknown", "not dated"),
    ],
)
def test_a_date_is_shown_as_precisely_as_it_is_known(text: str, words: str) -> None:
    assert words == shown_date(When(text)) == shown(When(text))


@pytest.mark.parametrize("month", range(1, 13))
def test_each_month_has_its_own_name(month: int) -> None:
    assert date(2004, month, 1).strftime("%b 2004") == shown_date(When(f"2004-{month:02}"))


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (gbp("75000"), "£75,000.00"),
        (gbp("-5"), "-£5.00"),
        (gbp("0"), "£0.00"),
        (gbp("0.01"), "£0.01"),
        (Money.of("75000", "JPY"), "75,000 JPY"),
        (Money.of("-1.5", "KWD"), "-1.500 KWD"),
        (Money.of("20", "EUR"), "20.00 EUR"),
    ],
)
def test_an_amount_is_shown_with_its_sign_or_its_currency(amount: Money, words: str) -> None:
    assert words == shown_money(amount) == shown(amount)
    assert words == shown_amount(amount.amount, amount.currency)


def test_a_total_larger_than_any_amount_is_shown_in_full() -> None:
    assert "£1,800,000,000,000,000.00" == shown_amount(Decimal(1800000000000000), "GBP")


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0 authorities"), (1, "1 authority"), (2, "2 authorities"), (1240, "1,240 authorities")],
)
def test_a_number_agrees_with_its_noun(number: int, words: str) -> None:
    assert words == shown_count(number, "authority", "authorities") == shown_count(number, "authority")
    for singular, plural in (("event", "events"), ("day", "days")):
        said = words.replace("authorities", plural).replace("authority", singular)
        assert said == shown_count(number, singular)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "none"), (True, "yes"), (False, "no"), (7, "7"), ("as it is", "as it is"),
        (Paying.ON_ITS_WAY, "on its way"), ((), "none"), ([], "none"), ((1, gbp("2")), "1, £2.00"),
        (frozenset(), "none"), ({"b", "a"}, "a, b"),
    ],
)  # fmt: skip
def test_no_names_or_brackets_of_the_program_are_shown(value: object, words: str) -> None:
    assert words == shown(value)


def test_the_day_of_an_instant_is_the_day_in_london() -> None:
    assert date(2024, 4, 1) == day_of(datetime(2024, 3, 31, 23, 30, tzinfo=UTC))
    assert date(2024, 1, 31) == day_of(datetime(2024, 1, 31, 23, 30, tzinfo=UTC))
    assert date(2024, 1, 31) == day_of(datetime(2024, 2, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))))


def test_an_unknown_date_is_the_one_that_says_so() -> None:
    assert When("unknown") == UNKNOWN
