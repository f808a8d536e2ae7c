"""Money is exact, in one currency, and never a float."""

import operator
from collections.abc import Callable
from decimal import Decimal

import hypothesis
import pytest
from hypothesis import strategies as st

from domain.counters import minor
from domain.values.money import LIMIT, MINOR_UNITS, CurrencyMismatch, Money, NotMoney, minor_units, total
from tests.kit.spec import gbp

CURRENCIES = ("GBP", "EUR", "JPY", "KWD")


def amounts(currency: str, *, below: Decimal = LIMIT) -> st.SearchStrategy[Money]:
    """Any amount in *currency*, owed or owned, below *below*."""
    places = minor_units(currency)
    most = int(below.scaleb(places)) - 1
    return st.integers(min_value=-most, max_value=most).map(
        lambda units: Money(amount=Decimal(units).scaleb(-places), currency=currency)
    )


# So far below the limit that the sum of three stays below it.
# Amounts that are entered have at most 13 digits before the point.
GIVEN = Decimal(10) ** 13
POUNDS = amounts("GBP", below=GIVEN)
ANY = st.sampled_from(CURRENCIES).flatmap(lambda currency: amounts(currency, below=GIVEN))


# --- Laws -------------------------------------------------------------------------------------------------------------


@hypothesis.given(POUNDS, POUNDS, POUNDS)
def test_sums_do_not_depend_on_the_order_of_adding(a: Money, b: Money, c: Money) -> None:
    assert (a + b) + c == a + (b + c)
    assert a + b == b + a
    assert total([a, b, c], "GBP") == total([c, a, b], "GBP")


@hypothesis.given(POUNDS, POUNDS)
def test_an_amount_that_was_added_can_be_subtracted_again(a: Money, b: Money) -> None:
    assert a == a + b - b
    assert a == a + Money.zero("GBP")
    assert Money.zero("GBP") == a - a


@hypothesis.given(POUNDS, POUNDS)
def test_money_adds_up_as_whole_pence_do(a: Money, b: Money) -> None:
    assert int(a.amount * 100) + int(b.amount * 100) == (a + b).amount * 100


@hypothesis.given(ANY)
def test_money_reads_back_as_it_is_printed(money: Money) -> None:
    text, currency = str(money).split(" ")
    assert money == Money.of(text, currency)
    assert str(money) == str(Money.of(text, currency))


@hypothesis.given(POUNDS, POUNDS)
def test_of_two_amounts_one_is_less_unless_they_are_the_same(a: Money, b: Money) -> None:
    assert 1 == [a < b, a == b, a > b].count(True)
    assert (a < b or a == b) == (a <= b)
    assert (a - b).is_positive == (a > b)


@hypothesis.given(st.sampled_from(CURRENCIES).flatmap(lambda currency: st.tuples(st.just(currency), st.decimals())))
def test_an_amount_is_exactly_the_decimal_given_or_refused(given: tuple[str, Decimal]) -> None:
    currency, decimal = given
    try:
        money = Money(amount=decimal, currency=currency)
    except NotMoney:
        return
    assert decimal == money.amount
    assert -minor_units(currency) == money.amount.as_tuple().exponent


@hypothesis.given(st.one_of(st.text(max_size=20), st.text(alphabet="-+ 0123456789.,eE_\uff11", max_size=18)))
def test_hostile_text_is_an_amount_in_plain_digits_or_refused(text: str) -> None:
    try:
        money = Money.of(text, "GBP")
    except NotMoney:
        return
    assert set(text) <= set("-0123456789.")
    assert Decimal(text) == money.amount


# --- Examples ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("amount", [12.5, 12, True, "12.50", None, float("nan")])
def test_floats_and_other_types_than_decimal_are_refused(amount: object) -> None:
    with pytest.raises(NotMoney, match=f"not {type(amount).__name__}"):
        Money(amount=amount, currency="GBP")  # type: ignore[arg-type]


@pytest.mark.parametrize("text", [12.5, 12, None, Decimal("12.50"), b"12.50"])
def test_only_text_is_read_as_money(text: object) -> None:
    with pytest.raises(NotMoney):
        Money.of(text, "GBP")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "currency"), [("0.001", "GBP"), ("0.5", "JPY"), ("1.0000", "KWD"), ("0.0001", "KWD"), ("-9.999", "EUR")]
)
def test_fractions_of_the_smallest_unit_are_refused(text: str, currency: str) -> None:
    with pytest.raises(NotMoney):
        Money.of(text, currency)


