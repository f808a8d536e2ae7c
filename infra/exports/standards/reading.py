"""Awards read from the log some at a time, each with what it belongs to, as known at a position."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from psycopg.sql import SQL, Identifier

from domain.values.fact import Fact
from infra.exports.standards.award_facts import AwardFacts, add_bid, award_facts
from infra.exports.standards.left_out import CannotBeExported, Report
from infra.exports.standards.parties import Parties, funders_of, named_by, parties_of
from infra.log.codec import CODEC
from projections.tables.paging import Connection

PAGE = 100
ESTABLISHED = ["ProgrammeEstablished", "SchemeEstablished"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which awards, on which clocks: effective by the day *as_at*, recorded up to the position *known*.

    *known_at* is the instant of that position, or the one that was asked for. *programme* is a code: its awards alone.
    """

    as_at: date
    known: int
    known_at: datetime | None
    programme: str | None = None


class ExportedAward(NamedTuple):
    """An award; without *parties* it came in by the standard, and its own row says to whom it belongs."""

    award_id: str
    facts: AwardFacts
    parties: Parties | None


async def awards(
    connection: Connection, wanted: Wanted, standard: str, report: Report
) -> AsyncGenerator[ExportedAward, None]:
    """The awards that can go out in *standard*, by their ids. Those that cannot are reported."""
    async for ids in pages_of(connection, "awards", wanted):
        for one in await _page(connection, ids, wanted, standard, report):
            yield one


async def pages_of(connection: Connection, table: str, wanted: Wanted) -> AsyncGenerator[list[str], None]:
    """The ids of the things in *table*, some at a time, by id; of awards only those that are wanted."""
    after = ""
    while True:
        ids = await (_ids(connection, wanted, after) if table == "awards" else _all(connection, table, after))
        if not ids:
            return
        yield ids
        after = ids[-1]
        # Whoever else is served comes first for a moment.
        await asyncio.sleep(0)


async def _all(connection: Connection, table: str, after: str) -> list[str]:
    statement = SQL("SELECT id FROM {} WHERE id > %s ORDER BY id LIMIT %s").format(Identifier(table))
    cursor = await connection.execute(statement, (after, PAGE))
    return [row[0] for row in await cursor.fetchall()]


async def instant_of(connection: Connection, position: int) -> datetime | None:
    """When the event at *position* was recorded; None for the beginning."""
    cursor = await connection.execute(
        "SELECT recorded_at FROM log.events WHERE notification_id <= %s ORDER BY notification_id DESC LIMIT 1",
        (position,),
    )
    row = await cursor.fetchone()
    return row[0] if row else None


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
    around = await _around(connection, list(ours.values()), wanted.known) if ours else {}
    for facts in ours.values():
        add_bid(facts, around.get(facts.bid_id or "", ()), wanted.as_at)
    return [
        ExportedAward(award_id, facts, _parties(around, facts, wanted.as_at) if facts.standard is None else None)
        for award_id, facts in found.items()
    ]


def _parties(around: dict[str, list[Fact]], facts: AwardFacts, as_at: date) -> Parties:
    found = parties_of(around, facts.partnership_id, facts.funder_id, as_at)
    nobody = Parties(partnership_name="", scheme_code="", scheme_name="", recipients=(), funder=None)
    return found if found is not None else nobody


_NOT_AWARDED = {
    "offered": "The offer has not been accepted yet.",
    "declined": "The offer was declined.",
    "no longer stated": "The newest edition of its register comes without it.",
}


def _refuse(facts: AwardFacts, standard: str) -> None:
    """Refuse what is no award, or goes out in the standard that it came in by. Raises CannotBeExported."""
    if facts.status in _NOT_AWARDED:
        raise CannotBeExported(facts.status.replace(" ", "_"), _NOT_AWARDED[facts.status])
    if facts.standard not in (None, standard):
        raise CannotBeExported(
            "of_another_standard", f"It came in by {facts.standard} under an identifier of that standard: see there."
        )


async def _around(connection: Connection, ours: Sequence[AwardFacts], known: int) -> dict[str, list[Fact]]:
    """The histories of what these awards belong to: bids, partnerships, programmes, organisations."""
    first = {facts.partnership_id for facts in ours} | {facts.bid_id for facts in ours if facts.bid_id}
    found, _ = await histories(connection, sorted(first), known)
    programmes: set[str] = set()
    organisations = {facts.funder_id for facts in ours if facts.funder_id}
    for facts in ours:
        programme_ids, named = named_by(found[facts.partnership_id])
        programmes |= programme_ids
        organisations |= named
    # A programme's own stream is long: every commitment of its funds.
    established, _ = await histories(connection, sorted(programmes), known, ESTABLISHED)
    for history in established.values():
        organisations |= funders_of(history)
    named_ones, _ = await histories(connection, sorted(organisations), known)
    return found | established | named_ones


async def histories(
    connection: Connection, streams: Sequence[str], known: int, names: Sequence[str] | None = None
) -> tuple[dict[str, list[Fact]], dict[str, datetime]]:
    """The events of each of *streams* up to a position (those of *names*), and when the last was recorded."""
    cursor = await connection.execute(
        "SELECT originator_id, topic, schema_version, state, recorded_at FROM log.events"
        " WHERE originator_id = ANY (%(streams)s) AND notification_id <= %(known)s"
        " AND (%(names)s::text[] IS NULL OR topic = ANY (%(names)s)) ORDER BY originator_id, originator_version",
        {"streams": list(streams), "known": known, "names": list(names) if names is not None else None},
    )
    rows: list[Any] = await cursor.fetchall()
    found: dict[str, list[Fact]] = {stream: [] for stream in streams}
    modified: dict[str, datetime] = {}
    for stream, name, version, body, recorded_at in rows:
        found[stream].append(CODEC.decode(name, version, body))
        modified[stream] = recorded_at
    return found, modified
