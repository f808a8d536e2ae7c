"""A reconciliation shows what the bank booked, whatever statements there are, and in whatever order they came."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import hypothesis
from hypothesis import strategies as st

from domain.bank.report import STATUSES, Booked, Days, Found, Paid, Reconciliation, Stated, reconcile
from domain.values.frozen import replace

FIRST = datetime(2004, 7, 1)
DAYS = st.integers(min_value=0, max_value=40).map(lambda nth: FIRST.date() + timedelta(days=nth))
PENCE = st.integers(min_value=-10_000, max_value=10_000).map(lambda pence: Decimal(pence).scaleb(-2))
SPAN = st.tuples(DAYS, st.integers(min_value=0, max_value=30)).map(lambda one: (one[0], one[0] + timedelta(one[1])))


def day(number: int) -> date:
    """That day of July 2004."""
    return date(2004, 7, number)


def booked(name: str, number: int, amount: str) -> Booked:
    return Booked(name, day(number), Decimal(amount), "unmatched")


def stated(since: int, until: int, opening: str, closing: str, *entries: str, place: int = 0) -> Stated:
    """A statement from one day of July to another."""
    return Stated(day(since), day(until), Decimal(opening), Decimal(closing), frozenset(entries), ("", place))


def shown(found: Reconciliation) -> tuple[str, str, str]:
    """Opening balance, closing balance, and what is on no statement."""
    return f"{found.opening}", f"{found.closing}", f"{found.entries[-1].amount}"


# --- Statements that share a day --------------------------------------------------------------------------------------

# The bank closes its day at 18:00, so both statements cover day 15.
UNTIL_SIX, FROM_SIX = stated(1, 15, "100", "150", "a"), stated(15, 31, "150", "160", "b")
ENTRIES = [booked("a", 15, "50"), booked("b", 16, "10")]


def test_a_day_that_two_statements_share_counts_the_entries_of_each_once() -> None:
    for statements in ([UNTIL_SIX, FROM_SIX], [FROM_SIX, UNTIL_SIX]):
        assert ("100", "150", "0") == shown(reconcile(day(1), day(15), statements, ENTRIES, ()))
        assert ("150", "160", "0") == shown(reconcile(day(16), day(31), statements, ENTRIES, ()))
    # The control: without its own entries the second statement would open with 150.00 and add the 50.00 again.
    assert Decimal(50) == sum(one.amount for one in ENTRIES if one.day == day(15))


def test_an_entry_after_the_hour_of_closing_is_in_the_closing_balance_of_its_day() -> None:
    late = [booked("a", 15, "50"), booked("b", 15, "10")]
    assert ("100", "160", "0") == shown(reconcile(day(1), day(15), [UNTIL_SIX, FROM_SIX], late, ()))


def test_statements_of_one_day_are_put_in_order_by_their_balances() -> None:
    """The last one opens with what the first one closes with, although it was recorded first."""
    day_of_two = [stated(5, 5, "110", "130", "b", place=1), stated(5, 5, "100", "110", "a", place=2)]
    entries = [booked("a", 5, "10"), booked("b", 5, "20")]
    assert ("100", "130", "0") == shown(reconcile(day(5), day(5), day_of_two, entries, ()))


def test_balances_that_go_in_a_circle_begin_with_what_the_day_before_closed_with() -> None:
    circle = [stated(5, 5, "110", "100", "b", place=1), stated(5, 5, "100", "110", "a", place=2)]
    entries = [booked("a", 5, "10"), booked("b", 5, "-10")]
    before, after = stated(4, 4, "100", "100"), stated(6, 6, "110", "110")
    assert ("100", "100", "0") == shown(reconcile(day(5), day(5), [*circle, before], entries, ()))
    assert ("110", "110", "0") == shown(reconcile(day(5), day(5), [*circle, after], entries, ()))
    assert ("110", "110", "0") == shown(reconcile(day(5), day(5), circle, entries, ()))
    other_way = [circle[0]._replace(place=("", 2)), circle[1]._replace(place=("", 1))]
    assert ("100", "100", "0") == shown(reconcile(day(5), day(5), other_way, entries, ()))
    assert ("110", "110", "0") == shown(reconcile(day(5), day(5), [*other_way, after], entries, ()))
    # Only the statements just before and just after it decide.
    elsewhere = [stated(6, 6, "500", "500"), stated(8, 8, "110", "110")]
    assert ("100", "100", "0") == shown(reconcile(day(5), day(5), [*other_way, *elsewhere], entries, ()))
    long_before = [stated(2, 2, "100", "100"), stated(4, 4, "110", "110")]
    assert ("110", "110", "0") == shown(reconcile(day(5), day(5), [*other_way, *long_before], entries, ()))


def test_of_the_parts_of_a_day_that_no_balance_connects_the_one_recorded_first_comes_first() -> None:
    hours = [
        stated(5, 5, "100", "110", "a", place=1),
        stated(5, 5, "200", "210", "b", place=2),
        stated(5, 5, "210", "220", "c", place=3),
        stated(5, 5, "110", "120", "d", place=4),
    ]
    entries = [booked(name, 5, "10") for name in "abcd"]
    assert ("100", "220", "80") == shown(reconcile(day(5), day(5), hours, entries, ()))


def test_an_entry_that_is_not_known_counts_as_nothing() -> None:
    assert ("100", "100", "0") == shown(reconcile(day(1), day(14), [UNTIL_SIX], (), ()))


def test_a_statement_joins_others_of_its_day_though_it_follows_only_one_of_them() -> None:
    hours = [
        stated(5, 5, "110", "120", "b", place=1),
        stated(5, 5, "120", "130", "c", place=2),
        stated(5, 5, "100", "110", "a", place=3),
    ]
    entries = [booked(name, 5, "10") for name in "abc"]
    assert ("100", "130", "0") == shown(reconcile(day(5), day(5), hours, entries, ()))


def test_a_statement_that_is_missing_between_two_of_one_day_is_what_the_balance_lacks() -> None:
    """The bank stated every hour of the day. Of the hour in which 10.00 came in there is no statement."""
    for first, last, closing in (("100", "110", "110"), ("100", "110", "125")):
        hours = [stated(5, 5, first, "100", place=1), stated(5, 5, last, closing, "b", place=3)]
        entries = [booked("b", 5, f"{Decimal(closing) - Decimal(last)}")]
        for statements in (hours, [*hours, stated(5, 20, closing, closing)], [stated(1, 5, "100", "100"), *hours]):
            assert ("100", closing, "10") == shown(reconcile(day(5), day(5), statements, entries, ()))


def test_a_statement_that_another_one_contains_changes_nothing() -> None:
    """The bank sends a statement at noon, and one of the whole day in the evening."""
    noon, evening = stated(5, 5, "100", "110", "a"), stated(5, 5, "100", "130", "a", "b")
    entries = [booked("a", 5, "10"), booked("b", 5, "20")]
    for statements in ([noon, evening], [evening, noon], [evening, evening._replace(place=("", 1))]):
        assert ("100", "130", "0") == shown(reconcile(day(5), day(5), statements, entries, ()))


def test_statements_that_overlap_count_an_entry_of_both_once() -> None:
    first, second = stated(1, 20, "100", "130", "a", "b"), stated(15, 31, "110", "160", "b", "c")
    entries = [booked("a", 2, "10"), booked("b", 17, "20"), booked("c", 25, "30")]
    assert ("100", "130", "0") == shown(reconcile(day(1), day(20), [second, first], entries, ()))
    assert ("110", "130", "0") == shown(reconcile(day(15), day(20), [second, first], entries, ()))
    assert ("130", "160", "0") == shown(reconcile(day(21), day(31), [second, first], entries, ()))


def test_pages_of_one_period_are_one_statement() -> None:
    """Both pages cover the whole month: the balance within the month needs the entries of both."""
    pages = [stated(1, 31, "100", "110", "a"), stated(1, 31, "110", "130", "b")]
    entries = [booked("a", 20, "10"), booked("b", 10, "20")]
    assert ("100", "120", "0") == shown(reconcile(day(1), day(15), pages, entries, ()))


# --- Days that no statement covers ------------------------------------------------------------------------------------


def test_the_days_that_no_statement_covers_are_named() -> None:
    statements = [stated(5, 10, "100", "150", "a"), stated(20, 25, "170", "170")]
    found = reconcile(day(1), day(31), statements, [booked("a", 7, "50")], ())
    assert (Days(day(1), day(4)), Days(day(11), day(19)), Days(day(26), day(31))) == found.uncovered
    assert [4, 9, 6] == [days.number for days in found.uncovered]
    assert ("100", "170", "20") == shown(found)
    assert () == reconcile(day(5), day(10), statements, [booked("a", 7, "50")], ()).uncovered
    assert (Days(day(1), day(31)),) == reconcile(day(1), day(31), (), (), ()).uncovered
    assert (Days(day(26), day(26)),) == reconcile(day(20), day(26), statements, (), ()).uncovered
    assert (Days(day(19), day(19)),) == reconcile(day(19), day(19), statements, (), ()).uncovered


def test_a_gap_ends_with_what_the_next_statement_opens_with() -> None:
    statements = [stated(1, 10, "100", "100"), stated(20, 31, "170", "170")]
    assert ("100", "170", "70") == shown(reconcile(day(11), day(19), statements, (), ()))
    assert ("100", "100", "0") == shown(reconcile(day(11), day(18), statements, (), ()))
    hour_by_hour = [stated(1, 10, "100", "100"), stated(20, 31, "175", "175"), stated(20, 20, "170", "175", "a")]
    assert ("100", "170", "70") == shown(reconcile(day(11), day(19), hour_by_hour, [booked("a", 20, "5")], ()))
    assert ("170", "170", "0") == shown(reconcile(day(20), day(31), statements, (), ()))


def test_before_its_first_statement_an_account_holds_what_that_statement_opens_with() -> None:
    statements = [stated(10, 31, "100", "150", "a"), stated(5, 9, "90", "100", "b")]
    entries = [booked("a", 12, "50"), booked("b", 6, "10")]
    assert ("90", "90", "0") == shown(reconcile(day(1), day(3), statements, entries, ()))
    assert ("150", "150", "0") == shown(reconcile(date(2004, 8, 2), date(2004, 8, 3), statements, entries, ()))


def test_the_difference_is_what_the_entries_and_the_payments_lack_together() -> None:
    right = reconcile(day(1), day(31), [UNTIL_SIX, FROM_SIX], ENTRIES, ())
    assert Decimal(0) == right.difference
    assert Decimal(3) == replace(right, closing=right.closing + 1, unseen_after=right.unseen_after + 2).difference
    assert Decimal(3) == replace(right, closing=right.closing - 1, unseen_before=right.unseen_before - 2).difference


# --- Laws -------------------------------------------------------------------------------------------------------------


class Bank(NamedTuple):
    """What really happened: the balance at the start, entries with their instants, and when statements were cut."""

    opening: Decimal
    entries: list[tuple[datetime, Decimal]]
    cuts: list[datetime]

    def balance(self, at: datetime) -> Decimal:
        """The balance at that instant."""
        return self.opening + sum((amount for instant, amount in self.entries if instant < at), Decimal(0))

    def booked(self) -> list[Booked]:
        return [Booked(f"{nth}", at.date(), amount, "other") for nth, (at, amount) in enumerate(self.entries)]

    def statements(self) -> list[Stated]:
        """From each cut to the next. A period that ends at midnight ends with the day before."""
        found = []
        for start, end in zip(self.cuts, self.cuts[1:], strict=False):
            own = frozenset(f"{nth}" for nth, (at, _) in enumerate(self.entries) if start <= at < end)
            last = (end - timedelta(microseconds=1)).date()
            found.append(Stated(start.date(), last, self.balance(start), self.balance(end), own, (f"{start}", 0)))
        return found


HOURS = st.integers(min_value=0, max_value=24 * 12 - 1).map(lambda hours: FIRST + timedelta(hours=hours))


@st.composite
def banks(draw: st.DrawFn) -> Bank:
    """Twelve days of few, round amounts, so that balances are often equal."""
    amounts = st.sampled_from((Decimal(10), Decimal(-10), Decimal(20)))
    entries = sorted(draw(st.lists(st.tuples(HOURS, amounts), max_size=10)))
    cuts = {FIRST, *draw(st.lists(HOURS, max_size=6)), FIRST + timedelta(days=12)}
    return Bank(Decimal(100), entries, sorted(cuts))


@hypothesis.settings(max_examples=300)
@hypothesis.given(banks(), st.integers(0, 11), st.integers(0, 11), st.randoms(use_true_random=False))
def test_with_every_statement_each_balance_is_what_the_account_held(
    bank: Bank, one: int, other: int, chance: Any
) -> None:
    since, until = FIRST + timedelta(days=min(one, other)), FIRST + timedelta(days=max(one, other))
    statements = bank.statements()
    chance.shuffle(statements)
    found = reconcile(since.date(), until.date(), statements, bank.booked(), ())
    assert bank.balance(since) == found.opening
    assert bank.balance(until + timedelta(days=1)) == found.closing
    assert (Decimal(0), ()) == (found.entries[-1].amount, found.uncovered)


@hypothesis.settings(max_examples=300)
@hypothesis.given(banks(), st.integers(0, 11), st.data())
def test_a_period_that_was_right_stays_right_whatever_comes_in_later(bank: Bank, first: int, chosen: Any) -> None:
    """Each period that the statements of the start cover whole, with some of the later statements or all."""
    statements = bank.statements()
    known = chosen.draw(st.integers(1, len(statements)))
    whole = (bank.cuts[known] - timedelta(days=1)).date()
    since = FIRST.date() + timedelta(days=first)
    hypothesis.assume(since <= whole)
    more = chosen.draw(st.lists(st.sampled_from(statements[known:]), unique=True)) if statements[known:] else []
    kept = [*statements[:known], *more]
    entries = [one for one in bank.booked() if any(one.entry_id in statement.entries for statement in kept)]
    found = reconcile(since, whole, kept, entries, ())
    assert bank.balance(datetime.combine(since, datetime.min.time())) == found.opening
    assert bank.balance(datetime.combine(whole, datetime.min.time()) + timedelta(days=1)) == found.closing
    assert Decimal(0) == found.entries[-1].amount


@hypothesis.given(banks(), st.data())
def test_the_entries_of_a_statement_that_is_missing_are_on_no_statement(bank: Bank, chosen: Any) -> None:
    statements = bank.statements()
    hypothesis.assume(len(statements) > 2)
    missing = chosen.draw(st.sampled_from(statements[1:-1]))
    rest = [one for one in statements if one is not missing]
    entries = [one for one in bank.booked() if one.entry_id not in missing.entries]
    first, last = FIRST.date(), (FIRST + timedelta(days=11)).date()
    found = reconcile(first, last, rest, entries, ())
    assert missing.closing - missing.opening == found.entries[-1].amount
    uncovered = {days.since + timedelta(days=nth) for days in found.uncovered for nth in range(days.number)}
    every = {first + timedelta(days=nth) for nth in range(12)}
    assert uncovered == {each for each in every if not any(one.since <= each <= one.until for one in rest)}


@hypothesis.given(
    SPAN,
    st.lists(st.builds(lambda span, *balances: Stated(*span, *balances), SPAN, PENCE, PENCE), max_size=4),
    st.lists(
        st.builds(Booked, st.uuids().map(str), DAYS, PENCE, st.sampled_from(STATUSES), st.booleans()), max_size=12
    ),
    st.lists(st.builds(Paid, DAYS, PENCE, st.none() | DAYS), max_size=8),
    st.lists(st.builds(Found, DAYS, PENCE), max_size=4),
)
def test_every_reconciliation_balances_to_the_penny(
    span: tuple[date, date],
    statements: Sequence[Stated],
    booked: Sequence[Booked],
    paid: Sequence[Paid],
    registers: Sequence[Found],
) -> None:
    """The half of the payments is worked out twice. That of the balances is held to what happened by the laws above."""
    assert Decimal(0) == reconcile(*span, statements, booked, paid, registers).difference


def test_the_first_and_the_last_day_of_a_period_are_in_it_and_their_neighbours_are_not() -> None:
    """On each of 9, 10, 20 and 21 July something of every kind happened, of another size each day."""
    each = {9: "1", 10: "20", 20: "300", 21: "4000"}
    payments = [
        *(Paid(day(on), Decimal(amount)) for on, amount in each.items()),
        *(Paid(day(1), Decimal(amount), day(on)) for on, amount in each.items()),
    ]
    entries = [
        *(Booked(f"{on}", day(on), -Decimal(amount), "settled") for on, amount in each.items()),
        *(Booked(f"elsewhere {on}", day(on), -Decimal(amount), "settled", here=False) for on, amount in each.items()),
        *(Booked(f"fee {on}", day(on), -Decimal(amount), "fee") for on, amount in each.items()),
    ]
    registers = [Found(day(on), Decimal(amount)) for on, amount in each.items()]
    statement = stated(1, 31, "9000", "358", *(one.entry_id for one in entries if one.here))
    found = reconcile(day(10), day(20), [statement], entries, payments, registers)
    assert (Decimal(8998), Decimal(8358), ()) == (found.opening, found.closing, found.uncovered)
    assert [("settled", -320, 2), ("fee", -320, 2)] == [
        (line.name, int(line.amount), line.number) for line in found.entries if line.number
    ]
    assert [("released", 320, 2), ("stated by a register", 320, 2), ("reversed", -320, 2), ("settled", -640, 4)] == [
        (line.name, int(line.amount), line.number) for line in found.payments
    ]
    # By 9 July: 4,321 and 1 released, 1 reversed, 1 of a register, 2 seen. By 20 July: 4,642 - 321 + 321 - 642.
    assert (Decimal(4320), Decimal(4000)) == (found.unseen_before, found.unseen_after)
    assert Decimal(0) == found.difference
    assert (day(10), day(20)) == (found.since, found.until)


def test_a_change_of_the_balance_without_entries_is_one_line_and_none_is_none() -> None:
    alone = [stated(1, 31, "100", "90")]
    assert ("on no statement", Decimal(-10), 1) == reconcile(day(1), day(31), alone, (), ()).entries[-1]
    assert ("on no statement", Decimal(0), 0) == reconcile(
        day(1), day(31), [stated(1, 31, "90", "90")], (), ()
    ).entries[-1]
    assert 31 == reconcile(day(1), day(31), (), (), ()).uncovered[0].number


@hypothesis.given(SPAN, st.lists(st.tuples(DAYS, PENCE.filter(lambda amount: amount > 0)), max_size=8))
def test_a_payment_that_only_a_register_states_is_never_missing(
    span: tuple[date, date], seen_: list[tuple[date, Decimal]]
) -> None:
    booked = [Booked(f"{nth}", day, -amount, "settled") for nth, (day, amount) in enumerate(seen_)]
    found = reconcile(*span, (), booked, (), [Found(day, amount) for day, amount in seen_])
    assert (Decimal(0), Decimal(0), Decimal(0)) == (found.unseen_before, found.unseen_after, found.difference)
    # The control: without the register, these entries would be missing payments.
    if any(day <= span[1] for day, _ in seen_):
        assert reconcile(*span, (), booked, ()).unseen_after < 0
