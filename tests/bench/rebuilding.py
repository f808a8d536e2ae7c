"""How fast read models are rebuilt from a long log, and how that grows; how fast a past timeline is read in SQL.

python -m tests.bench.rebuilding [EVENTS]: with EVENTS events, by default a million, and with a tenth of them.
"""

import statistics
import sys
import time

from infra.database.postgres import APP, Database, embedded
from infra.feeding.migrate import migrate
from infra.feeding.rebuild import rebuild, rebuild_in_parallel
from projections.audit import trail as audit
from projections.read_models import READ_MODELS
from tests.bench.grown import grow
from tests.bench.projecting import fill
from tests.bench.turns import write_down
from tests.kit.database.servers import home_of_its_own

EVENTS, ROUNDS, ASKED = 1_000_000, 3, 300
ENTRIES = 200


def seconds_to_rebuild_one(database: Database) -> float:
    """Seconds to rebuild the audit trail, whose rows are only added."""
    began = time.perf_counter()
    rebuild(database, [audit])
    return time.perf_counter() - began


def seconds_to_rebuild_all(database: Database) -> float:
    """Seconds to rebuild every read model on all processors."""
    began = time.perf_counter()
    rebuild_in_parallel(database, READ_MODELS)
    return time.perf_counter() - began


AS_KNOWN = """
    SELECT position, lane, kind, "on", sorts_on, until, recorded_at, title, amount, currency, actor, event_id
      FROM timeline WHERE thing = %s AND position <= %s ORDER BY sorts_on, position LIMIT %s"""


def milliseconds_as_known(database: Database) -> list[float]:
    """Times in ms to read a timeline with ENTRIES entries at a past moment, and at least as many since."""
    took = []
    with database.connect() as owner:
        row = owner.execute(
            "SELECT thing, (array_agg(position ORDER BY position))[%s] FROM read.timeline"
            " GROUP BY 1 HAVING count(*) >= %s LIMIT 1",
            (ENTRIES, 2 * ENTRIES),
        ).fetchone()
    assert row is not None, "no partnership has so long a timeline"
    with database.connect(APP) as reader:
        for _ in range(ASKED):
            began = time.perf_counter()
            found = reader.execute(AS_KNOWN, (*row, ENTRIES), prepare=True).fetchall()
            took.append((time.perf_counter() - began) * 1000)
            assert len(found) == ENTRIES
    return sorted(took)


def main() -> None:
    """Measure, print the results, and write a dated file."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    with home_of_its_own() as home:
        lengths = {}
        databases = {"tenth": embedded(home, "bench_tenth"), "full": embedded(home, "bench_full")}
        for size, database in databases.items():
            migrate(database)
            length = fill(database)
            lengths[size] = grow(database, length, wanted if size == "full" else wanted // 10)
        one: dict[str, list[float]] = {size: [] for size in databases}
        everything: dict[str, list[float]] = {size: [] for size in databases}
        for _ in range(ROUNDS):
            for size, database in databases.items():
                one[size].append(lengths[size] / seconds_to_rebuild_one(database))
                everything[size].append(seconds_to_rebuild_all(database))
        known = milliseconds_as_known(databases["full"])
        result = {
            "events": lengths,
            "audit_events_a_second": {size: round(statistics.median(found)) for size, found in one.items()},
            "everything_seconds": {size: round(statistics.median(found), 1) for size, found in everything.items()},
            "timeline_as_known_p50_ms": round(statistics.median(known), 2),
            "timeline_as_known_p99_ms": round(known[int(len(known) * 0.99) - 1], 2),
        }
        for name, value in result.items():
            sys.stdout.write(f"{name}: {value}\n")
        write_down("rebuilding", result)


if __name__ == "__main__":
    main()
