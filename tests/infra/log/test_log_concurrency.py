"""Many writers at once, and broken connections: nothing is lost, nothing happens twice, and readers miss nothing.

Each test has a control, in which the guard is removed and the fault happens.
"""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from functools import partial

import pytest
from eventsourcing.persistence import OperationalError

from domain.award import OfferAward
from domain.bid import BidApproved, BidSubmitted
from domain.desk import submit
from domain.funding_round import BudgetExceeded, RoundOpened
from domain.history import Answer, CommandIdReused, Decision, Order, StaleHistory
from domain.partnership import PartnershipFormed
from domain.programme import ProgrammeEstablished, SchemeEstablished
from domain.reading import Reading
from domain.values.ids import AwardId, BidId, RoundId
from infra.database.postgres import APP, Database
from infra.log import postgres_log
from infra.log.postgres_log import PostgresLog, read_log
from infra.log.recorder import LogDatastore, LogRecorder
from tests.kit.database.wire import Cut, Wire
from tests.kit.database.writing import ON, PATIENCE_SECONDS, ask, at_once, eventually, order, register, stored, waiting
from tests.kit.database.writing import stream as stream_of
from tests.kit.examples import ACE, PILOTS, PROGRAMME
from tests.kit.length import times
from tests.kit.spec import at, gbp

WRITERS = 8
FOLLOWED = times(8, 16)
EVENTS = times(50_000, 250_000)


@pytest.fixture
def log(database: Database) -> Iterator[PostgresLog]:
    with PostgresLog(database) as opened:
        yield opened


# --- Writers ----------------------------------------------------------------------------------------------------------

ROUNDS = [RoundId(f"round-{number}") for number in range(4)]
EACH = 40


def open_rounds(log: PostgresLog, *, budget: str) -> None:
    """Four rounds with this *budget*, each with forty bids that are approved for 100.00."""
    written = at(
        PROGRAMME,
        ProgrammeEstablished(code="cbp", name="CBP", currency="GBP", on=ON),
        SchemeEstablished(scheme_id=PILOTS, code="cbp-pilots", name="Pilots", kind="stream", on=ON),
    )
    written += at(
        ACE,
        PartnershipFormed(
            partnership_id=ACE, programme_id=PROGRAMME, scheme_id=PILOTS, code="ace", name="ACE", kind="pilot", on=ON
        ),
    )
    for round_id in ROUNDS:
        written += at(
            round_id,
            RoundOpened(
                programme_id=PROGRAMME, scheme_id=PILOTS, code=round_id, name="Round", budget=gbp(budget), on=ON
            ),
        )
        for number in range(EACH):
            bid = BidId(f"bid-{round_id}-{number}")
            written += at(
                bid,
                BidSubmitted(
                    partnership_id=ACE, reference=bid, title="Bid", requested=gbp("100"), round_id=round_id, on=ON
                ),
                BidApproved(partnership_id=ACE, approved=gbp("100"), on=ON),
            )
    decision = Decision(order=order(register(0)), written=tuple(written), seen=dict.fromkeys(dict(written), 0))
    log.append([decision])


def offer(round_id: RoundId, number: int) -> Order:
    name = f"{round_id}-{number}"
    command = OfferAward(
        award_id=AwardId(f"award-{name}"), bid_id=BidId(f"bid-{name}"), reference=name, amount=gbp("100"), on=ON
    )
    return order(command, f"offer {name}")


def hand_in(log: PostgresLog, given: Order) -> Answer | None:
    """Hand in *given* until it is answered. Return the answer, or None when the budget is spent."""
    while True:
        try:
            return submit(log, given)
        except BudgetExceeded:
            return None
        except StaleHistory:
            continue


def available(log: PostgresLog, round_id: RoundId) -> str:
    call = Reading(log).round(round_id)
    assert call is not None
    return str(call.available())


class CountingLog(PostgresLog):
    """A log that counts stale decisions."""

    stale = 0

    def append(self, decisions: Sequence[Decision]) -> Sequence[Answer]:
        try:
            return super().append(decisions)
        except StaleHistory:
            self.stale += 1
            raise


