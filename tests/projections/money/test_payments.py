"""The state of a payment that SQL makes from its steps equals a plain loop over the same steps."""

import asyncio
import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

import psycopg

from domain.values.money import Money
from infra.database.postgres import APP, Database
from projections.awards import PaymentLine, payments_by
from projections.tables.corrections import NOW

KINDS = ("requested", "approved", "released", "settled", "unsettled", "reversed", "stated", "withdrawn")
START = date(2004, 5, 1)


class Step(NamedTuple):
    """A row of payment_steps."""

    position: int
    award_id: str
    number: int
    step: str
    amount: Decimal | None
    currency: str | None
    on: str
    counts_from: date
    actor: str


def steps(chance: random.Random, length: int) -> list[Step]:
    """Steps of a few payments in any order, likely and unlikely."""
    found = []
    for position in range(1, length + 1):
        kind, day = chance.choice(KINDS), START + timedelta(days=chance.randint(0, 9))
        amount = Decimal(chance.randint(1, 999)) if kind in ("requested", "stated") else None
        found.append(
            Step(
                position, f"award-{chance.randint(1, 4)}", chance.randint(1, 3), kind, amount,
                "GBP" if amount else None, day.isoformat(), day, f"actor-{position}",
            )
        )  # fmt: skip
    return found


def expected_payments(taken: Sequence[Step]) -> dict[tuple[str, int], PaymentLine]:
    """The payments after *taken*, by a plain loop over the steps."""
    found: dict[tuple[str, int], PaymentLine] = {}
    for step in taken:
        key = (step.award_id, step.number)
        if step.amount is not None and step.currency is not None:
            asked = step.step == "requested"
            found[key] = PaymentLine(
                award_id=step.award_id, number=step.number, status=step.step, amount=step.amount,
                currency=step.currency, requested=step.on if asked else None,
                requested_by=step.actor if asked else None, approved=None, approved_by=None,
                released=None if asked else step.on, released_by=None, settled=None,
            )  # fmt: skip
        elif (payment := found.get(key)) is not None:
            match step.step:
                case "approved":
                    payment.status, payment.approved, payment.approved_by = "approved", step.on, step.actor
                case "released":
                    payment.status, payment.released, payment.released_by = "released", step.on, step.actor
                case "settled":
                    payment.status, payment.settled = "settled", step.on
                case "unsettled":
                    payment.status, payment.settled = "released", None
                case other:
                    payment.status = other
    return found


def test_the_state_of_a_payment_follows_from_its_steps(database: Database) -> None:
    chance = random.Random(4613)
    awards = [f"award-{number}" for number in range(1, 5)]

    async def ask(as_at: date | None, known: int | None) -> list[PaymentLine]:
        async with await psycopg.AsyncConnection.connect(database.conninfo(APP), autocommit=True) as connection:
            return await payments_by(connection, "award_id", awards, as_at=as_at, known=known)

    seen: set[str] = set()
    for _ in range(20):
        happened = steps(chance, 60)
        with database.connect() as connection:
            connection.execute("TRUNCATE read.payment_steps")
            connection.cursor().executemany(
                "INSERT INTO read.payment_steps VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                [(*step, step.position, NOW) for step in happened],
            )
        for as_at, known in ((None, None), (START + timedelta(days=5), None), (None, 30), (START, 45)):
            counts = [
                step
                for step in happened
                if (as_at is None or step.counts_from <= as_at) and (known is None or step.position <= known)
            ]
            expected = expected_payments(counts)
            assert [expected[key] for key in sorted(expected)] == asyncio.run(ask(as_at, known))
            seen |= {payment.status for payment in expected.values()}
    assert set(KINDS) - {"unsettled"} == seen


def test_a_payment_is_money_in_one_currency() -> None:
    line = PaymentLine("award-1", 1, "stated", Decimal(7), "GBP", None, None, None, None, "2004", None, None)
    assert Money.of("7.00", "GBP") == line.money
