"""The board of bids that wait: by stage, sorted by deadline, each with its days and who must act."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.values.waiting import STAGES, Owner, Span
from domain.values.when import DayRange
from pages.frame.clocks import Clocks
from pages.frame.page import Page, Sheet
from pages.frame.words import in_words
from projections import bids as bids_of
from projections.bids import BidLine
from projections.delays import summary
from projections.delays.reading import WaitingLine
from projections.delays.standing import Standing
from projections.delays.waiting_now import Clock, StageNow, clock_of, timed_of
from projections.register import reading as register
from projections.tables.paging import Connection, Window, count

# A board of more bids is no overview: the first ones are shown, and the number of all.
MOST = 300
_COLUMNS = ("reference", "title", "partnership", "stage", "with", "working_days_min", "working_days_max", "deadline",
            "days_left", "standing", "requested", "currency")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Card:
    """An open bid. *days* are the working days of its stage so far, *deadline* its next one; None where unknown.

    *standing* is a value of Standing, or "none" without a standard. *left* are the calendar days to the deadline.
    """

    line: BidLine
    partnership: str
    code: str
    days: DayRange | None
    deadline: date | None
    left: int | None
    standing: str
    asked: bool
    requested: Decimal | None


@dataclass(frozen=True, slots=True)
class Column:
    """The open bids of one stage."""

    name: str
    owner: str
    cards: list[Card]


async def board(connection: Connection, clocks: Clocks, asked: dict[str, str]) -> Page:
    """The bids that wait as at the day; with ``late`` those that are past a standard."""
    only_late = asked.get("late") == "yes"
    wanted = summary.Filter(open_only=True, breached_only=only_late)
    listing = summary.listing(wanted, as_at=clocks.as_at, known=clocks.then)
    waiting = (await summary.delays_page(connection, listing, Window(size=MOST))).lines
    columns = await _columns(connection, waiting, clocks)
    cards = [card for column in columns for card in column.cards]
    return Page(
        template="office/bids.html",
        title="Bids past a standard" if only_late else "Bids waiting",
        section="bids",
        path="/bids",
        values={
            "columns": columns,
            "count": await count(connection, listing),
            "shown": len(cards),
            "late": sum(card.standing == Standing.BREACHED.value for card in cards),
            "soon": sum(card.standing == Standing.DUE_SOON.value for card in cards),
            "stopped": sum(card.asked for card in cards),
            "uncertain": sum(card.standing == Standing.UNCERTAIN.value for card in cards),
            "only_late": only_late,
        },
        sheet=Sheet(_COLUMNS, [_row(column, card) for column in columns for card in column.cards]),
    )


def _row(column: Column, card: Card) -> tuple[object, ...]:
    days = card.days
    return (card.line.reference, card.line.title, card.code, column.name, column.owner, days and days.min,
            days and days.max, card.deadline, card.left, card.standing, card.requested, card.line.currency)  # fmt: skip


async def _columns(connection: Connection, waiting: list[WaitingLine], clocks: Clocks) -> list[Column]:
    """A column for each stage in which a bid waits, in the order in which bids go through them."""
    ids = list(dict.fromkeys(one.bid_id for one in waiting))
    lines = {one.id: one for one in await bids_of.bids_by(connection, "id", ids)}
    partnerships = {
        one.id: one for one in await register.partnerships_by(connection, "id", [one.partnership_id for one in waiting])
    }
    spans, steps = await timed_of(connection, ids, as_at=clocks.as_at, known=clocks.then)
    columns: dict[tuple[Span, str], list[Card]] = {}
    for one in waiting:
        clock = clock_of(spans[one.bid_id], steps[one.bid_id], clocks.as_at, one.attempt)
        running = clock.running
        if running is None:
            continue
        place = partnerships[one.partnership_id]
        card = _card(lines[one.bid_id], place.name, place.code, clock, running, clocks.as_at)
        columns.setdefault((Span(running.line.span), running.line.owner), []).append(card)
    order = list(STAGES)
    return [
        Column(
            in_words(span.value),
            owner,
            sorted(cards, key=lambda card: (card.deadline or date.max, card.line.reference)),
        )
        for (span, owner), cards in sorted(columns.items(), key=lambda item: (order.index(item[0][0]), item[0][1]))
    ]


def _card(line: BidLine, partnership: str, code: str, clock: Clock, running: StageNow, as_at: date) -> Card:
    deadline = clock.next_deadline
    return Card(
        line,
        partnership,
        code,
        running.measured.working if running.measured is not None else None,
        deadline,
        (deadline - as_at).days if deadline is not None else None,
        clock.standing.value if clock.standing is not None else "none",
        running.line.owner == Owner.BIDDER.value or any(end is None for _, end in clock.pauses),
        line.requested,
    )