def test_writers_on_the_same_streams_lose_nothing_and_record_nothing_twice(database: Database) -> None:
    offers = [offer(round_id, number) for number in range(EACH) for round_id in ROUNDS]
    with closing(CountingLog(database)) as log:
        open_rounds(log, budget="2550")

        def write(mine: Sequence[Order]) -> dict[str, Answer | None]:
            return {given.command_id: hand_in(log, given) for given in mine}

        answers: dict[str, Answer | None] = {}
        for answers_of_one in at_once([partial(write, offers[nth::WRITERS]) for nth in range(WRITERS)]):
            answers |= answers_of_one
        assert log.stale > 0, "no two writers were in conflict: the test has no power"
        assert ["50.00 GBP"] * len(ROUNDS) == [available(log, round_id) for round_id in ROUNDS]

    acknowledged = {command_id: answer.position for command_id, answer in answers.items() if answer}
    assert 25 * len(ROUNDS) == len(acknowledged)
    events = ask(
        database, "SELECT notification_id, originator_id, originator_version, command_id FROM log.events ORDER BY 1"
    )
    positions = [position for position, *_ in events]
    assert sorted(set(positions)) == positions
    versions: dict[str, list[int]] = {}
    for _, stream, version, _ in events:
        versions.setdefault(stream, []).append(version)
    assert {stream: list(range(1, len(found) + 1)) for stream, found in versions.items()} == versions
    kept = ask(database, "SELECT command_id, position FROM log.commands WHERE command_id LIKE 'offer%%'")
    assert acknowledged == dict(kept)
    assert len(acknowledged) == len(kept)
    # An offer is three events: of the award, the bid and the round.
    written = Counter(command_id for *_, command_id in events if command_id.startswith("offer"))
    assert dict.fromkeys(acknowledged, 3) == written


class TogetherLog(PostgresLog):
    """A log that waits until two decisions are made before it records either."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._both = threading.Barrier(2)
        self._met: set[int] = set()

    def append(self, decisions: Sequence[Decision]) -> Sequence[Answer]:
        if threading.get_ident() not in self._met:
            self._met.add(threading.get_ident())
            self._both.wait(PATIENCE_SECONDS)
        return super().append(decisions)


class ForgetfulLog(TogetherLog):
    """A log that checks the present versions instead of those that the decision saw."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._one_by_one = threading.Lock()

    def _append(self, decisions: Sequence[Decision]) -> list[Answer]:
        with self._one_by_one:
            return super()._append(
                [
                    replace(decision, seen={stream: len(self.history(stream)) for stream in decision.seen})
                    for decision in decisions
                ]
            )


@pytest.mark.parametrize(
    ("kind", "granted", "left"),
    [(TogetherLog, 1, "0.00 GBP"), (ForgetfulLog, 2, "-100.00 GBP")],
    ids=["versions seen", "control: versions forgotten"],
)
def test_two_decisions_that_spend_the_same_money_are_not_both_recorded(
    database: Database, kind: type[TogetherLog], granted: int, left: str
) -> None:
    with PostgresLog(database) as log:
        open_rounds(log, budget="100")
    # Without this the counters alone would keep the budget, as tests/infra/log/test_overspending.py shows.
    ask(database, "ALTER TABLE log.counters DROP CONSTRAINT counters_within")
    with kind(database) as log:
        answers = at_once([partial(hand_in, log, offer(ROUNDS[0], number)) for number in (0, 1)])
        assert granted == len([answer for answer in answers if answer])
        assert left == available(log, ROUNDS[0])


# --- A reader ---------------------------------------------------------------------------------------------------------


