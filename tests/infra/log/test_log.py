"""The log records all of a decision or nothing, once only, and never on history that has changed since."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import TupleRow

from domain.award import OfferAward
from domain.bid import BidApproved, BidDrafted, BidSubmitted, DraftBid, SubmitBid
from domain.desk import submit, submit_all
from domain.funding_round import RoundOpened
from domain.history import Answer, CommandIdReused, Decision, Order, Recorded, ReferenceTaken, StaleHistory, Written
from domain.organisation import OrganisationRegistered, OrganisationRenamed
from domain.partnership import PartnershipFormed
from domain.programme import ProgrammeEstablished
from domain.values.ids import BidId
from infra.database.postgres import APP, Database
from infra.log.codec import CODEC
from infra.log.postgres_log import PostgresLog, read_log
from infra.log.recorder import StoredFact
from tests.kit.database.writing import (
    ON,
    ask,
    command_row,
    decided,
    eventually,
    everything,
    order,
    register,
    rename,
    stored,
    waiting,
)
from tests.kit.database.writing import stream as stream_of
from tests.kit.examples import ACE, AWARD, BID, PILOTS, PROGRAMME, ROUND
from tests.kit.spec import at, gbp

RENAMED = OrganisationRenamed(name="another name", on=ON)


@pytest.fixture
def log(database: Database) -> Iterator[PostgresLog]:
    with PostgresLog(database) as opened:
        yield opened


def begin(log: PostgresLog, *written: Written) -> None:
    """Record *written* without deciding anything."""
    given = order(register(0))
    log.append([Decision(order=given, written=written, seen={stream: 0 for stream, _ in written})])


def recorded(database: Database) -> list[Recorded]:
    with database.connect(APP) as connection:
        return read_log(connection, 0, 1000)


# --- One transaction --------------------------------------------------------------------------------------------------


def test_one_decision_is_recorded_in_several_streams_at_once(log: PostgresLog, database: Database) -> None:
    begin(
        log,
        *at(
            ACE,
            PartnershipFormed(
                partnership_id=ACE,
                programme_id=PROGRAMME,
                scheme_id=PILOTS,
                code="ace",
                name="ACE",
                kind="pilot",
                on=ON,
            ),
        ),
        *at(
            ROUND,
            RoundOpened(programme_id=PROGRAMME, scheme_id=PILOTS, code="r", name="R", budget=gbp("900.00"), on=ON),
        ),
        *at(
            BID,
            BidSubmitted(
                partnership_id=ACE, reference="ACE-1", title="Bid", requested=gbp("800.00"), round_id=ROUND, on=ON
            ),
            BidApproved(partnership_id=ACE, approved=gbp("800.00"), on=ON),
        ),
    )
    offer = order(OfferAward(award_id=AWARD, bid_id=BID, reference="P25", amount=gbp("800.00"), on=ON))
    assert Answer(subject=AWARD, position=7, replayed=False) == submit(log, offer)
    assert [(5, AWARD, 1), (6, BID, 3), (7, ROUND, 2)] == [
        (event.position, event.stream, event.version)
        for event in recorded(database)
        if event.command_id == offer.command_id
    ]


def test_events_are_numbered_from_one_in_their_stream_and_in_the_whole_log_in_the_order_of_recording(
    log: PostgresLog, database: Database
) -> None:
    submit_all(log, [order(register(1)), order(register(2)), order(rename(1, "A")), order(rename(2, "B"))])
    submit_all(log, [order(rename(2, "C")), order(rename(1, "D"))])
    assert [
        (1, "organisation-1", 1),
        (2, "organisation-2", 1),
        (3, "organisation-1", 2),
        (4, "organisation-2", 2),
        (5, "organisation-2", 3),
        (6, "organisation-1", 3),
    ] == [(event.position, event.stream, event.version) for event in recorded(database)]
    assert 6 == log.position()


def test_a_history_is_what_was_recorded_in_its_order(log: PostgresLog) -> None:
    submit_all(log, [order(register(1)), order(register(2)), order(rename(1, "A")), order(rename(1, "B"))])
    assert [
        OrganisationRegistered(code="council-1", name="Carlisle City Council", kind="council", on=ON),
        OrganisationRenamed(name="A", on=ON),
        OrganisationRenamed(name="B", on=ON),
    ] == log.history(stream_of(1))
    assert [] == log.history(stream_of(3))


def test_when_one_of_several_decisions_cannot_be_recorded_none_is(log: PostgresLog, database: Database) -> None:
    submit(log, order(register(1)))
    before = everything(database)
    good, bad = decided(log, order(register(2))), decided(log, order(replace(register(3), code="council-1")))
    with pytest.raises(ReferenceTaken):
        log.append([good, bad])
    assert before == everything(database)
    (answer,) = log.append([good])
    assert [(1, stream_of(1)), (answer.position, stream_of(2))] == [
        (event.position, event.stream) for event in recorded(database)
    ]


# --- Versions seen ----------------------------------------------------------------------------------------------------


def seeing(seen: dict[str, int]) -> Decision:
    """A decision to rename organisation 1, made on the versions *seen*."""
    return Decision(order=order(rename(1, RENAMED.name)), written=(Written(stream_of(1), RENAMED),), seen=seen)


def test_a_decision_is_stale_when_a_stream_that_it_only_read_has_changed(log: PostgresLog, database: Database) -> None:
    submit_all(log, [order(register(1)), order(register(2))])
    decision = seeing({stream_of(1): 1, stream_of(2): 1})
    submit(log, order(rename(2, "moved")))
    before = everything(database)
    with pytest.raises(StaleHistory):
        log.append([decision])
    assert before == everything(database)


def test_a_decision_is_stale_when_a_stream_that_it_found_empty_has_begun(log: PostgresLog) -> None:
    submit(log, order(register(1)))
    decision = seeing({stream_of(1): 1, stream_of(2): 0})
    submit(log, order(register(2)))
    with pytest.raises(StaleHistory):
        log.append([decision])


def test_a_stream_that_was_not_read_may_change(log: PostgresLog) -> None:
    """The control of the two tests above: a decision is stale only because of streams that it read."""
    submit_all(log, [order(register(1)), order(register(2))])
    decision = seeing({stream_of(1): 1})
    submit(log, order(rename(2, "moved")))
    assert 4 == log.append([decision])[0].position


def test_a_decision_is_stale_when_the_stream_that_it_writes_has_changed(log: PostgresLog) -> None:
    submit(log, order(register(1)))
    decision = seeing({stream_of(1): 1})
    submit(log, order(rename(1, "moved")))
    with pytest.raises(StaleHistory):
        log.append([decision])


def test_a_decision_is_stale_when_it_saw_a_later_version_than_there_is(log: PostgresLog) -> None:
    submit(log, order(register(1)))
    with pytest.raises(StaleHistory):
        log.append([seeing({stream_of(1): 2})])


def test_a_stream_that_was_written_without_being_read_is_not_overwritten(log: PostgresLog, database: Database) -> None:
    submit(log, order(register(1)))
    before = everything(database)
    with pytest.raises(StaleHistory):
        log.append([seeing({})])
    assert before == everything(database)


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
def test_a_change_while_an_append_waited_its_turn_makes_it_stale(database: Database, level: str) -> None:
    """With a snapshot from before the wait, versions would be compared with the old state instead of the present."""
    name = psycopg.conninfo.conninfo_to_dict(database.url)["dbname"]
    ask(database, f"ALTER DATABASE \"{name}\" SET default_transaction_isolation = '{level}'")
    with PostgresLog(database) as log:
        submit_all(log, [order(register(1)), order(register(2))])
        decision = seeing({stream_of(1): 1, stream_of(2): 1})
        with ThreadPoolExecutor(1) as pool, appending(database) as other:
            append_event(other, stored(stream_of(2), 2, 1)[0])
            late = pool.submit(log.append, [decision])
            eventually(lambda: waiting(database, "log.append_all("), "the second append waits")
            other.commit()
            with pytest.raises(StaleHistory):
                late.result()


# --- Command ids ------------------------------------------------------------------------------------------------------


def test_a_command_handed_in_again_always_gets_its_first_answer(log: PostgresLog, database: Database) -> None:
    first = order(register(1), "command-1")
    assert Answer(subject=stream_of(1), position=1, replayed=False) == submit(log, first)
    for name in ("A", "B"):
        submit(log, order(rename(1, name)))
        before = everything(database)
        assert Answer(subject=stream_of(1), position=1, replayed=True) == submit(log, first)
        assert before == everything(database)


def test_a_command_that_recorded_no_events_always_gets_its_first_answer_too(
    log: PostgresLog, database: Database
) -> None:
    submit(log, order(register(1)))
    nothing = order(register(1), "command-2")
    answer = Answer(subject=stream_of(1), position=1, replayed=False, recorded=False)
    assert answer == submit(log, nothing)
    submit(log, order(rename(1, "A")))
    assert replace(answer, replayed=True) == submit(log, nothing), "decided anew it is refused"
    assert ["command-2"] == [row[0] for row in everything(database)["commands"] if row[0] == "command-2"]
    assert [] == [event for event in recorded(database) if event.command_id == "command-2"]


def test_the_position_of_a_command_without_events_includes_what_it_was_decided_on(log: PostgresLog) -> None:
    """In one batch these are the events of the commands before it."""
    answers = submit_all(log, [order(register(1)), order(register(1)), order(register(2)), order(register(1))])
    assert [1, 1, 2, 2] == [answer.position for answer in answers]


def test_a_command_without_events_on_an_empty_log_has_position_0(log: PostgresLog) -> None:
    nothing = Decision(order=order(rename(1, "A")), written=(), seen={stream_of(1): 0})
    answer = Answer(subject=stream_of(1), position=0, replayed=False, recorded=False)
    assert [answer] == log.append([nothing])
    assert {nothing.order.command_id: replace(answer, replayed=True)} == log.answers([nothing.order])


@pytest.mark.parametrize(
    "other",
    [order(rename(1, "A"), "command-1"), order(register(1), "command-1", actor="bob")],
    ids=["other words", "another actor"],
)
def test_a_command_id_is_not_used_for_anything_else(log: PostgresLog, database: Database, other: Order) -> None:
    submit(log, order(register(1), "command-1"))
    before = everything(database)
    with pytest.raises(CommandIdReused):
        submit(log, other)
    assert before == everything(database)


def test_a_command_id_that_was_used_meanwhile_is_found_when_appending(log: PostgresLog, database: Database) -> None:
    first, other = order(register(1), "command-1"), order(register(2), "command-1")
    decision, repeat = decided(log, other), decided(log, first)
    submit(log, first)
    before = everything(database)
    with pytest.raises(CommandIdReused):
        log.append([decision])
    assert [Answer(subject=stream_of(1), position=1, replayed=True)] == log.append([repeat])
    assert before == everything(database)


def test_a_batch_of_which_a_part_was_answered_meanwhile_is_decided_again(log: PostgresLog) -> None:
    first, second = order(register(1)), order(register(2))
    decisions = [decided(log, first), decided(log, second)]
    submit(log, first)
    with pytest.raises(StaleHistory):
        log.append(decisions)
    assert [(1, True), (2, False)] == [
        (answer.position, answer.replayed) for answer in submit_all(log, [first, second])
    ]


def test_two_commands_of_a_batch_do_not_share_a_command_id(log: PostgresLog, database: Database) -> None:
    with pytest.raises(CommandIdReused):
        submit_all(log, [order(register(1), "command-1"), order(register(2), "command-1")])
    assert [] == recorded(database)


# --- References -------------------------------------------------------------------------------------------------------


def test_a_reference_is_taken_once_within_its_kind(log: PostgresLog, database: Database) -> None:
    submit(log, order(register(1)))
    before = everything(database)
    with pytest.raises(ReferenceTaken):
        submit(log, order(replace(register(2), code="council-1")))
    assert before == everything(database)
    assert stream_of(1) == log.find("organisation", "council-1")
    assert None is log.find("partnership", "council-1")


def test_two_things_of_one_batch_do_not_share_a_reference(log: PostgresLog, database: Database) -> None:
    with pytest.raises(ReferenceTaken):
        submit_all(log, [order(register(1)), order(replace(register(2), code="council-1"))])
    assert [] == recorded(database)


def test_a_bid_is_submitted_under_the_reference_that_it_was_drafted_under(log: PostgresLog) -> None:
    """A thing may claim its own reference again; MemoryLog in the tests of the domain allows it too."""
    begin(
        log,
        *at(PROGRAMME, ProgrammeEstablished(code="cbp", name="CBP", currency="GBP", on=ON)),
        *at(
            ACE,
            PartnershipFormed(
                partnership_id=ACE, programme_id=PROGRAMME, scheme_id=PILOTS, code="ace", name="ACE", kind="p", on=ON
            ),
        ),
    )
    draft = DraftBid(bid_id=BID, partnership_id=ACE, reference="ACE-1", title="Bid", on=ON)
    hand_in = SubmitBid(bid_id=BID, partnership_id=ACE, reference="ACE-1", title="Bid", requested=gbp("5.00"), on=ON)
    submit(log, order(draft))
    submit(log, order(hand_in))
    assert [BidDrafted, BidSubmitted] == [type(event) for event in log.history(BID)]
    other = replace(draft, bid_id=BidId("bid-2"))
    submit_all(
        log,
        [order(replace(other, reference="ACE-2")), order(replace(hand_in, bid_id=BidId("bid-2"), reference="ACE-2"))],
    )
    assert {"ACE-1": BID, "ACE-2": "bid-2"} == log.find_all("bid", ["ACE-1", "ACE-2", "ACE-3"])


# --- What is kept with an event ---------------------------------------------------------------------------------------


def test_every_event_keeps_its_actor_authority_time_and_command(log: PostgresLog, database: Database) -> None:
    (before,) = ask(database, "SELECT clock_timestamp()")[0]
    submit(
        log,
        Order(
            command_id="command-1", command=register(1), said="x", actor="ann", authority="delegation 7",
            correlation_id="import-3", causation_id="event-9",
        ),
    )  # fmt: skip
    (after,) = ask(database, "SELECT clock_timestamp()")[0]
    (event,) = recorded(database)
    assert ("ann", "delegation 7", "command-1", "import-3", "event-9") == (
        event.actor, event.authority, event.command_id, event.correlation_id, event.causation_id,
    )  # fmt: skip
    assert before <= event.recorded_at <= after
    assert timedelta(0) == event.recorded_at.utcoffset()
    assert 7 == UUID(event.event_id.removeprefix("event-")).version


def test_a_command_without_a_correlation_id_begins_a_new_one(log: PostgresLog, database: Database) -> None:
    submit(log, order(register(1), "command-1"))
    (event,) = recorded(database)
    assert ("command-1", None, None) == (event.correlation_id, event.causation_id, event.authority)


def test_each_event_of_a_batch_belongs_to_its_own_command(log: PostgresLog, database: Database) -> None:
    submit_all(
        log, [order(register(1), "c1", actor="ann"), order(register(2), "c2", actor="bob"), order(rename(1, "A"), "c3")]
    )
    assert [("c1", "ann"), ("c2", "bob"), ("c3", "ann")] == [
        (event.command_id, event.actor) for event in recorded(database)
    ]
    assert 3 == len({event.event_id for event in recorded(database)})


def test_inserts_through_the_library_keep_events_as_they_are(log: PostgresLog, database: Database) -> None:
    event = StoredFact("stream-1", 1, "OrganisationRenamed", b"{}", schema_version=3)
    assert [1, 2] == log.recorder.insert_events([event, *stored("stream-1", 2, 1)])
    assert [("stream-1", 1, "OrganisationRenamed", b"{}", 3)] == ask(
        database,
        "SELECT originator_id, originator_version, topic, state, schema_version FROM log.events"
        " WHERE notification_id = 1",
    )
    assert [1, 2] == [event.id for event in log.recorder.select_notifications(None, 10)]


# --- The log's clock --------------------------------------------------------------------------------------------------


def from_the_future(database: Database, hours: int) -> datetime:
    """Record an event as if the machine's clock had been *hours* ahead. The clock has been set back since."""
    ((moment,),) = ask(
        database,
        "INSERT INTO log.events (originator_id, originator_version, topic, state, schema_version, event_id,"
        " recorded_at, actor, command_id, correlation_id) SELECT 'organisation-99', 1, 'OrganisationRenamed', %s, 1,"
        " gen_random_uuid(), clock_timestamp() + make_interval(hours => %s), 'ann', 'c99', 'c99' RETURNING recorded_at",
        (CODEC.encode(RENAMED), hours),
    )
    assert isinstance(moment, datetime)
    return moment


