"""The state of a part that SQL makes from its steps equals a plain loop over the same steps."""

import asyncio
import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import psycopg
from psycopg.types.json import Jsonb

from infra.database.postgres import APP, Database
from projections.parts.reading import PartLine, parts_by
from projections.tables.corrections import NOW

STATUSES = {
    "requested": "requested", "approved": "approved", "released": "released", "settled": "settled",
    "unsettled": "released", "reversed": "reversed", "stated": "stated", "withdrawn": "withdrawn", "corrected": None,
}  # fmt: skip
BEGIN = ("requested", "stated")
START = date(2004, 5, 1)


class Step(NamedTuple):
    """A step of a payment."""

    position: int
    stream: str
    number: int
    step: str
    amount: Decimal | None
    remains: Decimal | None
    on: date
    facts: dict[str, Any]

    @property
    def id(self) -> str:
        return f"payment-{self.stream}-{self.number}"


def steps(chance: random.Random, length: int) -> list[Step]:
    """Steps of a few payments in any order, likely and unlikely."""
    found = []
    for position in range(1, length + 1):
        kind, on = chance.choice([*STATUSES]), START + timedelta(days=chance.randint(0, 9))
        amount = Decimal(chance.randint(1, 999)) if kind in BEGIN or chance.random() < 0.2 else None
        remains = Decimal(chance.choice([-3, 5])) if chance.random() < 0.5 else None
        facts = {name: chance.choice(["x", 7, True, None]) for name in chance.sample(["a", "b", "settled"], 2)}
        found.append(
            Step(position, f"award-{chance.randint(1, 4)}", chance.randint(1, 3), kind, amount, remains, on, facts)
        )
    return found


def expected(taken: Sequence[Step], as_at: date | None, known: int | None) -> list[PartLine]:
    """The payments after *taken*, by a plain loop over the steps."""
    found: dict[str, PartLine] = {}
    for one in taken:
        on, by, status = one.on.isoformat(), f"actor-{one.position}", STATUSES[one.step]
        facts = {one.step: on, f"{one.step}_by": by} | one.facts
        part = found.get(one.id)
        if one.step in BEGIN:
            assert status is not None
            found[one.id] = PartLine(
                id=one.id, kind="payment", stream=one.stream, number=one.number, part=None, status=status,
                amount=one.amount, currency="GBP", remains=one.remains, on=on, day=one.on, by=by, position=one.position,
                events=[one.position], facts=facts, as_at=as_at, known=known,
            )  # fmt: skip
        elif part is not None:
            part.status, part.amount = status or part.status, one.amount or part.amount
            part.remains = sum((r for r in (part.remains, one.remains) if r is not None), Decimal(0))
            part.events, part.facts = [*part.events, one.position], part.facts | facts
    for part in found.values():
        had_remains = any(one.remains is not None for one in taken if one.id == part.id and one.position in part.events)
        part.remains = part.remains if had_remains else None
        if part.status == "settled" and part.remains is not None and part.remains > 0:
            part.status = "approved"
    return sorted(found.values(), key=lambda part: (part.stream, part.number))


def stored(database: Database, happened: Sequence[Step]) -> None:
    with database.connect() as connection:
        connection.execute("TRUNCATE read.part_steps")
        connection.cursor().executemany(
            "INSERT INTO read.part_steps VALUES"
            " (%s, %s, 'payment', %s, %s, NULL, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    one.position, one.id, one.stream, one.number, one.step, one.step in BEGIN, STATUSES[one.step],
                    one.amount, "GBP" if one.amount else None, one.remains, one.on.isoformat(), one.on,
                    f"actor-{one.position}", Jsonb(one.facts), one.position, NOW,
                )
                for one in happened
            ],
        )  # fmt: skip


def test_the_state_of_a_part_follows_from_its_steps(database: Database) -> None:
    chance = random.Random(4613)
    awards = [f"award-{number}" for number in range(1, 5)]

    async def ask(as_at: date | None, known: int | None) -> list[PartLine]:
        async with await psycopg.AsyncConnection.connect(database.conninfo(APP), autocommit=True) as connection:
            return await parts_by(connection, "stream", awards, kind="payment", as_at=as_at, known=known)

    seen: set[str] = set()
    for _ in range(20):
        happened = steps(chance, 60)
        stored(database, happened)
        for as_at, known in ((None, None), (START + timedelta(days=5), None), (None, 30), (START, 45)):
            counts = [
                step
                for step in happened
                if (as_at is None or step.on <= as_at) and (known is None or step.position <= known)
            ]
            wanted = expected(counts, as_at, known)
            assert wanted == asyncio.run(ask(as_at, known))
            seen |= {part.status for part in wanted}
    assert {status for status in STATUSES.values() if status} == seen
