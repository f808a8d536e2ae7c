"""Under concurrency, payments never exceed the award and awards never exceed the budget. Controls have no guards."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg
import pytest

from domain import award, bid, funding_round
from domain.counters import Overspent
from domain.desk import submit
from domain.history import Answer, Command, Decision, Order, StaleHistory
from domain.values.ids import AwardId, BidId, RoundId
from domain.values.money import total
from domain.values.refusal import Refused
from domain.values.when import When
from infra.database.postgres import Database
from infra.log.postgres_log import PostgresLog
from tests.kit.money import Desk, desk, gbp
from tests.kit.officers import officer_for

CONNECTIONS = 32
REQUESTS = 200
DAY = When("2004-07-01")


def race(logs: Sequence[PostgresLog], name: str, command: Callable[[int], Command], commands: int) -> Counter[str]:
    """Hand in *commands* commands from all *logs* at once. Return how often each answer was given."""
    start, turn = threading.Barrier(len(logs)), threading.Lock()
    numbers = iter(range(1, commands + 1))
    answers: Counter[str] = Counter()

    def work(log: PostgresLog) -> None:
        start.wait()
        while True:
            with turn:
                number = next(numbers, None)
            if number is None:
                return
            asked = command(number)
            order = Order(
                command_id=f"{name}-{number}", command=asked, said=repr(asked), actor=officer_for(asked, "racer")
            )
            try:
                submit(log, order)
            except Refused as refused:
                answers[refused.rule] += 1
            except StaleHistory:
                answers["conflict"] += 1
            else:
                answers["granted"] += 1

    with ThreadPoolExecutor(len(logs)) as pool:
        list(pool.map(work, logs))
    return answers


def logs_of(stack: ExitStack, database: Database) -> list[PostgresLog]:
    return [stack.enter_context(PostgresLog(database, pool_size=1)) for _ in range(CONNECTIONS)]


def strangers(
    stack: ExitStack, database: Database, append_function: str = "log.append_all", judge_function: str = "log.append"
) -> list["Stranger"]:
    """Logs that take no turns, like those of separate processes."""
    logs = [Stranger(database, pool_size=1) for _ in range(CONNECTIONS)]
    for log in logs:
        stack.enter_context(log)
        log.recorder.append_function = append_function
        log.recorder.judge_function = judge_function
    return logs


class Stranger(PostgresLog):
    """A log as in a separate process. It counts the appends that the counters refused."""

    overspent = 0

    def append(self, decisions: Sequence[Decision]) -> Sequence[Answer]:
        try:
            return super().append(decisions)
        except Overspent:
            self.overspent += 1
            raise

    @contextmanager
    def turn(self, stream: str | None) -> Iterator[None]:
        yield


def request(award_id: AwardId) -> Callable[[int], Command]:
    return lambda number: award.RequestPayment(award_id=award_id, number=number, amount=gbp("1000.00"), on=DAY)


def asked_for(at: Desk, award_id: AwardId) -> int:
    requests = [event for event in at.log.history(award_id) if isinstance(event, award.PaymentRequested)]
    return int(total([event.amount for event in requests], "GBP").amount)


def without(database: Database, suffix: str, *guards: str) -> list[str]:
    """Create copies of both append functions without *guards*, which number events by those in the log.

    Returns the names of the copies.
    """
    with database.connect() as owner:
        if "counters" in guards:
            owner.execute("ALTER TABLE log.counters DROP CONSTRAINT counters_within")
        return [_without(owner, name, f"{name}_{suffix}", guards) for name in ("log.append_all", "log.append")]


def _without(owner: psycopg.Connection[Any], name: str, copy: str, guards: Sequence[str]) -> str:
    row = owner.execute("SELECT pg_get_functiondef(%s::regproc)", (name,)).fetchone()
    assert row is not None
    text = str(row[0]).replace(f"FUNCTION {name}(", f"FUNCTION {copy}(", 1)
    changes = {
        "versions": ("WHERE s.version <> coalesce(", "WHERE false AND s.version <> coalesce("),
        "counters": (
            "UPDATE log.counters c SET",
            "UPDATE log.counters c SET ceiling = c.ceiling WHERE false; UPDATE log.counters c SET",
        ),
    }
    for guard in guards:
        before, after = changes[guard]
        assert before in text
        text = text.replace(before, after)
    # Without this, two appends decided on the same history would fail on the same version number.
    numbering = "SELECT e.stream, e.version, e.name,"
    assert numbering in text
    text = text.replace(
        numbering,
        "SELECT e.stream, (SELECT coalesce(max(h.originator_version), 0) FROM log.events h"
        " WHERE h.originator_id = e.stream) + row_number() OVER (PARTITION BY e.stream ORDER BY e.nth), e.name,",
    )
    owner.execute(text.encode())
    owner.execute(f"GRANT EXECUTE ON FUNCTION {copy} TO fundtrail_app".encode())
    return copy


@pytest.mark.parametrize("batch", range(4))
def test_two_hundred_requests_from_thirty_two_connections_are_granted_exactly_up_to_the_award(
    programme: Database, batch: int
) -> None:
    with desk(programme) as at, ExitStack() as stack:
        logs = logs_of(stack, programme)
        for seed in range(5):
            award_id = at.accepted_award(f"race-{batch}-{seed}", "50000.00")

            answers = race(logs, f"race-{batch}-{seed}", request(award_id), REQUESTS)

            assert {"granted": 50, "AboveAward": 150} == dict(answers)
            assert 50000 == asked_for(at, award_id)


def test_separate_processes_never_grant_more_than_the_award(programme: Database) -> None:
    with desk(programme) as at, ExitStack() as stack:
        award_id = at.accepted_award("strangers", "50000.00")

        answers = race(strangers(stack, programme), "strangers", request(award_id), REQUESTS)

        # A request that is overtaken too often is answered with a conflict, and may be repeated.
        assert REQUESTS == answers["granted"] + answers["AboveAward"] + answers["conflict"]
        assert answers["granted"] <= 50
        assert 1000 * answers["granted"] == asked_for(at, award_id)


def test_the_counters_alone_keep_the_award_when_versions_are_not_checked(programme: Database) -> None:
    with desk(programme) as at, ExitStack() as stack:
        award_id = at.accepted_award("counted", "50000.00")
        logs = strangers(stack, programme, *without(programme, "unversioned", "versions"))

        answers = race(logs, "counted", request(award_id), REQUESTS)

        assert 50 == answers["granted"]
        assert 150 == answers["AboveAward"] + answers["Overspent"]
        assert sum(log.overspent for log in logs) > 0
        assert 50000 == asked_for(at, award_id)


def test_control_without_either_guard_the_award_is_overspent(programme: Database) -> None:
    with desk(programme) as at, ExitStack() as stack:
        award_id = at.accepted_award("unguarded", "50000.00")
        logs = strangers(stack, programme, *without(programme, "unguarded", "versions", "counters"))

        answers = race(logs, "unguarded", request(award_id), REQUESTS)

        assert answers["granted"] > 50
        assert asked_for(at, award_id) > 50000


def test_a_hundred_awards_at_once_spend_the_budget_of_a_round_exactly(programme: Database) -> None:
    with desk(programme) as at, ExitStack() as stack:
        round_id = RoundId("round-race")
        at.do(
            funding_round.OpenRound(
                round_id=round_id,
                programme_id=at.find("programme", "cbp"),
                scheme_id=at.find("scheme", "cbp-improvement-partnerships"),
                code="race",
                name="Race",
                budget=gbp("60000.00"),
                on=When("2004-04-01"),
            )
        )
        for number in range(1, 101):
            bid_id = BidId(f"bid-{number}")
            at.do(
                bid.SubmitBid(
                    bid_id=bid_id,
                    partnership_id=at.find("partnership", "dip"),
                    reference=f"R-{number}",
                    title="A bid of a hundred",
                    requested=gbp("1000.00"),
                    round_id=round_id,
                    on=When("2004-05-01"),
                )
            )
            at.do(bid.ApproveBid(bid_id=bid_id, approved=gbp("1000.00"), on=When("2004-06-01")))

        answers = race(
            logs_of(stack, programme),
            "round",
            lambda number: award.OfferAward(
                award_id=AwardId(f"award-{number}"),
                bid_id=BidId(f"bid-{number}"),
                reference=f"RA-{number}",
                amount=gbp("1000.00"),
                on=When("2004-06-15"),
            ),
            100,
        )

        committed = [e for e in at.log.history(round_id) if isinstance(e, funding_round.FundsCommitted)]
        assert {"granted": 60, "BudgetExceeded": 40} == dict(answers)
        assert gbp("60000.00") == total([event.amount for event in committed], "GBP")