@pytest.mark.parametrize(
    ("text", "currency", "printed"),
    [
        ("1250", "GBP", "1250.00 GBP"),
        ("1250.5", "GBP", "1250.50 GBP"),
        ("1250.500", "GBP", "1250.50 GBP"),
        ("1250", "JPY", "1250 JPY"),
        ("0.125", "KWD", "0.125 KWD"),
        ("-0.00", "GBP", "0.00 GBP"),
        ("9999999999999.99", "GBP", "9999999999999.99 GBP"),
    ],
)
def test_an_amount_is_printed_to_the_smallest_unit_of_its_currency(text: str, currency: str, printed: str) -> None:
    assert printed == str(Money.of(text, currency))


@pytest.mark.parametrize(
    "text", ["", "1,250.00", " 1", "1 ", "1\n", "+1", ".5", "1.", "1e3", "1_000", "NaN", "-inf", "--1", "\uff11", "£1"]
)
def test_an_amount_in_any_other_form_than_plain_digits_is_refused(text: str) -> None:
    with pytest.raises(NotMoney, match="plain digits"):
        Money.of(text, "GBP")


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+15", "-1E+15", "1E+999999"])
def test_amounts_that_are_not_finite_or_too_large_are_refused(amount: str) -> None:
    with pytest.raises(NotMoney):
        Money(amount=Decimal(amount), currency="GBP")


def test_a_total_of_any_size_is_exact_and_never_rounded() -> None:
    most = gbp("9999999999999.99")
    assert Decimal("10000000000000.00") == (most + gbp("0.01")).amount
    assert most == most + most - most


@pytest.mark.parametrize("currency", ["", "GB", "gbp", "GBPS", "G P", "GBP\n", "£"])
def test_a_currency_is_three_capital_letters(currency: str) -> None:
    with pytest.raises(NotMoney, match="three capital letters"):
        Money.zero(currency)


@pytest.mark.parametrize(
    "mix",
    [operator.add, operator.sub, operator.lt, operator.le, operator.gt, operator.ge],
    ids=lambda mix: mix.__name__,
)
def test_currencies_do_not_mix(mix: Callable[[Money, Money], object]) -> None:
    with pytest.raises(CurrencyMismatch, match="GBP and EUR cannot be added or compared"):
        mix(gbp("1.00"), Money.of("1.00", "EUR"))


def test_the_sum_of_two_currencies_is_refused() -> None:
    with pytest.raises(CurrencyMismatch):
        total([gbp("1.00"), Money.of("1.00", "EUR")], "GBP")


def test_the_total_of_no_amounts_is_0() -> None:
    assert gbp("0.00") == total([], "GBP")


def test_the_same_figure_in_another_currency_is_not_the_same_money() -> None:
    assert gbp("1.00") != Money.of("1.00", "EUR")


def test_an_amount_is_the_same_however_it_was_written() -> None:
    assert {gbp("1.50")} == {gbp("1.5"), gbp("1.50"), gbp("1.500")}


def test_0_and_negative_amounts_are_not_positive() -> None:
    assert [False, False, True] == [gbp(text).is_positive for text in ("-0.01", "0.00", "0.01")]


def test_money_never_changes() -> None:
    with pytest.raises(AttributeError):
        gbp("1.00").amount = Decimal(2)  # type: ignore[misc]


# ISO 4217, table A.1: the currencies that are not divided into hundredths.
UNDIVIDED = (
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF",
)  # fmt: skip
THOUSANDTHS = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]


@pytest.mark.parametrize(
    ("currency", "places"),
    [*((one, 0) for one in UNDIVIDED), *((one, 3) for one in THOUSANDTHS), ("GBP", 2), ("EUR", 2), ("USD", 2)],
)
def test_an_amount_has_as_many_places_as_its_currency_and_no_more(currency: str, places: int) -> None:
    finest = "1" if places == 0 else f"0.{'1'.rjust(places, '0')}"
    assert f"{finest} {currency}" == str(Money.of(finest, currency))
    assert places == minor_units(currency)
    assert 1 == minor(Money.of(finest, currency))
    with pytest.raises(NotMoney):
        Money(amount=Decimal(finest) / 10, currency=currency)
    assert len(MINOR_UNITS) == len(UNDIVIDED) + len(THOUSANDTHS)


def test_an_amount_has_at_most_thirteen_digits_before_the_point_and_a_total_fifteen() -> None:
    assert gbp("9999999999999.99").is_positive
    with pytest.raises(NotMoney):
        gbp("10000000000000.00")
    assert Money(amount=Decimal("999999999999999.99"), currency="GBP").is_positive
    for too_large in ("1000000000000000.00", "-1000000000000000.00"):
        with pytest.raises(NotMoney):
            Money(amount=Decimal(too_large), currency="GBP")
