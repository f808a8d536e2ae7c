"""How long it takes to verify a long log, check by check, and the memory of the process that reads the log.

python -m tests.bench.verifying [EVENTS]: with EVENTS events, by default 100,000.
"""

import resource
import sys
from collections.abc import Sequence

import psycopg
from psycopg.rows import TupleRow

from infra.database.postgres import Database, embedded
from infra.feeding.migrate import migrate
from infra.feeding.rebuild import rebuild_in_parallel
from infra.verifying.checking import verify
from infra.verifying.moment import at_one_moment
from infra.verifying.report import in_words, outcome
from projections.read_models import READ_MODELS
from tests.bench.grown import grow
from tests.bench.projecting import fill
from tests.bench.turns import write_down
from tests.kit.database.servers import home_of_its_own

EVENTS = 100_000

COMMANDS = """
    INSERT INTO log.commands (command_id, fingerprint, subject, position, recorded_at)
    SELECT command_id, '', min(originator_id), max(notification_id), max(recorded_at) FROM log.events e
     WHERE NOT EXISTS (SELECT FROM log.commands c WHERE c.command_id = e.command_id) GROUP BY 1"""


def complete(database: Database) -> None:
    """Add what follows from the copied events of a grown log: their commands, references and counters."""
    with at_one_moment(database) as moment, database.connect() as connection, connection.transaction():
        connection.execute(COMMANDS)
        references = [(*key, *of) for key, of in moment.fold.references.items()]
        _copied(connection, "log.references", "kind, text, subject, stream", references)
        counters = [(name, *of) for name, of in moment.fold.counters.items()]
        _copied(connection, "log.counters", "name, ceiling, used", counters)


def _copied(
    connection: psycopg.Connection[TupleRow], table: str, columns: str, rows: Sequence[tuple[object, ...]]
) -> None:
    """Copy those of *rows* into *table* that it does not have."""
    connection.execute(f"CREATE TEMP TABLE copied (LIKE {table}) ON COMMIT DROP".encode())
    with connection.cursor().copy(f"COPY copied ({columns}) FROM STDIN".encode()) as copy:
        for row in rows:
            copy.write_row(row)
    connection.execute(
        f"INSERT INTO {table} ({columns}) SELECT {columns} FROM copied ON CONFLICT DO NOTHING;"
        " DROP TABLE copied".encode()
    )


def main() -> None:
    """Measure, print the results, and write a dated file."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    with home_of_its_own() as home:
        database = embedded(home, "bench_verified")
        migrate(database)
        length = grow(database, fill(database, spread=True), wanted)
        complete(database)
        rebuild_in_parallel(database, READ_MODELS)
        report = verify(database)
    found = {
        result.check.name: {
            "seconds": round(result.seconds, 1),
            "looked": in_words(result.looked),
            "result": outcome(result),
        }
        for result in report.results
    }
    for name, of in found.items():
        sys.stdout.write(f"{name}: {of}\n")
    for result in report.results:
        for finding in result.findings:
            sys.stdout.write(f"{result.check.name}: {finding}\n")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stdout.write(f"{length} events, {peak} MB at most in the process that reads the log\n")
    seconds = round(sum(result.seconds for result in report.results), 1)
    write_down("verifying", {"events": length, "seconds": seconds, "peak_mb": peak, "checks": found})


if __name__ == "__main__":
    main()
