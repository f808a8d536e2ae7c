"""Read awards from the log in pages, each with its parties, as known at a position."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from psycopg.sql import SQL, Identifier

from domain.values.fact import Fact, corrected
from domain.values.when import UNKNOWN
from infra.exports.standards.award_facts import STANDARD_NAMES, AwardFacts, add_bid, award_facts
from infra.exports.standards.left_out import CannotBeExported, Report
from infra.exports.standards.parties import Parties, funders_of, named_by, parties_of
from infra.log.codec import CODEC
from projections.tables.paging import Connection

PAGE = 100
ESTABLISHED = ["ProgrammeEstablished", "SchemeEstablished"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to export: facts effective up to the day *as_at* and recorded up to the position *known*.

    *known_at* is the instant of that position, or the one that was asked for. With *programme*, the code of a
    programme, only its awards are exported.
    """

    as_at: date
    known: int
    known_at: datetime | None
    programme: str | None = None


class ExportedAward(NamedTuple):
    """An award to export. An award that was imported in the standard has no *parties*: its own row names them."""

    award_id: str
    facts: AwardFacts
    parties: Parties | None


async def awards(
    connection: Connection, wanted: Wanted, standard: str, report: Report
) -> AsyncGenerator[ExportedAward, None]:
    """The awards that can be exported in *standard*, by their ids. The others are reported."""
    async for ids in pages_of(connection, "awards", wanted):
        for one in await _page(connection, ids, wanted, standard, report):
            yield one


async def pages_of(connection: Connection, table: str, wanted: Wanted) -> AsyncGenerator[list[str], None]:
    """The ids in *table* in their order, a page at a time. Of awards only those that match *wanted*."""
    after = ""
    while True:
        ids = await (_ids(connection, wanted, after) if table == "awards" else _all(connection, table, after))
        if not ids:
            return
        yield ids
        after = ids[-1]
        # Let the event loop serve other requests.
        await asyncio.sleep(0)


async def codes_of(connection: Connection, table: str, column: str, ids: Iterable[str]) -> dict[str, str]:
    """The codes (or references, by their *column*) of these *ids* of a *table*. They never change."""
    statement = SQL("SELECT id, {} FROM {} WHERE id = ANY (%s)").format(Identifier(column), Identifier(table))
    return dict(await (await connection.execute(statement, (list(set(ids)),))).fetchall())


async def _all(connection: Connection, table: str, after: str) -> list[str]:
    statement = SQL("SELECT id FROM {} WHERE id > %s ORDER BY id LIMIT %s").format(Identifier(table))
    cursor = await connection.execute(statement, (after, PAGE))
    return [row[0] for row in await cursor.fetchall()]


async def _ids(connection: Connection, wanted: Wanted, after: str) -> list[str]:
    cursor = await connection.execute(
        "SELECT id FROM awards a WHERE id > %(after)s AND position <= %(known)s"
        " AND (%(programme)s::text IS NULL OR EXISTS (SELECT FROM partnerships p JOIN programmes g"
        " ON g.id = p.programme_id WHERE p.id = a.partnership_id AND g.code = %(programme)s))"
        " ORDER BY id LIMIT %(limit)s",
        {"after": after, "known": wanted.known, "programme": wanted.programme, "limit": PAGE},
    )
    return [row[0] for row in await cursor.fetchall()]


async def _page(
    connection: Connection, ids: Sequence[str], wanted: Wanted, standard: str, report: Report
) -> list[ExportedAward]:
    streams, modified = await histories(connection, ids, wanted.known)
    found: dict[str, AwardFacts] = {}
    for award_id in ids:
        facts = award_facts(streams[award_id], wanted.as_at)
        if facts is None:
            continue
        facts.modified = modified.get(award_id)
        try:
            _refuse(facts, standard)
            found[award_id] = facts
        except CannotBeExported as why:
            report(why.of(award_id, facts.reference))
    ours = {award_id: facts for award_id, facts in found.items() if facts.standard is None}
    related = await _related(connection, list(ours.values()), wanted.known) if ours else {}
    for facts in ours.values():
        add_bid(facts, related.get(facts.bid_id or "", ()), wanted.as_at)
    return [
        ExportedAward(award_id, facts, _parties(related, facts, wanted.as_at) if facts.standard is None else None)
        for award_id, facts in found.items()
    ]


