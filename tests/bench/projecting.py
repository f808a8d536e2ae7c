"""How fast read models are updated, compared with the library, and how soon a command is visible (``make bench``)."""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import psycopg
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.sql import SQL, Identifier

from domain import award
from domain.values.ids import AwardId
from domain.values.when import When
from infra.database.postgres import Database, embedded
from infra.feeding.migrate import migrate
from infra.feeding.projector import Projector, catch_up, feeder, lead
from infra.imports.cbp import facts as cbp
from infra.log.postgres_log import PostgresLog
from projections.read_models import READ_MODELS, ReadModel
from tests.bench.turns import write_down
from tests.kit.database.servers import home_of_its_own
from tests.kit.money import Desk, gbp

AWARDS, ROUNDS, COMMANDS = 300, 3, 200
THEIRS = 3000


def fill(database: Database, *, spread: bool = False) -> int:
    """Write awards of seven payments each, for one partnership or *spread* over all. Return the length of the log."""
    with PostgresLog(database) as log:
        cbp.full_report(cbp.import_cbp(log, correlation_id="bench"))
        desk = Desk(log)
        codes = _partnerships(database) if spread else ["dip"]
        for number in range(AWARDS):
            award_id = desk.accepted_award(f"bench-{number}", "5000.00", partnership=codes[number % len(codes)])
            for payment in range(1, 8):
                desk.pay(award_id, payment, "100.00", "2004-08-01")
        return log.position()


def _partnerships(database: Database) -> list[str]:
    with database.connect() as connection:
        formed = connection.execute(
            "SELECT convert_from(state, 'UTF8')::json ->> 'code' FROM log.events WHERE topic = 'PartnershipFormed'"
        )
        return sorted(code for (code,) in formed)


def empty(database: Database, model: ReadModel) -> None:
    """Empty the tables of *model*, and set its position to 0."""
    with database.connect() as connection:
        for table in model.TABLES:
            connection.execute(SQL("TRUNCATE {}").format(Identifier("read", table)))
        connection.execute("UPDATE read.projections SET position = 0 WHERE name = %s", (model.NAME,))


def one_by_one(database: Database, length: int) -> dict[str, float]:
    """Events a second of each read model when it is updated alone."""
    found = {}
    for model in READ_MODELS:
        empty(database, model)
        with feeder(database) as connection:
            assert lead(connection, model)
            began = time.perf_counter()
            catch_up(connection, model)
            found[model.NAME] = length / (time.perf_counter() - began)
    return found


def all_together(database: Database, length: int) -> float:
    """Events a second of all read models, updated together."""
    for model in READ_MODELS:
        empty(database, model)
    began = time.perf_counter()
    with Projector(database), database.connect() as connection:
        while _behind(connection) < length:
            time.sleep(0.005)
        return length / (time.perf_counter() - began)


