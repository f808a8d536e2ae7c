"""What nobody sensible hands in, for the laws: amounts, numbers, dates and words out of every order."""

from decimal import Decimal
from typing import TypeVar

from hypothesis import strategies as st

from domain.values.money import Money
from domain.values.when import When
from tests.kit.spec import gbp

T = TypeVar("T")


def mostly(usual: st.SearchStrategy[T], rare: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    """The usual three times in four: where everything is hostile nothing ever happens that a rule could miss."""
    return st.integers(min_value=1, max_value=4).flatmap(lambda turn: rare if turn == 4 else usual)


HUGE = "9999999999999.99"

# Pounds around a ceiling of 1,000, of which some meet it to the penny; a few are none, less than none or huge.
POUNDS = mostly(
    st.one_of(
        st.integers(min_value=1, max_value=150_000).map(lambda pence: gbp(str(Decimal(pence).scaleb(-2)))),
        st.sampled_from(("1000.00", "500.00", "250.00", "999.99", "1000.01", "0.01")).map(gbp),
    ),
    st.sampled_from(("0.00", "-0.01", "-500.00", HUGE, "-" + HUGE)).map(gbp),
)
MONEY = mostly(POUNDS, st.sampled_from((Money.of("10", "JPY"), Money.of("500.00", "EUR"), Money.of("-1.000", "KWD"))))
NUMBERS = st.sampled_from((1, 2, 3, 1, 2, 3, 0, -1, 10**18))
WORDS = st.sampled_from(("the first", "the second", "", "   ", "\x00", "é" * 300))
DATES = st.sampled_from(("2004-05", "2004-06-01", "2004-06-02", "2005", "0001-01-01", "9999-12-31")).map(When)
