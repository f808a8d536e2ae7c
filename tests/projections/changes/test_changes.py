"""What changed between any two moments is the difference of two full answers."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from domain import award, bid, delivery, partnership
from domain.bank import entry
from domain.discrepancy import OF_TEXTS
from domain.values.fact import DateCorrected, Fact
from infra.database.pool import query
from infra.database.postgres import PROJECTOR, Database
from infra.feeding.projector import project_all
from infra.log.postgres_log import read_log
from projections.changes import discrepancies as of_discrepancies
from projections.changes import effects, figures, reading, state
from projections.changes.figures import Span
from projections.changes.reading import ChangeLine, Scope
from projections.discrepancies import reading as discrepancies
from projections.discrepancies.reading import DiscrepancyLine
from projections.outcomes.outcomes import AS_AT, outcomes_where
from projections.parts.folded import folded
from projections.tables.corrections import NOW
from projections.tables.paging import Connection, Page, Window, lines_of
from tests.conftest import copy_of
from tests.kit.full_answers import BESIDE, FAR, Answer, Place, full_answer, of_part
from tests.kit.histories import BEGINS, DAYS, History
from tests.kit.histories_beside import Booked
from tests.kit.length import times
from tests.kit.money import Desk, desk

HISTORIES = times(60, 1000)
# Histories that go on side by side, and the steps of each. There are full answers on the way and at the end of them.
TOGETHER, STEPS, CUTS = 5, 30, 3
# The full answers that a later one is compared with: the last ones.
KEPT = 6
EVERYTHING = Scope()
Difference = dict[Place, tuple[str | None, str | None]]


class Cut(NamedTuple):
    """What the read models showed when the log ended at a position."""

    position: int
    answer: Answer


class Lived(NamedTuple):
    """A log with many histories, and full answers on the way."""

    database: Database
    at: Desk
    cuts: list[Cut]

    def page(self, span: Span, scope: Scope, window: Window) -> Page[ChangeLine]:
        """The changes in a window."""

        async def histories(streams: Sequence[str]) -> Mapping[str, Sequence[Fact]]:
            return await asyncio.to_thread(self.at.log.histories, streams)

        async def read(connection: Connection) -> Page[ChangeLine]:
            return await reading.changes(connection, histories, span, scope, window)

        return query(self.database, read)

    def changes(self, start: int, end: int, *, as_at: Any = FAR, scope: Scope = EVERYTHING, size: int = 1000) -> Any:
        """Every change, read in pages of a size."""
        found: list[ChangeLine] = []
        more = True
        while more:
            window = Window(size=size, after=found[-1].key if found else None)
            page = self.page(Span(start, end, as_at), scope, window)
            found, more = [*found, *page.lines], page.has_next
        return found

    def pairs(self) -> Iterator[tuple[Cut, Cut]]:
        """Each full answer with one of those before it, so that every history lies between two of them."""
        chance = random.Random(7)
        for nth in range(1, len(self.cuts)):
            yield self.cuts[chance.randrange(max(0, nth - KEPT), nth)], self.cuts[nth]


def cut(database: Database, at: Desk) -> Cut:
    project_all(database)
    return Cut(at.log.position(), query(database, full_answer))


@pytest.fixture(scope="module")
def lived(server: Database, programme_template: str) -> Iterator[Lived]:
    database, chance = copy_of(server, programme_template), random.Random(23)
    with desk(database) as at:
        cuts, booked = [cut(database, at)], list[Booked]()
        for first in range(0, HISTORIES, TOGETHER):
            histories = [History(at, f"h{first + nth}", chance) for nth in range(TOGETHER)]
            for history in histories:
                # What the bank booked for earlier histories is decided later too.
                history.booked = booked
                history.begin()
            for _ in range(CUTS):
                found = found_until_now(database)
                for nth, history in enumerate(histories):
                    history.found = found[-nth - 1 :: -TOGETHER][:9]
                for nth in range(STEPS * TOGETHER // CUTS):
                    histories[nth % TOGETHER].happen(1)
                cuts.append(cut(database, at))
        yield Lived(database, at, cuts)


def found_until_now(database: Database) -> list[tuple[str, str, str]]:
    """The rule, the subject and the figures of every discrepancy that was found, the latest last."""
    rows = "SELECT rule, subject, message FROM discrepancies WHERE superseded = %s ORDER BY opened, id"

    async def read(connection: Connection) -> list[tuple[str, str, str]]:
        return await lines_of(connection, tuple, rows, (NOW,))

    return query(database, read)


def text(value: reading.Shown | None) -> str | None:
    return None if value is None else value.id or value.text


def as_difference(lines: Sequence[ChangeLine]) -> Difference:
    """Changes as the difference of two answers."""
    found = {(one.thing, one.field, one.key[-1]): (text(one.before), text(one.after)) for one in lines}
    assert len(found) == len(lines), "a change is shown twice"
    return found


def difference(before: Answer, after: Answer) -> Difference:
    places = before.keys() | after.keys()
    pairs = {place: (before.get(place), after.get(place)) for place in places}
    return {place: values for place, values in pairs.items() if values[0] != values[1]}


def in_tables(lines: Sequence[ChangeLine]) -> list[ChangeLine]:
    return [one for one in lines if (one.kind, one.field) not in BESIDE]


def has_mistake(lived: Lived) -> bool:
    """Whether some pair of moments has changes that are not the difference of their full answers."""
    return any(
        as_difference(in_tables(lived.changes(before.position, after.position)))
        != difference(before.answer, after.answer)
        for before, after in lived.pairs()
    )


# --- The law ----------------------------------------------------------------------------------------------------------


# Fields that change at least this often, or the test shows too little.
REACH = {
    ("award", "state"): 20, ("award", "amount"): 5, ("award", "paid"): 20, ("bid", "state"): 20, ("bid", "decided"): 10,
    ("payment", "state"): 20, ("payment", "approved"): 10, ("recovery", "state"): 3, ("partnership", "partners"): 3,
    ("partnership", "lead"): 1, ("partnership", "name"): 1, ("organisation", "name"): 3, ("outcome", "result"): 3,
    ("round", "committed"): 5, ("round", "state"): 3, ("programme", "awarded"): 5, ("instalment", "due"): 2,
    ("award", "partnership"): 5, ("bid", "partnership"): 2, ("identifier", "value"): 2, ("condition", "state"): 2,
    ("expenditure", "amount"): 2, ("partnership", "suppliers"): 3,
    ("delivery", "title"): 20, ("delivery", "milestones"): 10, ("delivery", "reached"): 10, ("delivery", "visits"): 5,
    ("delivery", "redesigned"): 5, ("delivery", "suppliers"): 5, ("delivery", "ended"): 5,
    ("delivery", "activities"): 2, ("delivery", "periods"): 2,
    ("bankentry", "status"): 20, ("bankentry", "payments"): 10, ("bankentry", "repayment"): 3,
    ("bankentry", "rejected"): 5,
    ("discrepancy", "state"): 20, ("discrepancy", "owner"): 10, ("discrepancy", "because"): 10,
    ("discrepancy", "message"): 10,
}  # fmt: skip


# From which state to which: a match that was made, undone or set aside, and a discrepancy that people and events moved.
MOVES = {
    ("bankentry", "UNMATCHED", "SETTLED"): 2, ("bankentry", "SETTLED", "UNMATCHED"): 2,
    ("bankentry", "UNMATCHED", "RECOVERED"): 2, ("bankentry", "RECOVERED", "UNMATCHED"): 1,
    ("bankentry", "UNMATCHED", "ASIDE"): 2, ("bankentry", "ASIDE", "UNMATCHED"): 2,
    ("discrepancy", None, "OPEN"): 20, ("discrepancy", "OPEN", "EXPLAINED"): 2, ("discrepancy", "OPEN", "WAIVED"): 2,
    ("discrepancy", "OPEN", "CLOSED"): 5, ("discrepancy", "CLOSED", "OPEN"): 1,
}  # fmt: skip


def _state(name: str | None) -> str | None:
    """The state by its name; one name for all kinds of entries that are set aside."""
    return "ASIDE" if name in {one.name for one in entry.Aside} else name


def test_changes_are_the_difference_of_two_full_answers(lived: Lived) -> None:
    reached: Counter[tuple[str, str]] = Counter()
    moved: Counter[tuple[str, str | None, str | None]] = Counter()
    for before, after in lived.pairs():
        lines = in_tables(lived.changes(before.position, after.position))
        assert difference(before.answer, after.answer) == as_difference(lines)
        reached.update((one.kind, one.field) for one in lines)
        states = [one for one in lines if one.field in ("state", "status")]
        moved.update((one.kind, _state(text(one.before)), _state(text(one.after))) for one in states)
    assert {} == {move: moved[move] for move in MOVES if moved[move] < MOVES[move]}
    assert {} == {name: reached[name] for name in REACH if reached[name] < REACH[name]}


def test_changes_of_parts_outcomes_and_discrepancies_as_at_a_day_are_the_difference_of_two_answers_as_at_that_day(
    lived: Lived,
) -> None:
    chance = random.Random(11)
    found = 0
    for before, after in [*lived.pairs()][::3]:
        day = BEGINS + timedelta(days=chance.randrange(DAYS))
        lines = lived.changes(before.position, after.position, as_at=day)
        shown = as_difference([one for one in lines if one.field != "bank_entries" and _has_both_clocks(one)])
        answers = [_as_at(lived.database, day, one.position) for one in (before, after)]
        assert difference(*answers) == shown
        found += len(shown)
    assert found > 3 * HISTORIES, "hardly anything changed: the test has no power"


def _has_both_clocks(line: ChangeLine) -> bool:
    return line.kind in ("outcome", "discrepancy") or line.thing.startswith(f"{line.kind}-{line.key[1]}-")


def _as_at(database: Database, day: Any, known: int) -> Answer:
    """The parts, outcomes and discrepancies as at a day and as known at a position, by the tables that know both."""
    columns = ("impact", "level", "indicator", "unit", "baseline", "target", "result", "status", "verified_result")

    async def read(connection: Connection) -> Answer:
        given = {"as_at": day, "known": known}
        said = "s.kind NOT IN ('planstep', 'supplier', 'goal', 'result', 'component')"
        parts = f"SELECT id, status, amount, currency, remains, facts FROM {folded(said, '%(as_at)s', '%(known)s')}"
        found = {
            place: value for part in await lines_of(connection, tuple, parts, given) for place, value in of_part(*part)
        }
        outcomes = f"SELECT id, verified_on, {', '.join(columns)} FROM {outcomes_where(AS_AT)}"
        for thing, *values in await lines_of(connection, tuple, outcomes, given):
            named = zip(("verified_on", *columns), values, strict=True)
            found |= {(thing, name, ""): value for name, value in named if value is not None}
        listed = discrepancies.listing(discrepancies.Filter(), as_at=day, known=known)
        for line in (await discrepancies.discrepancies_page(connection, listed, Window(size=100_000))).lines:
            found |= dict(_of_discrepancy(line))
        return found

    return query(database, read)


def _of_discrepancy(line: DiscrepancyLine) -> Iterator[tuple[Place, str]]:
    values = {
        "state": line.status, "message": line.message, "due": line.due, "owner": line.owner, "decision": line.decided,
        "because": line.because, "decided_by": line.decided_by, "authority": line.authority, "covers": line.covered,
    }  # fmt: skip
    for name, value in values.items():
        if value is not None:
            yield (line.id, name, ""), str(value)


def test_every_change_names_the_events_between_the_two_moments_that_made_it(lived: Lived) -> None:
    with lived.database.connect(PROJECTOR) as connection:
        log = {one.position: one for one in read_log(connection, 0, 10**9)}
    chance = random.Random(5)
    days = [FAR, *(BEGINS + timedelta(days=chance.randrange(DAYS)) for _ in range(9))]
    for (before, after), day in zip([*lived.pairs()][::2], days, strict=False):
        for line in lived.changes(before.position, after.position, as_at=day):
            events = [log[position] for position in line.positions]
            assert 0 < len(events) == line.event_count
            assert all(before.position < one.position <= after.position for one in events), line
            assert [*dict.fromkeys(one.actor for one in events)] == line.actors
            assert max(one.recorded_at for one in events) == line.recorded_at


# --- Pages and scopes -------------------------------------------------------------------------------------------------


def test_pages_of_any_size_show_every_change_once_in_one_order(lived: Lived) -> None:
    span, of_award = (lived.cuts[-2].position, lived.cuts[-1].position), Scope("award", "award-h0-0")
    whole = lived.changes(*span)
    for size in (11, 100):
        assert whole == lived.changes(*span, size=size)
    some = lived.changes(0, lived.cuts[-1].position, scope=of_award)
    assert len(some) > 3
    assert some == lived.changes(0, lived.cuts[-1].position, scope=of_award, size=1)


def test_pages_from_the_end_and_between_two_keys_show_the_same_changes(lived: Lived) -> None:
    span = Span(lived.cuts[-2].position, lived.cuts[-1].position, FAR)
    whole = lived.changes(span.start, span.end)
    keys = [one.key for one in whole]

    def page(**window: Any) -> Any:
        return lived.page(span, EVERYTHING, Window(**window))

    back: list[ChangeLine] = []
    while True:
        found = page(size=37, backwards=True, before=back[0].key if back else None)
        back = [*found.lines, *back]
        assert found.has_next is (len(back) > len(found.lines))
        if not found.has_previous:
            break
    assert whole == back
    for low, high in ((10, 60), (50, 51), (3, 3)):
        between = {"after": keys[low], "before": keys[high]}
        assert whole[low + 1 : high] == page(size=1000, **between).lines
        assert whole[low + 1 : high] == page(size=1000, backwards=True, **between).lines
    last = page(size=5, backwards=True, after=keys[-3])
    assert (whole[-2:], False, False) == (last.lines, last.has_next, last.has_previous)


def test_a_scope_shows_what_is_below_it_and_nothing_else(lived: Lived) -> None:
    span = (lived.cuts[0].position, lived.cuts[4].position)
    whole = lived.changes(*span)
    programme = lived.at.find("programme", "cbp")
    scheme = lived.at.find("scheme", "cbp-improvement-partnerships")
    of_programme = lived.changes(*span, scope=Scope("programme", programme))
    inside = {place(one) for one in whole if not _is_outside(one)}
    assert inside == {place(one) for one in of_programme if not _is_outside(one)}
    of_scheme = lived.changes(*span, scope=Scope("scheme", scheme))
    assert {place(one) for one in of_scheme} < {place(one) for one in of_programme}
    assert {scheme} == {one.thing for one in of_scheme if one.kind in ("scheme", "programme")}
    found = {one.reference for one in whole if one.kind == "discrepancy" and f"{one.reference}".startswith("A-h")}
    assert found
    for reference in ("A-h0-0", "A-h5-0", *sorted(map(str, found))[:2]):
        award_id = reference.replace("A-", "award-")
        of_award = lived.changes(*span, scope=Scope("award", award_id))
        its = [
            one for one in whole if one.key[1] == award_id or (one.kind, one.reference) == ("discrepancy", reference)
        ]
        assert {place(one) for one in of_award} == {place(one) for one in its}
        assert of_award


def _is_outside(line: ChangeLine) -> bool:
    """Whether a change is of nothing that the programme has: of organisations, the bank, or another programme."""
    if line.kind == "discrepancy":
        shared = line.name in {*OF_TEXTS, "organisation_under_two_names"}
        return shared or "pilot" in (line.reference or "")
    return line.kind in ("organisation", "identifier", "bankentry") or "pilot" in line.thing


def place(line: ChangeLine) -> tuple[str, str, str]:
    return line.thing, line.field, line.key[-1]


def test_a_partnership_keeps_what_it_had(lived: Lived) -> None:
    """An award that moved to another partnership is shown in both."""
    moved = [
        (one, before, after)
        for before, after in lived.pairs()
        for one in lived.changes(before.position, after.position)
        if (one.kind, one.field) == ("award", "partnership") and one.before and one.after
    ]
    assert moved
    for line, before, after in moved[:5]:
        for value in (line.before, line.after):
            assert value is not None
            scope = Scope("partnership", value.id or "")
            assert place(line) in map(place, lived.changes(before.position, after.position, scope=scope))


def test_nothing_changes_where_nothing_is_recorded(lived: Lived) -> None:
    assert [] == lived.changes(lived.cuts[-1].position, lived.cuts[-1].position)


# --- Controls ---------------------------------------------------------------------------------------------------------


def forget_corrections(patch: pytest.MonkeyPatch) -> None:
    """Leave steps on their wrong dates."""
    patch.setattr(state, "DateCorrected", type("Other", (DateCorrected,), {"__slots__": ()}))


def forget_withdrawals(patch: pytest.MonkeyPatch) -> None:
    """Overlook that bids are withdrawn."""
    patch.delitem(effects.TABLE, bid.BidWithdrawn)


def forget_leaving(patch: pytest.MonkeyPatch) -> None:
    """Overlook that partners leave."""
    patch.delitem(effects.TABLE, partnership.PartnerLeft)


def forget_ends(patch: pytest.MonkeyPatch) -> None:
    """Overlook how awards end."""
    patch.delitem(effects.TABLE, award.AwardClosed)
    patch.delitem(effects.TABLE, award.AwardTerminated)


def forget_beginnings(patch: pytest.MonkeyPatch) -> None:
    """Show what an award has from its bid before there is an award."""
    patch.setattr(figures._Links, "of", lambda _, found, __: found)


def forget_ladders(patch: pytest.MonkeyPatch) -> None:
    """Look for ladders of awards only where their own stream was touched."""
    patch.setattr(reading, "_ladders", lambda _: "SELECT '', 0, false, '' WHERE false")


def forget_reopening(patch: pytest.MonkeyPatch) -> None:
    """Overlook that the match of a bank entry is undone."""
    patch.delitem(effects.TABLE, entry.EntryReopened)


def forget_milestones(patch: pytest.MonkeyPatch) -> None:
    """Overlook that milestones are reached."""
    patch.delitem(effects.TABLE, delivery.MilestoneReached)


def forget_findings(patch: pytest.MonkeyPatch) -> None:
    """Look for discrepancies only where people decided about them."""
    patch.setattr(reading, "touched", lambda _: "SELECT '', 0, false, '' WHERE false")


def forget_closing(patch: pytest.MonkeyPatch) -> None:
    """Show the state that a discrepancy had when it was first found."""
    patch.setattr(of_discrepancies, "_ROWS", of_discrepancies._ROWS.replace(STATE, "'OPEN'"))


STATE = of_discrepancies.FIELDS["state"]
CONTROLS = [
    forget_reopening, forget_milestones, forget_findings, forget_closing,
    forget_corrections, forget_withdrawals, forget_leaving, forget_ends, forget_beginnings, forget_ladders,
]  # fmt: skip


@pytest.mark.parametrize("spoil", CONTROLS)
def test_a_mistake_in_what_changed_is_noticed(lived: Lived, monkeypatch: pytest.MonkeyPatch, spoil: Any) -> None:
    """The controls: the histories above find each mistake."""
    spoil(monkeypatch)
    assert has_mistake(lived)
