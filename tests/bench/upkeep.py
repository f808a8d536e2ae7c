"""How long appends wait during maintenance: VACUUM, ANALYZE and REINDEX CONCURRENTLY under load."""

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from infra.database.postgres import embedded
from infra.feeding.migrate import migrate
from infra.log.recorder import LogDatastore, LogRecorder
from tests.bench.append import lengthen, ours
from tests.bench.turns import write_down
from tests.kit.database.servers import home_of_its_own

ROWS, WRITERS, TIMES = 500_000, 8, 5
UPKEEP = (
    "VACUUM log.events",
    "VACUUM log.commands",
    "ANALYZE log.events",
    "REINDEX TABLE CONCURRENTLY log.events",
    "REINDEX TABLE CONCURRENTLY log.commands",
)


def main() -> None:
    """Append with eight writers during each kind of maintenance. Print the slowest append of each, and write a file."""
    with home_of_its_own() as home:
        database = embedded(home, "bench_upkeep")
        migrate(database)
        lengthen(database, ROWS)
        append = ours(recorder := LogRecorder(LogDatastore(database)))
        stopping = threading.Event()
        took: list[list[tuple[float, float]]] = [[] for _ in range(WRITERS)]

        def work(number: int) -> None:
            while not stopping.is_set():
                began = time.perf_counter()
                append(1)
                took[number].append((began, time.perf_counter()))

        spans: list[tuple[str, float, float]] = []
        with ThreadPoolExecutor(WRITERS) as pool, database.connect() as owner:
            working = [pool.submit(work, number) for number in range(WRITERS)]
            began = time.perf_counter()
            time.sleep(5)
            spans.append(("nothing", began, time.perf_counter()))
            for _ in range(TIMES):
                for statement in UPKEEP:
                    began = time.perf_counter()
                    owner.execute(statement)
                    spans.append((statement, began, time.perf_counter()))
            stopping.set()
            for one in working:
                one.result()
        calls = [call for of_one in took for call in of_one]
        result = {}
        for name in dict.fromkeys(name for name, _, _ in spans):
            found = sorted(
                ended - began
                for began, ended in calls
                if any(start < ended and began < end for what, start, end in spans if what == name)
            )
            result[name] = {
                "appends": len(found),
                "p99_ms": round(found[int(len(found) * 0.99) - 1] * 1000, 1),
                "slowest_ms": round(found[-1] * 1000, 1),
            }
            sys.stdout.write(f"{name:42} {result[name]}\n")
        write_down("upkeep", {"rows": ROWS, "writers": WRITERS, "results": result})
        recorder.datastore.close()


if __name__ == "__main__":
    main()