def test_recorded_at_never_goes_back_when_the_machines_clock_does(log: PostgresLog, database: Database) -> None:
    submit(log, order(register(1)))
    moment = from_the_future(database, hours=1)
    submit_all(log, [order(rename(1, "A")), order(rename(1, "B"))])
    submit(log, order(rename(1, "C")))
    times = [event.recorded_at for event in recorded(database)]
    assert sorted(times) == times
    assert moment < times[2], "later positions are later, or as late within one append"
    assert times[2] == times[3] < times[4]
    assert times[4] - moment < timedelta(seconds=1)


def test_the_time_of_an_event_always_gives_the_same_position(log: PostgresLog, database: Database) -> None:
    """Also when the clock was set back, so that the next event would get the same time."""
    submit(log, order(register(1)))
    from_the_future(database, hours=1)
    for position in (2, 3, 4):
        moment = recorded(database)[position - 1].recorded_at
        assert position == position_at(database, moment)
        submit(log, order(rename(1, f"name {position}")))
        assert position == position_at(database, moment)


# --- What had been recorded by a moment -------------------------------------------------------------------------------


def position_at(database: Database, moment: datetime, function: str = "log.position_at") -> int:
    with database.connect(APP) as connection:
        row = connection.execute(f"SELECT {function}(%s)".encode(), (moment,)).fetchone()
    assert row is not None
    return int(row[0])


