"""Orders and events that the tests of log and projector write, and functions that show what was written."""

import json
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from uuid import uuid4

from domain.desk import decide
from domain.history import Command, Decision, Log, Order
from domain.organisation import RegisterOrganisation, RenameOrganisation
from domain.reading import Reading
from domain.values.ids import OrganisationId
from domain.values.when import When
from infra.database.postgres import Database
from infra.log.recorder import CommandRow, StoredFact
from projections.read_models import READ_MODELS
from tests.kit.officers import officer_for

T = TypeVar("T")

ON = When("2004-05-17")
# Long enough for the slowest machine. A condition that a test waits for is checked many times a second.
PATIENCE_SECONDS = 60.0


# --- Orders -----------------------------------------------------------------------------------------------------------


def register(number: int = 1, name: str = "Carlisle City Council") -> RegisterOrganisation:
    """Register organisation *number*, with its own code."""
    return RegisterOrganisation(
        organisation_id=stream(number), code=f"council-{number}", name=name, kind="council", on=ON
    )


def rename(number: int, name: str) -> RenameOrganisation:
    """Give organisation *number* another name."""
    return RenameOrganisation(organisation_id=stream(number), name=name, on=ON)


def stream(number: int) -> OrganisationId:
    """The id of organisation *number*."""
    return OrganisationId(f"organisation-{number}")


def order(
    command: Command, command_id: str | None = None, *, actor: str | None = None, said: str | None = None
) -> Order:
    """*command* as *actor* hands it in, or the officer who has its duty."""
    return Order(
        command_id=command_id or f"command-{uuid4()}",
        command=command,
        said=said or repr(command),
        actor=actor or officer_for(command, "ann"),
    )


def decided(log: Log, given: Order) -> Decision:
    """The decision on *given* from the present log, not yet recorded."""
    reading = Reading(log)
    written = decide(reading, given.command)
    return Decision(order=given, written=tuple(written), seen=dict(reading.seen))


# --- Events without a decision ----------------------------------------------------------------------------------------


def stored(stream: str, first: int, count: int, topic: str = "OrganisationRenamed") -> list[StoredFact]:
    """*count* events of *stream*, from version *first*."""
    return [
        StoredFact(stream, version, topic, json.dumps({"on": "2004", "name": f"name {version}"}).encode())
        for version in range(first, first + count)
    ]


def command_row(command_id: str | None = None) -> CommandRow:
    """A command in the form that the recorder requires."""
    made = command_id or f"command-{uuid4()}"
    return CommandRow(made, b"", "organisation-1", "ann", None, made, None)


# --- Looking ----------------------------------------------------------------------------------------------------------


def ask(database: Database, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """The rows of *statement*, run with the rights of the owner."""
    with database.connect() as connection:
        cursor = connection.execute(statement.encode(), parameters or None)
        return cursor.fetchall() if cursor.description else []


def everything(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of the log, by table."""
    return {table: ask(database, f"SELECT * FROM log.{table} ORDER BY 1, 2") for table in TABLES}


TABLES = ("events", "commands", "references")


def read_tables(database: Database) -> dict[str, list[str]]:
    """The rows of every table of every read model, as sorted texts. Equal texts mean equal tables, byte for byte."""
    return {
        table: [row for (row,) in ask(database, f'SELECT t::text FROM read."{table}" t ORDER BY t::text COLLATE "C"')]
        for model in READ_MODELS
        for table in model.TABLES
    }


def eventually(look: Callable[[], T], what: str) -> T:
    """The result of *look*, once it is true. Fails with *what* if it does not become true in time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()):
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.01)
    return found


def waiting(database: Database, fragment: str) -> int:
    """The number of statements containing *fragment* that wait for a lock in *database*."""
    ((found,),) = ask(
        database,
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND wait_event_type = 'Lock' AND position(%s in query) > 0",
        (fragment,),
    )
    return int(found)


def at_once(work: Sequence[Callable[[], T]]) -> list[T]:
    """The results of *work*, all started at the same moment in their own threads."""
    start = threading.Barrier(len(work))

    def begin(one: Callable[[], T]) -> T:
        start.wait(PATIENCE_SECONDS)
        return one()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(begin, work))
