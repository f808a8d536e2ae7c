"""Events that tests feed to read models, and functions that show how far the read models are."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, get_args

import psycopg

from domain import history
from domain.award import AwardStated, SettledBy, Transaction
from domain.bid import BidStated
from domain.history import Decision, Recorded, Written
from domain.organisation import OrganisationRegistered, OrganisationRenamed
from domain.outcome import OutcomeStated
from domain.partnership import PartnerJoined, PartnershipFormed
from domain.values.fact import Fact, HappeningNoted
from domain.values.frozen import frozen
from domain.values.ids import OrganisationId, PartnershipId
from infra.database.postgres import Database
from infra.feeding import projector
from infra.feeding.projector import Projector, catch_up_together, feeder, lead
from infra.feeding.rebuild import LOCK, rebuild
from infra.log.codec import Codec
from infra.log.postgres_log import PostgresLog
from infra.log.recorder import CHANNEL
from projections.read_models import READ_MODELS, ReadModel
from tests.kit.database.writing import ask, eventually, order, read_tables, stored
from tests.kit.database.writing import register as register_organisation
from tests.kit.examples import (
    ACE,
    AWARD,
    BANK_ACCOUNT,
    BID,
    CARLISLE,
    DELIVERY,
    ENTRY,
    EVENTS,
    OUTCOME,
    PROGRAMME,
    ROUND,
)

NAMES = {model.NAME for model in READ_MODELS}

# --- What is fed ------------------------------------------------------------------------------------------------------


def record(log: PostgresLog, written: Sequence[Written]) -> None:
    """Append *written* without deciding anything."""
    seen = {stream: len(log.history(stream)) for stream, _ in written}
    log.append([Decision(order=order(register_organisation(0)), written=tuple(written), seen=seen)])


def _in_turn() -> list[tuple[str, Any]]:
    """The examples, with support cases after the partnership that they are of."""
    return sorted(EVENTS.items(), key=lambda one: type(one[1]).__module__ == "domain.support.case.events")


def one_of_each() -> list[Written]:
    """Every event once. Events of this programme are in the streams of the examples, stated ones in other streams."""
    streams = {
        "programme": PROGRAMME, "eligibility.rule": PROGRAMME, "framework": PROGRAMME,
        "funding_round": ROUND, "organisation": CARLISLE, "partnership": ACE,
        "bid.events": BID, "award.events": AWARD, "award.stated": AWARD, "award.beside.events": AWARD,
        "delivery.events": DELIVERY, "between.pooling": ACE, "between.strands": AWARD, "joint.places": ACE,
        "values.fact": ACE, "discrepancy": "discrepancy-1", "books": "books-1",
        "bank.account": BANK_ACCOUNT, "bank.entry": ENTRY, "governance.events": "governance-1",
        "people.person": "person-1", "support.concern": "concern-1", "support.case.events": CARLISLE,
        "outcome.events": OUTCOME,
    }  # fmt: skip
    stated: Any = EVENTS["TransactionStated"]
    paid = replace(stated, number=9, kind=Transaction.DISBURSEMENT)
    settled: Any = EVENTS["RecoverySettled"]
    repaid = replace(settled, part=2, by=SettledBy.REPAYMENT, payment=None)
    # The examples end with an account that is taken away, and a person who is erased.
    linked = Written("person-2", replace(EVENTS["AccountLinked"], account="another"))  # type: ignore[call-arg]
    return [
        linked,
        *(
            Written(
                streams[type(event).__module__.removeprefix("domain.")] + ("-stated" * name.endswith("Stated")),
                event,
            )
            for name, event in [*_in_turn(), ("TransactionStated", paid), ("RecoverySettled", repaid)]
        ),
    ]


def a_bit_of_everything(number: int) -> list[Written]:
    """Eight events that every read model processes, different for each *number*."""
    organisation, partnership = OrganisationId(f"organisation-{number}"), PartnershipId(f"partnership-{number}")

    def like(kind: type[Fact], **changed: Any) -> Any:
        return replace(EVENTS[kind.__name__], **changed)

    return [
        Written(organisation, like(OrganisationRegistered, code=f"o{number}")),
        Written(partnership, like(PartnershipFormed, partnership_id=partnership, code=f"p{number}")),
        Written(partnership, like(PartnerJoined, partnership_id=partnership, organisation_id=organisation)),
        Written(organisation, like(OrganisationRenamed, name=f"name {number}")),
        Written(partnership, like(HappeningNoted, partnership_id=partnership)),
        Written(f"bid-{number}", like(BidStated, partnership_id=partnership, reference=f"b{number}")),
        Written(f"award-{number}", like(AwardStated, partnership_id=partnership, reference=f"a{number}")),
        Written(f"outcome-{number}", like(OutcomeStated, partnership_id=partnership)),
    ]


@dataclass
class Watched:
    """A read model that passes each event to *look* before it writes the event."""

    model: ReadModel
    look: Callable[[Recorded], None]

    @property
    def NAME(self) -> str:  # noqa: N802
        return self.model.NAME

    @property
    def __name__(self) -> str:
        """The name of the module, by which the definition of the read model is found."""
        model: Any = self.model
        return str(model.__name__)

    @property
    def TABLES(self) -> tuple[str, ...]:  # noqa: N802
        return self.model.TABLES

    @property
    def DEFINITION(self) -> str:  # noqa: N802
        return self.model.DEFINITION

    @property
    def INDEXES(self) -> str:  # noqa: N802
        return self.model.INDEXES

    def write(self, cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
        for recorded in page:
            self.look(recorded)
            self.model.write(cursor, [recorded])


# --- How far it is ----------------------------------------------------------------------------------------------------


def standing(database: Database) -> dict[str, tuple[int, str, int | None]]:
    found = ask(database, "SELECT name, position, state, failed_position FROM read.projections")
    return {name: (position, state, failed) for name, position, state, failed in found}


def head(database: Database) -> int:
    ((position,),) = ask(database, "SELECT coalesce(max(notification_id), 0) FROM log.events")
    return int(position)


def is_caught_up(database: Database) -> bool:
    return standing(database) == dict.fromkeys(NAMES, (head(database), "running", None))


def caught_up(database: Database) -> None:
    eventually(lambda: is_caught_up(database), "every read model has taken in the whole log")


def positions(database: Database) -> list[int]:
    """The positions of the events in the audit log, which shows every event."""
    return [position for (position,) in ask(database, "SELECT position FROM read.audit ORDER BY 1")]


def leaders(database: Database) -> dict[int, int]:
    """The process id of the connection that leads each read model, by the key of its lock."""
    found = ask(
        database,
        "SELECT objid::bigint, l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
        " WHERE datname = current_database() AND locktype = 'advisory' AND classid = %s AND objsubid = 2 AND granted",
        (projector.LEADERSHIP,),
    )
    assert len(found) == len({model for model, _ in found}), "two lead one read model"
    return dict(found)


def rebuilding(database: Database) -> bool:
    """Whether a connection holds the right to rebuild something."""
    found = ask(
        database,
        "SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE datname = current_database()"
        " AND locktype = 'advisory' AND classid = %s",
        (LOCK,),
    )
    return bool(found)


def rebuilt(database: Database) -> dict[str, list[str]]:
    """The rows of the read models after a rebuild."""
    rebuild(database, READ_MODELS)
    return read_tables(database)


@contextmanager
def feeding(
    database: Database, models: Sequence[ReadModel] = READ_MODELS, channel: str = CHANNEL
) -> Iterator[Projector]:
    """A projector that runs. To stop it, it is notified on *channel*, because it may otherwise sleep for long."""
    made = Projector(database, models)
    made.start()
    try:
        yield made
    finally:
        stopping = threading.Thread(target=made.stop, daemon=True)
        stopping.start()
        eventually(lambda: woken_and_gone(Database(database.url), channel, stopping), "the projector has stopped")


def woken_and_gone(database: Database, channel: str, thread: threading.Thread) -> bool:
    ask(database, f"NOTIFY {channel}")
    thread.join(0.01)
    return not thread.is_alive()


# --- Poison -----------------------------------------------------------------------------------------------------------


@frozen
class AwardMelted(Fact):
    """An event of a later version of Fundtrail."""

    name: str


BOTH = Codec([*get_args(history.Event), AwardMelted], {})


def poison(log: PostgresLog, topic: str = "AwardMelted") -> int:
    """Append an event that this version cannot read. Return its position."""
    return log.recorder.insert_events(stored(f"award-{topic}", 1, 1, topic))[0]


def stood_still(database: Database, position: int) -> None:
    expected = dict.fromkeys(NAMES, (position - 1, "stopped", position))
    eventually(lambda: standing(database) == expected, f"every read model has stopped before {position}")


@contextmanager
def fed_slowly(database: Database) -> Iterator[None]:
    """A projector that leads every read model, as that of a running server does, and is a moment behind."""
    leads, stopping = threading.Event(), threading.Event()

    def serve() -> None:
        with feeder(database) as connection:
            led = [model for model in READ_MODELS if lead(connection, model)]
            catch_up_together(connection, led)
            leads.set()
            while not stopping.wait(0.4):
                catch_up_together(connection, led)

    server = threading.Thread(target=serve)
    server.start()
    try:
        assert leads.wait(30)
        yield
    finally:
        stopping.set()
        server.join()