@contextmanager
def appending(database: Database) -> Iterator[psycopg.Connection[TupleRow]]:
    """A connection of the application whose transaction is not committed yet."""
    with database.connect(APP) as connection:
        connection.autocommit = False
        yield connection


def append_event(connection: psycopg.Connection[Any], event: StoredFact) -> int:
    """Append *event* in the current transaction of *connection*. Return its position."""
    row = command_row()
    cursor = connection.execute(
        "SELECT position FROM log.append('{}', '{}', '{}', '{1}', %s::text[], %s::bytea[], '{s}', '{ann}', '{NULL}',"
        " %s::text[], '{NULL}', '{1}', %s::text[], %s::bigint[], %s::text[], '{1}', %s::bytea[],"
        " ARRAY[gen_random_uuid()], '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')",
        (
            [row.command_id], [row.fingerprint], [row.correlation_id],
            [event.originator_id], [event.originator_version], [event.topic], [event.state],
        ),
    )  # fmt: skip
    found = cursor.fetchone()
    assert found is not None
    return int(found[0])


def now(database: Database) -> datetime:
    ((moment,),) = ask(database, "SELECT clock_timestamp()")
    assert isinstance(moment, datetime)
    return moment


def test_the_position_at_a_moment_is_found_by_the_times_of_events(log: PostgresLog, database: Database) -> None:
    moments = [now(database)]
    for batch in ([register(1), register(2)], [rename(1, "A")], [rename(1, "B"), rename(2, "C"), rename(1, "D")]):
        submit_all(log, [order(command) for command in batch])
        moments.append(now(database))
    assert [0, 2, 3, 6] == [position_at(database, moment) for moment in moments]
    assert [2, 2, 3, 6, 6, 6] == [position_at(database, event.recorded_at) for event in recorded(database)]
    assert 0 == position_at(database, moments[0] - timedelta(days=365_000))


