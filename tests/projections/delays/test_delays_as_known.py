"""The spans of a bid as known at a position follow from its steps up to there, whatever was recorded later."""

import random
from contextlib import suppress
from datetime import date, timedelta

import psycopg
import pytest

from domain import bid, programme
from domain.history import Command
from domain.values.ids import BidId, PartnershipId, ProgrammeId, SchemeId
from domain.values.refusal import Refused
from domain.values.waiting import WHOLES, Calendar, Days, Span
from domain.values.when import When
from infra.database.postgres import PROJECTOR, Database
from infra.feeding import projector
from infra.feeding.projector import project_all
from infra.log.postgres_log import read_log
from projections.delays import clock
from projections.delays.clock import Standard, Step
from projections.delays.stages import step_of
from projections.tables.effect import counts_from
from tests.kit.money import Desk, desk, gbp

BIDS = 6
STEPS = 150


def some_command(chance: random.Random, number: int, at: Desk, ids: tuple[ProgrammeId, SchemeId]) -> Command:
    """Any command for one of the bids on any day, or a service standard."""
    bid_id = BidId(f"bid-{number}")
    day = date(2004, 1, 1) + timedelta(days=chance.randrange(400))
    on = When(day.isoformat()[: chance.choice([10, 10, 10, 7])])
    asked = chance.randrange(1, 4)
    commands: list[Command] = [
        bid.SubmitBid(
            bid_id=bid_id, partnership_id=PartnershipId(at.find("partnership", "dip")), reference=f"B-{number}",
            title="x", requested=gbp("100.00"), on=on,
        ),
        bid.AcknowledgeBid(bid_id=bid_id, on=on),
        bid.RequestClarification(bid_id=bid_id, number=asked, question="Who?", on=on),
        bid.ReceiveClarification(bid_id=bid_id, number=asked, on=on),
        bid.CheckEligibility(bid_id=bid_id, eligible=True, on=on),
        bid.AssessBid(bid_id=bid_id, criterion="c", score=chance.randrange(11), justification="so", on=on),
        bid.ApproveBid(bid_id=bid_id, approved=gbp("100.00"), on=on),
        bid.DeclineBid(bid_id=bid_id, because="no", on=on),
        bid.WithdrawBid(bid_id=bid_id, on=on),
        bid.NotifyDecision(bid_id=bid_id, on=on),
        bid.ResubmitBid(bid_id=bid_id, title="y", requested=gbp("90.00"), on=on),
        programme.SetServiceStandard(
            programme_id=ids[0], scheme_id=chance.choice([None, ids[1]]), span=chance.choice(list(Span)),
            limit=chance.randrange(1, 90), days=chance.choice(list(Days)), on=on,
        ),
    ]  # fmt: skip
    return chance.choice(commands)


@pytest.mark.parametrize(("seed", "size"), [(0, 500), (1, 3), (2, 1)], ids=["in one page", "in threes", "singly"])
def test_spans_as_known_at_every_position_follow_from_the_steps_up_to_it(
    programme: Database, monkeypatch: pytest.MonkeyPatch, seed: int, size: int
) -> None:
    """The result is the same wherever a page of the log ends."""
    monkeypatch.setattr(projector, "PAGE", size)
    monkeypatch.setattr(projector, "LONG_PAGE", size)
    monkeypatch.setattr(projector, "pages", projector.Pages())
    chance = random.Random(seed)
    with desk(programme) as at:
        begun = at.log.position()
        ids = (
            ProgrammeId(at.find("programme", "cbp")),
            SchemeId(at.find("scheme", "cbp-improvement-partnerships")),
        )
        for _ in range(STEPS):
            with suppress(Refused):
                at.do(some_command(chance, chance.randrange(BIDS), at, ids))
        end = at.log.position()
    project_all(programme)
    with programme.connect(PROJECTOR) as connection:
        for known in [*range(begun, end, 4), end]:
            assert stored(connection, known) == expected(connection, begun, known, ids[1]), known


def stored(connection: psycopg.Connection[tuple[object, ...]], known: int) -> list[tuple[object, ...]]:
    rows = connection.execute(
        "SELECT bid_id, attempt, nth, span, owner, outcome, started, ended, deadline, breach_day FROM read.spans"
        " WHERE position <= %(known)s AND superseded > %(known)s AND bid_id = ANY (%(ids)s)"
        " ORDER BY bid_id, attempt, nth",
        {"known": known, "ids": [f"bid-{number}" for number in range(BIDS)]},
    ).fetchall()
    return list(rows)


def expected(
    connection: psycopg.Connection[tuple[object, ...]], begun: int, known: int, scheme_id: str
) -> list[tuple[object, ...]]:
    """The same rows, computed from the log alone."""
    steps: dict[str, list[Step]] = {}
    standards: list[Standard] = []
    for recorded in read_log(connection, begun, known - begun):
        event = recorded.event
        if isinstance(event, programme.ServiceStandardSet):
            since = counts_from(event.on)
            standards.append(Standard(event.scheme_id, event.span, event.limit, event.days, since))
        step = step_of(event)
        if step is not None:
            steps.setdefault(recorded.stream, []).append(step)
    rows: list[tuple[object, ...]] = []
    for bid_id, of_bid in sorted(steps.items()):
        timed = clock.timed(of_bid)
        breaches = []
        for one in timed:
            standard = clock.standard_for(one, scheme_id, standards)
            due = clock.deadline(one, standard, Calendar.ENGLAND_AND_WALES) if standard else None
            breaches.append((one, due, clock.breach_day(one, due)))
        for one, due, breach in breaches:
            of_attempt = [day for other, _, day in breaches if day and other.attempt == one.attempt]
            first = min(of_attempt, default=None) if one.span in WHOLES else breach
            ended = one.ended.text if one.ended else None
            rows.append(
                (
                    bid_id,
                    one.attempt,
                    one.nth,
                    one.span.value,
                    one.owner.value,
                    one.outcome,
                    one.started.text,
                    ended,
                    due,
                    first,
                )
            )
    return rows