class Tail:
    """A reader that reads the events after the last one that it has seen, as fast as it can."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self.seen: list[int] = []

    def __enter__(self) -> "Tail":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def last(self) -> int:
        return self.seen[-1] if self.seen else 0

    def _follow(self) -> None:
        with self._database.connect(APP) as connection:
            while not self._stopping.is_set():
                self.seen += [event.position for event in read_log(connection, self.last(), 500)]


@contextmanager
def recorder(database: Database, append_function: str = "log.append_all") -> Iterator[LogRecorder]:
    """A recorder whose pool has one connection more than there are writers."""
    datastore = LogDatastore(database, pool_size=WRITERS + 1)
    made = LogRecorder(datastore)
    made.append_function = append_function
    try:
        yield made
    finally:
        datastore.close()


@contextmanager
def recorders(
    database: Database, append_function: str = "log.append_all", writers: int = WRITERS
) -> Iterator[list[LogRecorder]]:
    """A recorder for each writer, as if each were a separate process: they never share a commit."""
    with ExitStack() as stack:
        yield [stack.enter_context(recorder(database, append_function)) for _ in range(writers)]


def all_positions(database: Database) -> list[int]:
    return [position for (position,) in ask(database, "SELECT notification_id FROM log.events ORDER BY 1")]


def test_a_reader_that_follows_all_writers_misses_none_of_fifty_thousand_events(database: Database) -> None:
    sizes = (1, 99, 30, 70)
    rounds = EVENTS // FOLLOWED // sum(sizes) + 1

    def write(number: int) -> int:
        version = 1
        for size in sizes * rounds:
            recording[number].insert_events(stored(f"stream-{number}", version, size))
            version += size
        return version - 1

    with recorders(database, writers=FOLLOWED) as recording, Tail(database) as tail:
        written = sum(at_once([partial(write, number) for number in range(FOLLOWED)]))
        eventually(lambda: tail.last() == all_positions(database)[-1], "the reader has come to the end")
    assert EVENTS <= written == len(tail.seen)
    assert all_positions(database) == tail.seen


UNLOCKED = "log.append_all_unlocked"
GATE = 4611


def remove_the_lock(database: Database) -> None:
    """Create a copy of ``log.append_all`` that takes no lock."""
    ((text,),) = ask(database, "SELECT pg_get_functiondef('log.append_all'::regproc)")
    lock = "PERFORM pg_advisory_xact_lock(log.append_lock());"
    assert lock in text
    ask(database, text.replace(lock, "").replace("FUNCTION log.append_all(", f"FUNCTION {UNLOCKED}("))
    ask(database, f"GRANT EXECUTE ON FUNCTION {UNLOCKED} TO {APP}")


def make_slow(database: Database) -> None:
    """Make an event of the stream ``slow`` wait for the gate after it is numbered and before it is recorded."""
    ask(
        database,
        "CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF new.originator_id = 'slow' THEN PERFORM pg_advisory_xact_lock({GATE}); END IF; RETURN new; END $$",
    )
    ask(database, "CREATE TRIGGER slow BEFORE INSERT ON log.events FOR EACH ROW EXECUTE FUNCTION public.slow()")


@pytest.mark.parametrize(
    ("append_function", "missed_one"),
    [("log.append_all", False), (UNLOCKED, True)],
    ids=["locked", "control: without the lock"],
)
def test_a_reader_never_passes_an_event_that_is_numbered_and_not_yet_committed(
    database: Database, append_function: str, missed_one: bool
) -> None:
    """Without the lock a later number is committed first. The reader continues after it and misses the earlier one."""
    remove_the_lock(database)
    make_slow(database)
    with (
        database.connect() as gate,
        ThreadPoolExecutor(WRITERS) as pool,
        recorders(database, append_function) as recording,
        Tail(database) as tail,
    ):
        gate.execute("SELECT pg_advisory_lock(%s)", (GATE,))
        try:
            slow = pool.submit(recording[0].insert_events, stored("slow", 1, 1))
            eventually(lambda: waiting(database, append_function), "the slow event waits, numbered")
            fast = [
                pool.submit(each.insert_events, stored(f"fast-{nth}", 1, 1)) for nth, each in enumerate(recording[1:])
            ]
            eventually(
                lambda: (
                    (all(one.done() for one in fast) and tail.last() == 1 + len(fast))
                    or waiting(database, append_function) == 1 + len(fast)
                ),
                "the fast ones are recorded and read, or wait",
            )
        finally:
            gate.execute("SELECT pg_advisory_unlock(%s)", (GATE,))
        for one in (slow, *fast):
            one.result()
        eventually(lambda: tail.last() == all_positions(database)[-1], "the reader has come to the end")
    assert WRITERS == len(all_positions(database))
    missed = set(all_positions(database)) - set(tail.seen)
    assert missed_one == (1 in missed) == bool(missed)


# --- One command, many times ------------------------------------------------------------------------------------------


def test_a_command_handed_in_a_hundred_times_at_once_happens_once(log: PostgresLog, database: Database) -> None:
    given = order(register(1))
    answers = at_once([lambda: submit(log, given)] * 100)
    assert [Answer(subject=stream_of(1), position=1, replayed=True)] * 100 == [
        replace(answer, replayed=True) for answer in answers
    ]
    assert len([answer for answer in answers if not answer.replayed]) <= 1
    assert [(given.command_id,)] == ask(database, "SELECT command_id FROM log.events")
    assert [(given.command_id, 1)] == ask(database, "SELECT command_id, position FROM log.commands")


def test_of_a_hundred_commands_under_one_id_one_happens_and_the_others_are_refused(
    log: PostgresLog, database: Database
) -> None:
    def try_it(number: int) -> str:
        try:
            return submit(log, order(register(number), "the same id")).subject
        except CommandIdReused:
            return "refused"

    answers = Counter(at_once([partial(try_it, number) for number in range(100)]))
    assert 99 == answers.pop("refused")
    assert list(answers.items()) == [(stream, 1) for (stream,) in ask(database, "SELECT originator_id FROM log.events")]


# --- Connections that break -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cut", "count"), [(Cut.ANSWER, times(20, 100)), (Cut.QUESTION, 5)])
def test_a_command_whose_connection_breaks_is_answered_and_happens_once(
    database: Database, cut: Cut, count: int
) -> None:
    """Only the append sends the actor's name over the wire, so the connection is cut there."""
    with Wire(database) as wire, PostgresLog(wire.database) as log:
        for nth in range(1, count + 1):
            wire.arm(f"actor {nth}.", cut)
            answer = submit(log, order(register(nth), f"command {nth}", actor=f"actor {nth}."))
            assert (stream_of(nth), cut is Cut.ANSWER) == (answer.subject, answer.replayed)
        assert count == wire.cuts
    wanted = [(f"command {nth}", stream_of(nth), 1) for nth in range(1, count + 1)]
    assert wanted == ask(
        database, "SELECT command_id, originator_id, originator_version FROM log.events ORDER BY notification_id"
    )
    assert count == len(ask(database, "SELECT command_id FROM log.commands"))