def _behind(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute("SELECT min(position) FROM read.projections", prepare=True).fetchone()
    return int(row[0]) if row else 0


@contextmanager
def elsewhere(database: Database) -> Iterator[None]:
    """A projector in a separate process, as the service runs it."""
    program = "import time; from infra.database.postgres import Database as D\n"
    program += "from infra.feeding.projector import Projector as P\n"
    program += f"with P(D({database.url!r})): time.sleep(3600)"
    with subprocess.Popen([sys.executable, "-c", program]) as process:
        time.sleep(3)
        assert process.poll() is None, "the projector has ended"
        try:
            yield
        finally:
            process.kill()


def visible(database: Database, feeding: AbstractContextManager[Any], award_id: AwardId) -> list[float]:
    """Milliseconds from handing in a command until the timeline shows it, at 20 commands a second."""
    took = []
    with PostgresLog(database) as log, feeding, database.connect() as connection:
        desk = Desk(log)
        shown = "SELECT position >= %s FROM read.projections WHERE name = 'timeline'"
        for number in range(COMMANDS):
            began = time.perf_counter()
            answer = desk.do(
                award.ReportExpenditure(
                    award_id=award_id, number=number + 1, amount=gbp("1.00"), description="x", on=When("2004-09-01")
                )
            )
            while (row := connection.execute(shown, (answer.position,), prepare=True).fetchone()) and not row[0]:
                time.sleep(0.0002)
            took.append((time.perf_counter() - began) * 1000)
            time.sleep(max(0.0, 0.05 - took[-1] / 1000))
    return took


# --- The library's own runner -----------------------------------------------------------------------------------------


class Payment(Aggregate):
    """An aggregate with one kind of event after its first."""

    @event("Begun")
    def __init__(self, reference: str) -> None:
        self.reference = reference

    @event("Paid")
    def pay(self, amount: int) -> None:
        """Pay."""


class Payments(Application[UUID]):
    """The library's application, as its documentation shows it."""


class View(PostgresTrackingRecorder):
    """One table with a row for each event."""

    def __init__(self, datastore: PostgresDatastore, **kwargs: Any) -> None:
        super().__init__(datastore, **kwargs)
        self.sql_create_statements.append(
            SQL("CREATE TABLE IF NOT EXISTS {} (position bigint PRIMARY KEY, kind text)").format(
                Identifier("public", "seen")
            )
        )

    def see(self, kind: str, tracking: Tracking) -> None:
        """Note an event and the tracking position in one transaction."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute("INSERT INTO public.seen VALUES (%s, %s)", (tracking.notification_id, kind))


class Seen(Projection[View]):
    """Notes every event."""

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        """Process an event."""
        self.view.see(type(domain_event).__name__, tracking)


def theirs(database: Database) -> float:
    """Events a second of the library's ProjectionRunner with one table."""
    about = psycopg.conninfo.conninfo_to_dict(database.url)
    env = {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(about["dbname"]), "POSTGRES_HOST": str(about["host"]),
        "POSTGRES_PORT": str(about.get("port", "5432")), "POSTGRES_USER": str(about["user"]),
        "POSTGRES_PASSWORD": str(about.get("password") or "none"),
        "PROJECTION_NAME": f"seen_{uuid5(NAMESPACE_URL, str(uuid4())).hex[:8]}",
    }  # fmt: skip
    app = Payments(env)
    for number in range(THEIRS // 100):
        payment = Payment(reference=f"{number}")
        for amount in range(99):
            payment.pay(amount)
        app.save(payment)
    last = app.recorder.max_notification_id()
    assert last is not None
    began = time.perf_counter()
    with ProjectionRunner(application_class=Payments, projection_class=Seen, view_class=View, env=env) as runner:
        runner.wait(last, timeout=120)
        spent = time.perf_counter() - began
    app.close()
    return last / spent


def main() -> None:
    """Measure in turns, print the results, and write a dated file."""
    with home_of_its_own() as home:
        database = embedded(home, "bench_projecting")
        migrate(database)
        length = fill(database)
        singly: list[dict[str, float]] = []
        together, library = [], []
        for turn in range(ROUNDS):
            singly.append(one_by_one(database, length))
            together.append(all_together(database, length))
            library.append(theirs(embedded(home, f"bench_library_{turn}")))
        took = sorted(visible(database, Projector(database), AwardId("award-bench-0")))
        apart = sorted(visible(database, elsewhere(database), AwardId("award-bench-1")))
        result = {
            "events": length,
            "events_a_second": {name: round(statistics.median(one[name] for one in singly)) for name in singly[0]},
            "all_together": round(statistics.median(together)),
            "library_one_table": round(statistics.median(library)),
            "visible_p50_ms": round(statistics.median(took), 2),
            "visible_p99_ms": round(took[int(len(took) * 0.99) - 1], 2),
            "visible_from_a_process_of_its_own_p50_ms": round(statistics.median(apart), 2),
            "visible_from_a_process_of_its_own_p99_ms": round(apart[int(len(apart) * 0.99) - 1], 2),
        }
        for name, value in result.items():
            sys.stdout.write(f"{name}: {value}\n")
        write_down("projecting", result)


if __name__ == "__main__":
    main()