@pytest.mark.parametrize(("asked", "expected"), [("before the append", 1), ("during the append", 2)])
def test_a_question_waits_for_an_append_under_way_which_then_counts_or_not(
    log: PostgresLog, database: Database, asked: str, expected: int
) -> None:
    submit(log, order(register(1)))
    with ThreadPoolExecutor(1) as pool, appending(database) as connection:
        before = now(database)
        append_event(connection, stored(stream_of(1), 2, 1)[0])
        moment = before if asked == "before the append" else now(database)
        answer = pool.submit(position_at, database, moment)
        eventually(lambda: waiting(database, "log.position_at"), "the question waits for the append")
        assert not answer.done()
        connection.commit()
        assert expected == answer.result()
    submit(log, order(rename(1, "A")))
    assert expected == position_at(database, moment), "the answer for a moment that has passed never changes"


def test_a_question_waits_for_an_append_that_is_rolled_back_which_does_not_count(
    log: PostgresLog, database: Database
) -> None:
    submit(log, order(register(1)))
    with ThreadPoolExecutor(1) as pool, appending(database) as connection:
        append_event(connection, stored(stream_of(1), 2, 1)[0])
        moment = now(database)
        answer = pool.submit(position_at, database, moment)
        eventually(lambda: waiting(database, "log.position_at"), "the question waits for the append")
        connection.rollback()
        assert 1 == answer.result()
    submit(log, order(rename(1, "A")))
    assert 1 == position_at(database, moment)


def test_without_the_wait_the_answer_for_a_moment_that_has_passed_would_change(
    log: PostgresLog, database: Database
) -> None:
    """The control: without the lock, the same question is answered at once, and later with another position."""
    ((text,),) = ask(database, "SELECT pg_get_functiondef('log.position_at'::regproc)")
    lock = "PERFORM pg_advisory_xact_lock_shared(log.append_lock());"
    assert lock in text
    ask(database, text.replace(lock, "").replace("log.position_at", "log.position_at_once"))
    submit(log, order(register(1)))
    with appending(database) as connection:
        append_event(connection, stored(stream_of(1), 2, 1)[0])
        moment = now(database)
        assert 1 == position_at(database, moment, "log.position_at_once")
        connection.commit()
    assert 2 == position_at(database, moment, "log.position_at_once")


def test_questions_about_a_moment_do_not_wait_for_each_other(database: Database) -> None:
    with database.connect(APP) as one:
        one.autocommit = False
        one.execute("SELECT log.position_at(clock_timestamp())")
        assert 0 == position_at(database, now(database))
