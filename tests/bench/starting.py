"""Starting a command: processor time and elapsed time of whole processes, medians of several runs in turns."""

import os
import resource
import statistics
import subprocess
import sys
import time

from infra.database.postgres import embedded
from infra.feeding.migrate import migrate
from infra.feeding.projector import project_all
from infra.imports.cbp import facts as cbp
from infra.log.postgres_log import PostgresLog
from tests.bench.turns import write_down
from tests.kit.database.servers import home_of_its_own

ROUNDS = 11
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("--help",),
    ("commands",),
    ("timeline", "dip"),
    ("funding", "cbp"),
    ("audit",),
)


def run(words: tuple[str, ...], url: str) -> tuple[float, float]:
    """The processor time and the elapsed time of one command, in milliseconds."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "infra.cli", *words],
        env=os.environ | {"DATABASE_URL": url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    after, elapsed = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - began
    return ((after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)) * 1000, elapsed * 1000


def main() -> None:
    """Load the programme, run each command in turns, print and write down the medians."""
    with home_of_its_own() as home:
        database = embedded(home, "bench")
        migrate(database)
        with PostgresLog(database) as log:
            cbp.full_report(cbp.import_cbp(log, correlation_id="bench"))
        project_all(database)
        times: dict[tuple[str, ...], list[tuple[float, float]]] = {words: [] for words in COMMANDS}
        for _ in range(ROUNDS):
            for words in COMMANDS:
                times[words].append(run(words, database.url))
        rows = []
        for words, taken in times.items():
            cpu, elapsed = (round(statistics.median(each[part] for each in taken)) for part in (0, 1))
            rows.append({"command": " ".join(words), "cpu_p50_ms": cpu, "elapsed_p50_ms": elapsed})
            sys.stdout.write(f"fundtrail {' '.join(words):20} CPU {cpu} ms, elapsed {elapsed} ms\n")
        write_down("starting", {"rounds": ROUNDS, "results": rows})


if __name__ == "__main__":
    main()
