"""Appends that arrive together are committed together. Each is checked and answered separately."""

import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import pytest

from domain.history import CommandIdReused, Decision, ReferenceTaken, StaleHistory, Written
from domain.organisation import OrganisationRegistered
from domain.values.ids import OrganisationId
from domain.values.when import When
from infra.database.postgres import Database
from infra.log.group_commit import CROWD, GroupCommit, RefusedTogether
from infra.log.postgres_log import PostgresLog
from infra.log.recorder import AppendRefused
from tests.kit.database.writing import ask, at_once, eventually, order, register, stored
from tests.kit.database.writing import stream as stream_of


@dataclass(frozen=True)
class Thing:
    """Something to append that writes and reads the given keys."""

    name: str
    writes: frozenset[Hashable]
    reads: frozenset[Hashable] = frozenset()


def thing(name: str, *writes: str, reads: Sequence[str] = ()) -> Thing:
    return Thing(name, frozenset(writes), frozenset(reads))


class Gate:
    """An append that waits until the gate is opened, and remembers its batches."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.begun = threading.Event()
        self.batches: list[list[str]] = []

    def append(self, things: Sequence[Thing]) -> list[str | Exception]:
        self.batches.append([one.name for one in things])
        self.begun.set()
        self.open.wait(10)
        return [ValueError(one.name) if one.name == "bad" else one.name for one in things]


def together(*things: Thing, most: int = 128) -> tuple[list[list[str]], dict[str, object]]:
    """The batches and outcomes when *things* arrive in this order while another append is under way."""
    gate = Gate()
    commits: GroupCommit[Thing, str] = GroupCommit(gate.append, most)
    outcomes: dict[str, object] = {}

    def hand_in(one: Thing) -> None:
        try:
            outcomes[one.name] = commits.append(one)
        except ValueError as error:
            outcomes[one.name] = error

    with ThreadPoolExecutor(len(things) + 1) as pool:
        pool.submit(hand_in, thing("first"))
        assert gate.begun.wait(10)
        for place, one in enumerate(things, start=1):
            pool.submit(hand_in, one)
            while len(commits._queue) < place:
                pass
        gate.open.set()
    return gate.batches[1:], outcomes


def test_waiting_appends_are_committed_together_and_each_has_its_own_answer() -> None:
    batches, outcomes = together(thing("a", "1"), thing("bad", "2"), thing("c", "3"))
    assert [["a", "bad", "c"]] == batches
    assert ("a", "c") == (outcomes["a"], outcomes["c"])
    assert isinstance(outcomes["bad"], ValueError)


def test_an_append_that_conflicts_with_one_before_it_waits_for_a_later_batch() -> None:
    batches, _ = together(thing("a", "1"), thing("b", "1"), thing("c", "2"), thing("d", reads=["1"]), thing("e", "1"))
    assert [["a", "c"], ["b"], ["d", "e"]] == batches


def test_appends_that_only_read_the_same_key_do_not_conflict() -> None:
    batches, _ = together(thing("a", "1", reads=["r"]), thing("b", "2", reads=["r"]), thing("c", "r"))
    assert [["a", "b", "c"]] == batches


def test_a_batch_is_never_larger_than_its_limit() -> None:
    batches, _ = together(*(thing(name, name) for name in "abcde"), most=2)
    assert [["a", "b"], ["c", "d"], ["e"]] == batches


def test_a_batch_that_is_refused_as_a_whole_is_repeated_one_append_at_a_time() -> None:
    def append(things: Sequence[Thing]) -> list[str | Exception]:
        if len(things) > 1:
            raise RefusedTogether
        if things[0].name == "bad":
            raise ValueError("bad")
        return [things[0].name]

    commits: GroupCommit[Thing, str] = GroupCommit(append)
    with pytest.raises(ValueError, match="bad"):
        commits.append(thing("bad"))
    assert "good" == commits.append(thing("good"))


OF_A_CROWD = "group commit"


def started(before: Callable[[threading.Thread], None]) -> Callable[[threading.Thread], None]:
    """Thread.start, after *before* for the threads of group commits."""
    start = threading.Thread.start

    def begin(thread: threading.Thread) -> None:
        if thread.name == OF_A_CROWD:
            before(thread)
        start(thread)

    return begin


def crowd(monkeypatch: pytest.MonkeyPatch, start: Callable[[threading.Thread], None]) -> list[list[str]]:
    """The batches when many appends arrive, two of which conflict. All must be answered."""
    names = [f"{number}" for number in range(CROWD)]
    with monkeypatch.context() as patch:
        patch.setattr("infra.log.group_commit.threading.Thread.start", started(start))
        batches, outcomes = together(*(thing(name, name) for name in names), thing("again", "0"))
    assert {"first", "again", *names} == set(outcomes)
    eventually(lambda: OF_A_CROWD not in {thread.name for thread in threading.enumerate()}, "the thread ends")
    return batches


def test_a_crowd_is_led_by_a_new_thread_that_ends_with_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    batches = crowd(monkeypatch, lambda thread: begun.append(thread.name))
    assert [[str(number) for number in range(CROWD)], ["again"]] == batches
    assert [OF_A_CROWD] == begun


def test_when_no_thread_can_be_started_one_of_the_crowd_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    assert [[str(number) for number in range(CROWD)], ["again"]] == crowd(monkeypatch, refuse)


def test_an_append_that_fails_does_not_block_the_next() -> None:
    failing: Iterator[Exception] = iter([RuntimeError("broken")])

    def append(things: Sequence[Thing]) -> list[str | Exception]:
        for error in failing:
            raise error
        return [one.name for one in things]

    commits: GroupCommit[Thing, str] = GroupCommit(append)
    with pytest.raises(RuntimeError):
        commits.append(thing("a"))
    assert "b" == commits.append(thing("b"))


# --- In the database --------------------------------------------------------------------------------------------------


@pytest.fixture
def log(database: Database) -> Iterator[PostgresLog]:
    with PostgresLog(database) as opened:
        yield opened


def registered(number: int, code: str | None = None) -> tuple[Written, ...]:
    fact = OrganisationRegistered(code=code or f"org-{number}", name="x", kind="council", on=When("2004"))
    return (Written(OrganisationId(stream_of(number)), fact),)


def test_a_refused_append_does_not_fail_the_others_of_its_batch(log: PostgresLog, database: Database) -> None:
    """One batch: a good append, a stale one, one with a used command id, and one with a taken reference."""
    used = order(register(100))
    log.append([Decision(order=used, written=registered(100, "taken"), seen={stream_of(100): 0})])
    orders = [order(register(number)) for number in range(4)]
    decisions = [
        Decision(order=orders[0], written=registered(0), seen={stream_of(0): 0}),
        Decision(order=orders[1], written=registered(1), seen={stream_of(1): 7}),
        Decision(order=used, written=registered(2), seen={stream_of(2): 0}),
        Decision(order=orders[3], written=registered(3, "taken"), seen={stream_of(3): 0}),
    ]
    groups = [log.group([decision]) for decision in decisions]

    good, stale, again, named = log.recorder.append_groups(groups)

    assert [2] == good
    assert [("versions_seen", stream_of(1)), ("commands_pkey", used.command_id), ("references_pkey", "taken")] == [
        (one.constraint, one.hint) for one in (stale, again, named) if isinstance(one, AppendRefused)
    ]
    assert [(stream_of(100),), (stream_of(0),)] == ask(
        database, "SELECT originator_id FROM log.events ORDER BY notification_id"
    )


def test_many_writers_at_once_are_all_answered_and_some_share_a_commit(log: PostgresLog, database: Database) -> None:
    def write(number: int) -> int:
        decision = Decision(order=order(register(number)), written=registered(number), seen={stream_of(number): 0})
        return log.append([decision])[0].position

    positions = at_once([partial(write, number) for number in range(200)])
    assert sorted(positions) == list(range(1, 201))
    ((moments,),) = ask(database, "SELECT count(DISTINCT recorded_at) FROM log.events")
    assert int(str(moments)) < 200


def test_of_writers_that_race_for_one_stream_one_wins_and_the_others_are_stale(log: PostgresLog) -> None:
    def write(number: int) -> bool:
        decision = Decision(order=order(register(1)), written=registered(1, f"org-{number}"), seen={stream_of(1): 0})
        try:
            log.append([decision])
        except (StaleHistory, ReferenceTaken, CommandIdReused):
            return False
        return True

    assert 1 == sum(at_once([partial(write, number) for number in range(50)]))


def test_inserts_through_the_library_use_the_same_append(log: PostgresLog) -> None:
    assert [1, 2, 3] == list(log.recorder.insert_events(stored("a", 1, 3)))
