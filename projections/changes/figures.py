"""What changed in the figures of ladders between two positions, and which events changed each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from projections.changes.state import Change
from projections.changes.values import Sum
from projections.money.chart import Account
from projections.money.funding import FIGURES, OF_PAYMENTS, funding_beside, funding_by
from projections.tables.paging import Connection, lines_of

# The column of postings for each kind of thing that has a ladder.
COLUMNS = {"award": "award_id", "partnership": "partnership_id", "scheme": "scheme_id", "programme": "programme_id"}
# The figures that an award has from its bid.
_OF_BID = ("requested", "approved")


class Span(NamedTuple):
    """From the position *start* to the position *end*, as at one day."""

    start: int
    end: int
    as_at: date


# The figures of one ladder that are stated, by name and currency.
Figures = Mapping[tuple[str, str], Sum]


async def figure_changes(connection: Connection, kind: str, ids: Sequence[str], span: Span) -> list[Change]:
    """What changed in the ladders of the things *ids* of a *kind*."""
    if not ids:
        return []
    begun = await _begun(connection, ids, span) if kind == "award" else {}
    before = await _figures(connection, kind, ids, span.start, span.as_at)
    after = await _figures(connection, kind, ids, span.end, span.as_at)
    moved = await _moved(connection, kind, ids, span)
    found: list[Change] = []
    for thing in ids:
        old: Figures = before.get(thing, {})
        new: Figures = after.get(thing, {})
        links = begun.get(thing)
        if links is not None:
            old, new = links.of(old, span.start), links.of(new, span.end)
        for name, currency in sorted(old.keys() | new.keys()):
            values = old.get((name, currency)), new.get((name, currency))
            if values[0] != values[1]:
                began = links.within(span) if links is not None else ()
                positions = _behind(moved.get(thing, {}), name, currency, fresh=None in values)
                found.append(Change(thing, thing, kind, name, *values, (*sorted({*positions, *began}),), currency))
    return found


async def _figures(
    connection: Connection, kind: str, ids: Sequence[str], known: int, as_at: date
) -> dict[str, dict[tuple[str, str], Sum]]:
    found: dict[str, dict[tuple[str, str], Sum]] = {}
    for read in (funding_by, funding_beside):
        for line in await read(connection, COLUMNS[kind], ids, as_at=as_at, known=known):
            figures = found.setdefault(line.scope, {})
            for name, figure in line.figures.items():
                if figure.stated:
                    figures[name, line.currency] = Sum(figure.amount, line.currency)
    return found


# --- The events behind a figure ---------------------------------------------------------------------------------------

# The positions of the events in a span that moved money in each account of a ladder.
Moved = Mapping[tuple[str, str], Sequence[int]]


async def _moved(
    connection: Connection, kind: str, ids: Sequence[str], span: Span
) -> dict[str, dict[tuple[str, str], Sequence[int]]]:
    of_scope = f"p.{COLUMNS[kind]} = w.thing" + (" OR p.bid_id = w.bid_id" if kind == "award" else "")
    statement = (
        "SELECT w.thing, p.account, p.currency, array_agg(DISTINCT p.position ORDER BY p.position)"  # noqa: S608
        f" FROM ledger_places w JOIN postings p ON {of_scope}"
        " WHERE w.thing = ANY (%(ids)s) AND p.position > %(start)s AND p.position <= %(end)s"
        " AND p.counts_from <= %(as_at)s GROUP BY w.thing, p.account, p.currency"
    )
    found: dict[str, dict[tuple[str, str], Sequence[int]]] = {}
    for thing, account, currency, positions in await lines_of(
        connection, tuple, statement, {"ids": list(ids), **span._asdict()}
    ):
        found.setdefault(thing, {})[account, currency] = positions
    return found


def _behind(moved: Moved, name: str, currency: str, *, fresh: bool) -> set[int]:
    """The positions behind a figure.

    If a figure of payments was not stated before (*fresh*), an award or any other figure of payments has stated it.
    """
    beside = {Account.AWARDED, *(one for of in OF_PAYMENTS for one in FIGURES[of])}
    accounts = {*FIGURES[name], *(beside if fresh and name in OF_PAYMENTS else ())}
    currencies = {of for _, of in moved} if fresh else {currency}
    return {position for one in accounts for of in currencies for position in moved.get((one.value, of), ())}


# --- Awards -----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Links:
    """Where an award was begun, and where it was linked to a bid: positions."""

    begun: list[int] = field(default_factory=list)
    bid: list[int] = field(default_factory=list)

    def of(self, figures: Figures, known: int) -> Figures:
        """Those *figures* that the award has at a position: none before it begins, and its bid's after it has one."""
        if not any(position <= known for position in self.begun):
            return {}
        has_bid = any(position <= known for position in self.bid)
        return {(name, of): value for (name, of), value in figures.items() if has_bid or name not in _OF_BID}

    def within(self, span: Span) -> tuple[int, ...]:
        """The positions within a span."""
        return tuple(position for position in {*self.begun, *self.bid} if span.start < position <= span.end)


async def _begun(connection: Connection, ids: Sequence[str], span: Span) -> dict[str, _Links]:
    statement = (
        "SELECT originator_id, notification_id, topic <> 'ParticularsStated',"
        " convert_from(state, 'UTF8')::json ->> 'bid_id' IS NOT NULL FROM events"
        " WHERE originator_id = ANY (%(ids)s) AND notification_id <= %(end)s"
        " AND topic IN ('AwardOffered', 'AwardStated', 'ParticularsStated') ORDER BY notification_id"
    )
    found = {thing: _Links() for thing in ids}
    for thing, position, begins, has_bid in await lines_of(
        connection, tuple, statement, {"ids": list(ids), "end": span.end}
    ):
        if begins:
            found[thing].begun.append(position)
        if has_bid:
            found[thing].bid.append(position)
    return found
