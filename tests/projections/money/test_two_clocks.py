"""Funding on two clocks: hundreds of histories against a plain model, at every date and as known after every step."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import psycopg

from domain import award, partnership, programme
from domain.award import SettledBy, Variation
from domain.award.certified.rules import figures
from domain.history import Recorded
from domain.values.fact import Fact
from domain.values.ids import AwardId, BidId, PartnershipId, ProgrammeId, SchemeId
from domain.values.money import Money
from domain.values.refusal import Refused
from domain.values.when import UNKNOWN, When
from infra.database.postgres import APP, PROJECTOR, Database
from projections.money import ledger
from projections.money.funding import FIGURES, FundingLine, funding_by
from tests.kit.length import times
from tests.kit.money import adds, gbp

HISTORIES, STEPS = times(300, 1000), 8
DATES = ["2004-06-15", "2004-07", "2004", "2005-02-28", "2004-11~", "unknown", "2004-08/2004-12"]
DAYS = [date(2004, 6, 14), date(2004, 6, 15), date(2004, 7, 30), date(2004, 7, 31), date(2004, 11, 30),
        date(2004, 12, 31), date(2005, 2, 27), date(2005, 2, 28)]  # fmt: skip
PARTNERSHIP = PartnershipId("partnership-clocks")

# --- The model: from which day an event counts; tests.money.adds says what it adds ------------------------------------

LAST_DAY = {
    "2004-06-15": date(2004, 6, 15), "2004-07": date(2004, 7, 31), "2004": date(2004, 12, 31),
    "2005-02-28": date(2005, 2, 28), "2004-11~": date(2004, 11, 30), "unknown": date.min,
    "2004-08/2004-12": date(2004, 12, 31),
}  # fmt: skip


def expected(history: list[tuple[int, Fact]], as_at: date, known: int) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = dict.fromkeys(FIGURES, Decimal(0))
    for position, event in history:
        if position <= known and LAST_DAY[event.on.text] <= as_at:
            for figure, amount in adds(event).items():
                sums[figure] += amount
    return sums


def certified(history: list[tuple[int, Fact]], day: date, known: int) -> list[award.CertifiedFigure]:
    """The figures of a certificate as at a day, given after the position *known*."""
    return figures([event for position, event in history if position <= known], day, "GBP")


# The figures of a certificate that the ladder of an award has as well.
SHARED = {one.value for one in award.LadderFigure} & {*FIGURES}


# --- Histories --------------------------------------------------------------------------------------------------------


def history(award_id: AwardId, chance: random.Random) -> list[Fact]:
    """A history of an award that the rules allow: STEPS events, on dates of any precision."""
    offer = award.OfferAward(
        award_id=award_id, bid_id=BidId("bid-x"), reference=award_id, amount=gbp("10000"), on=dated(chance)
    )
    events: list[Any] = list(award.offer(None, offer, partnership_id=PARTNERSHIP, round_id=None))
    state = award.evolve(None, events[0])
    for _ in range(400):
        if len(events) >= STEPS:
            break
        command = chance.choice(COMMANDS)(award_id, chance)
        try:
            decided = award.decide(state, command)
        except Refused:
            continue
        for event in decided:
            state = award.evolve(state, event)
            events.append(event)
        if state.status is award.Status.CLOSED:
            break
    return events


def dated(chance: random.Random) -> When:
    return When(chance.choice(DATES))


def some(chance: random.Random) -> Money:
    return gbp(str(chance.randint(1, 4000)))


Make = Callable[[AwardId, random.Random], award.Command]
COMMANDS: list[Make] = [
    lambda a, _: award.AcceptOffer(award_id=a, on=UNKNOWN),
    lambda a, c: award.RequestPayment(award_id=a, number=c.randint(1, 3), amount=some(c), on=UNKNOWN),
    lambda a, c: award.ApprovePayment(award_id=a, number=c.randint(1, 3), on=dated(c)),
    lambda a, c: award.ReleasePayment(award_id=a, number=c.randint(1, 3), on=dated(c)),
    lambda a, c: award.ReturnPayment(
        award_id=a, number=c.randint(1, 3), part=c.randint(1, 2), amount=some(c), because="x", on=dated(c)
    ),
    lambda a, c: award.ReversePayment(award_id=a, number=c.randint(1, 3), because="x", on=dated(c)),
    lambda a, c: award.VaryAward(
        award_id=a, number=c.randint(1, 3), kind=Variation.UPLIFT, change=some(c), because="x", on=dated(c)
    ),
    lambda a, c: award.ReportExpenditure(
        award_id=a, number=c.randint(1, 3), amount=some(c), description="x", on=dated(c)
    ),
    lambda a, c: award.RaiseRecovery(award_id=a, number=1, amount=some(c), because="x", on=dated(c)),
    lambda a, c: award.ApproveRecovery(award_id=a, number=1, on=dated(c)),
    lambda a, c: award.SettleRecovery(
        award_id=a, number=1, part=c.randint(1, 2), amount=some(c), by=SettledBy.REPAYMENT, on=dated(c)
    ),
    lambda a, c: award.WriteOffRecovery(award_id=a, number=1, because="x", on=dated(c)),
    lambda a, c: award.CloseAward(award_id=a, on=dated(c)),
]


def recorded(stream: str, position: int, event: Fact) -> Recorded:
    return Recorded(
        position=position,
        stream=stream,
        version=1,
        event_id=f"event-{position}",
        recorded_at=datetime.now(UTC),
        actor="tester",
        authority=None,
        command_id=f"c-{position}",
        correlation_id="c",
        causation_id=None,
        event=event,
    )


def beginnings() -> Iterator[tuple[str, Fact]]:
    programme_id, scheme_id = ProgrammeId("programme-clocks"), SchemeId("scheme-clocks")
    yield programme_id, programme.ProgrammeEstablished(code="clocks", name="Clocks", currency="GBP", on=UNKNOWN)
    scheme = programme.SchemeEstablished(scheme_id=scheme_id, code="clocks", name="Clocks", kind="x", on=UNKNOWN)
    yield programme_id, scheme
    yield (
        PARTNERSHIP,
        partnership.PartnershipFormed(
            partnership_id=PARTNERSHIP,
            programme_id=programme_id,
            scheme_id=scheme_id,
            code="clocks",
            name="Clocks",
            kind="x",
            on=UNKNOWN,
        ),
    )


def write_all(database: Database, events: list[tuple[str, int, Fact]]) -> None:
    with database.connect(PROJECTOR) as connection, connection.transaction(), connection.cursor() as cursor:
        for stream, position, event in events:
            ledger.write(cursor, [recorded(stream, position, event)])
        last = events[-1][1]
        cursor.execute("UPDATE read.projections SET position = %s WHERE name = 'ledger'", (last,))


def ladders(
    database: Database, ids: list[AwardId], known: int | None, *, present: bool = False
) -> dict[tuple[str, date], FundingLine]:
    async def ask() -> dict[tuple[str, date], FundingLine]:
        async with await psycopg.AsyncConnection.connect(database.conninfo(APP), autocommit=True) as connection:
            found = {}
            for day in DAYS:
                for line in await funding_by(connection, "award_id", ids, as_at=day, known=known, present=present):
                    found[line.scope, day] = line
            return found

    return asyncio.run(ask())


def amounts(line: FundingLine) -> dict[str, Decimal]:
    return {name: figure.amount for name, figure in line.figures.items()}


def test_every_figure_of_hundreds_of_histories_is_right_at_every_date_as_known_after_every_step(
    database: Database,
) -> None:
    chance = random.Random(20041122)
    ids = [AwardId(f"award-{number}") for number in range(HISTORIES)]
    histories = {award_id: history(award_id, chance) for award_id in ids}
    write_all(database, [(stream, place, event) for place, (stream, event) in enumerate(beginnings(), start=1)])
    positioned: dict[AwardId, list[tuple[int, Fact]]] = defaultdict(list)
    cuts, then = [], []
    position = 10
    for step in range(STEPS):
        batch: list[tuple[str, int, Fact]] = []
        for award_id in ids:
            if step < len(histories[award_id]):
                position += 1
                positioned[award_id].append((position, histories[award_id][step]))
                batch.append((award_id, position, histories[award_id][step]))
        write_all(database, batch)
        cuts.append(position)
        then.append(ladders(database, ids, position))

    for cut, answer in zip(cuts, then, strict=True):
        now = ladders(database, ids, cut)
        for (scope, day), line in now.items():
            assert expected(positioned[AwardId(scope)], day, cut) == amounts(line), (scope, day, cut)
            # A query as known at an earlier position gives the same answer now as it did then.
            assert answer[scope, day].figures == line.figures
            # A certificate that is given here binds the same figures.
            bound = {one.figure.value: one.amount.amount for one in certified(positioned[AwardId(scope)], day, cut)}
            assert amounts(line).items() & bound.items() == {(name, line.figures[name].amount) for name in SHARED}
        assert HISTORIES * len(DAYS) == len(now)


def test_stored_balances_less_what_counts_later_are_the_figures_of_every_day(database: Database) -> None:
    """Figures of today are read from stored balances. What counts from that very day is in them."""
    chance = random.Random(20040615)
    ids = [AwardId(f"award-{number}") for number in range(100)]
    of_awards = [(award_id, event) for award_id in ids for event in history(award_id, chance)]
    events = [*beginnings(), *of_awards]
    write_all(database, [(stream, place, event) for place, (stream, event) in enumerate(events, start=1)])
    stored = {key: line.figures for key, line in ladders(database, ids, None, present=True).items()}
    assert stored == {key: line.figures for key, line in ladders(database, ids, None).items()}
    assert len(ids) * len(DAYS) == len(stored)