def _parties(related: dict[str, list[Fact]], facts: AwardFacts, as_at: date) -> Parties:
    found = parties_of(related, facts.partnership_id, facts.funder_id, as_at)
    unknown = Parties(partnership_name="", scheme_code="", scheme_name="", recipients=(), funder=None)
    return found if found is not None else unknown


_NOT_AWARDED = {
    "offered": "The offer has not been accepted yet.",
    "declined": "The offer was declined.",
    "no longer stated": "The newest edition of its register does not have it.",
}


def _refuse(facts: AwardFacts, standard: str) -> None:
    """Refuse what is not an award, and awards that were imported in another standard. Raises CannotBeExported."""
    if facts.status in _NOT_AWARDED:
        raise CannotBeExported(facts.status.replace(" ", "_"), _NOT_AWARDED[facts.status])
    if facts.standard not in (None, standard):
        raise CannotBeExported(
            "of_another_standard",
            f"The award was imported from {STANDARD_NAMES[str(facts.standard)]}. It is exported only in that standard.",
        )


async def _related(connection: Connection, ours: Sequence[AwardFacts], known: int) -> dict[str, list[Fact]]:
    """The events of the bids, partnerships, programmes and organisations of these awards, by stream."""
    first = {facts.partnership_id for facts in ours} | {facts.bid_id for facts in ours if facts.bid_id}
    found, _ = await histories(connection, sorted(first), known)
    programmes: set[str] = set()
    organisations = {facts.funder_id for facts in ours if facts.funder_id}
    for facts in ours:
        programme_ids, named = named_by(found[facts.partnership_id])
        programmes |= programme_ids
        organisations |= named
    # The stream of a programme is long, with every commitment of its funds. Only these events are needed.
    established, _ = await histories(connection, sorted(programmes), known, ESTABLISHED)
    for history in established.values():
        organisations |= funders_of(history)
    named_ones, _ = await histories(connection, sorted(organisations), known)
    return found | established | named_ones


# What stands in the place of an event that the reader may not see: it says nothing.
UNSEEN = Fact(on=UNKNOWN)


async def histories(
    connection: Connection, streams: Sequence[str], known: int, names: Sequence[str] | None = None
) -> tuple[dict[str, list[Fact]], dict[str, datetime]]:
    """The events of each of *streams* up to the position *known*, and when the last of them was recorded.

    With *names* only the events of these names.
    """
    cursor = await connection.execute(
        "SELECT originator_id, originator_version, topic, schema_version, state, recorded_at FROM events"
        " WHERE originator_id = ANY (%(streams)s) AND notification_id <= %(known)s"
        " AND (%(names)s::text[] IS NULL OR topic = ANY (%(names)s)) ORDER BY originator_id, originator_version",
        {"streams": list(streams), "known": known, "names": list(names) if names is not None else None},
    )
    rows: list[Any] = await cursor.fetchall()
    found: dict[str, list[Fact]] = {stream: [] for stream in streams}
    modified: dict[str, datetime] = {}
    for stream, place, name, version, body, recorded_at in rows:
        if names is None:
            # Each event keeps its place in the stream, also beside events that the reader may not see.
            found[stream] += [UNSEEN] * (place - 1 - len(found[stream]))
        found[stream].append(CODEC.decode(name, version, body))
        modified[stream] = recorded_at
    if names is None:
        # A correction names its step by its place in the whole stream.
        found = {stream: corrected(history) for stream, history in found.items()}
    return found, modified
