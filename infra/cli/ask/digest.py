"""``fundtrail digest``: what waits and for whom, as plain text for an e-mail."""

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.values.shown import shown_amount, shown_count, shown_date
from domain.values.when import When
from infra.cli.asking import AsAt, KnownAt, ask, clocks, known_by
from infra.cli.terminal import write
from pages.bids.waiting import Waiting, waiting_bids
from pages.frame.clocks import Clocks
from projections import awards
from projections.awards import AwardLine
from projections.delays import summary
from projections.discrepancies import reading as discrepancies
from projections.discrepancies.reading import DiscrepancyLine
from projections.parts.reading import PartLine, parts_in
from projections.tables.paging import Connection, Window, count, page

# How many lines a part of the digest has, and how long they are.
MOST, WIDTH = 20, 76
# Bids that are read at most: the digest names the first of each part, and counts the others.
BIDS = 5_000
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Digest:
    """What waits as at a day. *more* is how many bids wait beyond those that were read."""

    clocks: Clocks
    bids: list[Waiting]
    more: int
    payments: list[PartLine]
    awards: dict[str, AwardLine]
    discrepancies: list[DiscrepancyLine]
    disagree: int


def digest(as_at: AsAt = None, known_at: KnownAt = None) -> None:
    """Print what is late, due this week, to approve and to release, and what does not agree."""
    day, instant = clocks(as_at, known_at)
    for line in lines_of(ask(lambda connection: read(connection, day, instant))):
        write(line)


async def read(connection: Connection, day: date, instant: datetime | None) -> Digest:
    """What waits as at *day*, as known at *instant*."""
    known = await known_by(connection, instant)
    at = Clocks(day, known, known if instant is not None else None, {}, None)
    listing = summary.listing(summary.Filter(open_only=True), as_at=day, known=at.then)
    waiting = await waiting_bids(connection, at, listing, BIDS)
    payments = await parts_in(connection, "payment", ("requested", "approved"), as_at=day, known=at.then)
    found = await awards.awards_by(connection, "id", list({one.stream for one in payments}))
    disagree = discrepancies.listing(discrepancies.Filter(states=["OPEN"]), as_at=day, known=at.then)
    return Digest(
        at,
        waiting,
        await count(connection, listing) - len(waiting),
        payments,
        {one.id: one for one in found},
        (await page(connection, DiscrepancyLine, disagree, Window(size=MOST))).lines,
        await count(connection, disagree),
    )


def lines_of(found: Digest) -> Iterator[str]:
    """The lines of the digest."""
    day = found.clocks.as_at
    soon = day + WEEK
    late = [bid for bid in found.bids if bid.late]
    due = [bid for bid in found.bids if not bid.late and bid.deadline is not None and bid.deadline <= soon]
    bidder = [bid for bid in found.bids if bid.owner == "bidder"]
    yield f"What waits as at {_day(day)}, as known at position {found.clocks.position:,}"
    yield from _part("Late", [_bid(bid) for bid in late])
    yield from _part("Due this week", [_bid(bid) for bid in due])
    yield from _part("Waiting for the bidder", [_bid(bid) for bid in bidder])
    yield from _part("Waiting, by case officer", _by_officer(found.bids))
    for status, title in (("requested", "Payments to approve"), ("approved", "Payments to release")):
        yield from _part(title, [_payment(one, found.awards) for one in found.payments if one.status == status])
    yield from _part("Discrepancies", [f"{one.severity.lower()}: {one.message}" for one in found.discrepancies],
                     found.disagree)  # fmt: skip
    if found.more:
        yield ""
        yield f"{shown_count(found.more, 'more bid')} wait, which came later than these."


def _part(title: str, lines: Sequence[str], number: int | None = None) -> Iterator[str]:
    number = len(lines) if number is None else number
    yield ""
    yield f"{title}: {number:,}" if number else f"{title}: none"
    for line in lines[:MOST]:
        # A mail program shows what people wrote, so that nothing but text may be in it.
        words = "".join(letter for letter in " ".join(line.split()) if letter.isprintable())
        yield from textwrap.wrap(words, WIDTH, initial_indent="- ", subsequent_indent="  ")
    if number > MOST:
        yield f"  and {number - MOST:,} more"


def _bid(bid: Waiting) -> str:
    said = f"{bid.line.reference}, {bid.line.title} ({bid.place.name}): "
    if bid.left is not None and bid.left < 0:
        said += f"{shown_count(-bid.left, 'day')} late"
    elif bid.deadline is not None:
        said += f"due {_day(bid.deadline)}"
    else:
        said += "late" if bid.late else "clock stopped"
    return f"{said}; {bid.span.value.replace('_', ' ')}, with the {bid.owner}; {bid.case[0].lower()}{bid.case[1:]}"


def _by_officer(bids: Sequence[Waiting]) -> list[str]:
    held = Counter(bid.officer or "nobody" for bid in bids)
    late = Counter(bid.officer or "nobody" for bid in bids if bid.late)
    return [
        f"{officer}: {shown_count(number, 'bid')}, {late[officer]:,} late" for officer, number in sorted(held.items())
    ]


def _payment(one: PartLine, found: dict[str, AwardLine]) -> str:
    amount = shown_amount(one.amount, one.currency) if one.amount is not None and one.currency else "no amount"
    reference = found[one.stream].reference if one.stream in found else one.stream
    step = "approved" if one.status == "approved" else "requested"
    return (
        f"{reference}, payment {one.number}: {amount}, {step} {shown_date(When(one.facts[step]))}"
        f" by {one.facts[f'{step}_by']}"
    )


def _day(day: date) -> str:
    return shown_date(When(day.isoformat()))