def test_without_a_second_attempt_a_command_that_was_recorded_is_reported_as_failed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the test above."""
    monkeypatch.setattr(postgres_log, "ATTEMPTS", 1)
    with Wire(database) as wire, PostgresLog(wire.database) as log:
        wire.arm("actor 1.", Cut.ANSWER)
        with pytest.raises(OperationalError):
            submit(log, order(register(1), actor="actor 1."))
    assert [(1,)] == ask(database, "SELECT count(*) FROM log.events")


@pytest.mark.parametrize("first", ["submit", "find"])
def test_commands_continue_when_every_connection_has_broken(log: PostgresLog, database: Database, first: str) -> None:
    """As after a restart of the server: the pool has more broken connections than a command has attempts."""
    begun = submit(log, order(register(1)))
    pooled = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s"
    with ThreadPoolExecutor(WRITERS) as pool:
        held = threading.Barrier(WRITERS)
        for one in [pool.submit(hold_connection, log, held) for _ in range(WRITERS)]:
            one.result()
    broken = {pid for (pid,) in ask(database, pooled, (APP,))}
    assert WRITERS + 1 == len(broken), "those of the pool, and the one that appends"
    ask(database, "SELECT pg_terminate_backend(pid, 10000) FROM unnest(%s::int[]) AS pid", (list(broken),))
    if first == "submit":
        assert begun.position + 1 == submit(log, order(register(2))).position
    else:
        assert stream_of(1) == log.find("organisation", "council-1")


def hold_connection(log: PostgresLog, held: threading.Barrier) -> None:
    with log.datastore.get_connection():
        held.wait(PATIENCE_SECONDS)
