"""Load with a fault every minute: 20 commands and 200 reads a second, while something breaks.

``python -m tests.bench.faults MINUTES [SEED]`` (30 by default). It fails on an answer of 5xx other than 503 with a
code, on an acknowledged command that is not in the log exactly once, and on memory that still grows after the first
quarter.
"""

import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import ClassVar, NamedTuple

import psutil

from infra.database.postgres import Database, embedded
from infra.feeding.migrate import migrate
from infra.feeding.projector import project_all
from infra.imports.cbp import facts as cbp
from infra.log.postgres_log import PostgresLog
from infra.seals.settings import SealSettings
from tests.bench.load import post
from tests.bench.soak import EVERY_SECONDS, FLAT, MEGABYTE, READS, SUBMIT, slope
from tests.bench.turns import write_down
from tests.kit.database.servers import home_of_its_own
from tests.kit.sealing import Sealed

COMMANDS_A_SECOND, READS_A_SECOND = 20, 200
COMMANDERS, READERS = 4, 10
FAULT_SECONDS = 60.0
# How long a disk stays slow.
SLOW_SECONDS = 15.0
LENGTH = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)


class Answer(NamedTuple):
    """An answer: its status, 0 where the connection broke, its first code, and how long it took in ms."""

    status: int
    code: str
    took: float


class Client:
    """A connection that is opened again when it breaks."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def ask(self, request: bytes) -> Answer:
        """The answer to *request*."""
        began = time.monotonic()
        try:
            if self._socket is None:
                self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=60)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.sendall(request)
            status, body = self._read(self._socket)
        except OSError as error:
            if self._socket is not None:
                self._socket.close()
            self._socket = None
            return Answer(0, type(error).__name__, (time.monotonic() - began) * 1000)
        took = (time.monotonic() - began) * 1000
        try:
            errors = json.loads(body).get("errors") or []
        except ValueError:
            return Answer(status, "not JSON", took)
        return Answer(status, errors[0].get("extensions", {}).get("code", "none") if errors else "", took)

    def _read(self, opened: socket.socket) -> tuple[int, bytes]:
        got = b""
        while (end := got.find(b"\r\n\r\n")) < 0:
            got += _more(opened)
        found = LENGTH.search(got, 0, end)
        length = int(found[1]) if found else 0
        body = got[end + 4 :]
        while len(body) < length:
            body += _more(opened)
        return int(got[9:12]), body


def _more(opened: socket.socket) -> bytes:
    part = opened.recv(1 << 18)
    if not part:
        raise ConnectionError("closed")
    return part


class Load:
    """The clients, and what they were answered."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.stop = threading.Event()
        self.reads, self.commands = list[Answer](), list[Answer]()
        self.acknowledged = list[str]()
        self._numbers = count()
        self._threads = [
            *(threading.Thread(target=self._command, daemon=True) for _ in range(COMMANDERS)),
            *(threading.Thread(target=self._read, daemon=True) for _ in range(READERS)),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self.stop.set()
        for thread in self._threads:
            thread.join()

    def _paced(self, a_second: float) -> Iterator[None]:
        due = time.monotonic()
        while not self.stop.wait(max(0.0, due - time.monotonic())):
            yield
            # After an outage the pace goes on; what was missed is not sent all at once.
            due = max(due + 1 / a_second, time.monotonic() - 1)

    def _command(self) -> None:
        client = Client(self.port)
        for _ in self._paced(COMMANDS_A_SECOND / COMMANDERS):
            number = next(self._numbers)
            name = f"fault-{number}"
            given = {"id": name, "reference": name, "amount": f"{1000 + number % 977}.00"}
            request = post("/graphql", json.dumps({"query": SUBMIT, "variables": given}).encode())
            # A client sends a command again, under its id, until it is answered.
            while True:
                answer = client.ask(request)
                self.commands.append(answer)
                if answer.status == 200 and not answer.code:
                    self.acknowledged.append(name)
                    break
                if self.stop.wait(0.2):
                    break

    def _read(self) -> None:
        client = Client(self.port)
        bodies = [post("/graphql", json.dumps({"query": query}).encode()) for query in READS]
        for number, _ in enumerate(self._paced(READS_A_SECOND / READERS)):
            self.reads.append(client.ask(bodies[number % len(bodies)]))


# --- The processes, and what breaks -----------------------------------------------------------------------------------


class Processes:
    """The web process, two projectors and the sealer, which a supervisor starts again when they end."""

    COMMANDS: ClassVar = {
        "web": ["serve", "--no-projector"],
        "projector": ["project"],
        "another projector": ["project"],
        "sealer": ["seal"],
    }

    def __init__(self, environ: dict[str, str]) -> None:
        self._environ = environ
        self.running = {name: self._begin(name) for name in self.COMMANDS}
        self.ended = Counter[str]()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._supervise, daemon=True)
        self._thread.start()

    def _begin(self, name: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "infra.cli", *self.COMMANDS[name]],
            env=os.environ | self._environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _supervise(self) -> None:
        while not self._over.wait(1.0):
            for name, running in self.running.items():
                if running.poll() is not None:
                    self.ended[name] += 1
                    self.running[name] = self._begin(name)

    def end(self) -> None:
        self._over.set()
        self._thread.join()
        for running in self.running.values():
            running.terminate()
        for running in self.running.values():
            running.wait(30)


def kill_connections(database: Database, _: Processes, __: Path) -> None:
    """Every connection of a role that serves is ended."""
    with database.connect() as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename LIKE 'fundtrail\\_%' AND pid <> pg_backend_pid()"
        )


def kill_projector(_: Database, processes: Processes, __: Path) -> None:
    """One of the projectors is killed, and begins again. The other one takes over."""
    killed = max(("projector", "another projector"), key=lambda name: _spent(processes.running[name].pid))
    processes.running[killed].kill()


def _spent(pid: int) -> float:
    """The processor time of a process: the projector that leads has spent more of it."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def kill_sealer(_: Database, processes: Processes, __: Path) -> None:
    """The sealer is killed, and begins again."""
    processes.running["sealer"].kill()


def restart_server(database: Database, _: Processes, home: Path) -> None:
    """PostgreSQL ends (fast), and is started again by those who use it."""
    del database
    pid = int((home / "postgres" / "postmaster.pid").resolve().read_text().splitlines()[0])
    os.kill(pid, signal.SIGINT)


def slow_disk(_: Database, __: Processes, home: Path) -> None:
    """Others write to the same disk, and wait for it after each write."""
    until = time.monotonic() + SLOW_SECONDS

    def write(number: int) -> None:
        file = home / f"slow-{number}"
        with file.open("wb", buffering=0) as opened:
            while time.monotonic() < until:
                opened.seek(0)
                opened.write(b"\0" * 4 * MEGABYTE)
                os.fsync(opened.fileno())
        file.unlink()

    writers = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()


FAULTS: tuple[Callable[[Database, Processes, Path], None], ...] = (
    kill_connections, kill_projector, restart_server, slow_disk, kill_sealer
)  # fmt: skip


# --- The run ----------------------------------------------------------------------------------------------------------


def faults(home: Path, database: Database, port: int, minutes: float, seed: int) -> dict[str, object]:
    """Load the application for some *minutes* with a fault each minute, and return the figures."""
    settings = SealSettings(home / "outside" / "seal.key", home / "outside" / "seals")
    environ = {
        "FUNDTRAIL_HOME": str(home), "PORT": f"{port}", "FUNDTRAIL_SEAL_KEY": str(settings.key),
        "FUNDTRAIL_SEALS": str(settings.folder),
    }  # fmt: skip
    with _processes(environ, port) as processes:
        load, chosen, done = Load(port), random.Random(seed), Counter[str]()
        load.start()
        began, samples, due = time.monotonic(), list[tuple[float, float]](), FAULT_SECONDS / 2
        shown = 0.0
        while (passed := time.monotonic() - began) < minutes * 60:
            if passed >= shown:
                memory = psutil.Process(processes.running["web"].pid).memory_info().rss / MEGABYTE
                samples.append((passed, memory))
                sys.stdout.write(f"{passed / 60:5.1f} min  {memory:6.1f} MB  {len(load.reads)} {len(load.commands)}\n")
                sys.stdout.flush()
                shown += EVERY_SECONDS
            if passed >= due:
                fault = chosen.choice(FAULTS)
                done[fault.__name__] += 1
                sys.stdout.write(f"{passed / 60:5.1f} min  {fault.__name__}\n")
                fault(database, processes, home)
                due += FAULT_SECONDS
            time.sleep(0.2)
        load.end()
        time.sleep(5)
        ended = dict(processes.ended)
    figures = judged(load, samples) | {"faults": dict(done), "begun_again": ended, "seed": seed}
    return figures | proved(database, load, settings)


@contextmanager
def _processes(environ: dict[str, str], port: int) -> Iterator[Processes]:
    processes = Processes(environ)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            time.sleep(0.1)
        time.sleep(3)
        yield processes
    finally:
        processes.end()


def judged(load: Load, samples: list[tuple[float, float]]) -> dict[str, object]:
    """The figures of the answers and of the memory."""
    found: dict[str, object] = {}
    for name, answers in (("reads", load.reads), ("commands", load.commands)):
        kinds = Counter(f"{one.status} {one.code}".strip() for one in answers)
        good = sorted(one.took for one in answers if one.status == 200 and not one.code)
        every = sorted(one.took for one in answers)
        found |= {
            name: dict(kinds),
            f"{name}_p50_ms": round(good[len(good) // 2], 1),
            f"{name}_p99_ms": round(good[int(len(good) * 0.99)], 1),
            f"{name}_p99_with_refused_ms": round(every[int(len(every) * 0.99)], 1),
        }
    bad = [one for one in (*load.reads, *load.commands) if one.status >= 500 and (one.status != 503 or not one.code)]
    later = [sample for sample in samples if sample[0] >= samples[-1][0] / 4]
    return found | {
        "minutes": round(samples[-1][0] / 60, 1),
        "megabytes": [round(one, 1) for _, one in samples],
        "growth_a_minute_after_the_first_quarter": round(slope(later) / 60, 2),
        "flat": slope(later) <= FLAT,
        "bad_answers": len(bad),
    }


def proved(database: Database, load: Load, settings: SealSettings) -> dict[str, object]:
    """Whether each acknowledged command is in the log exactly once, and the log is the one that was sealed."""
    with database.connect() as connection:
        times: dict[str, int] = dict(
            connection.execute(
                "SELECT command_id, count(*) FROM log.events WHERE command_id = ANY (%s) GROUP BY 1",
                (load.acknowledged,),
            ).fetchall()
        )
    compared = Sealed(database, settings).compared()
    project_all(database)
    return {
        "acknowledged": len(load.acknowledged),
        "lost": len([name for name in load.acknowledged if name not in times]),
        "twice": len([name for name, found in times.items() if found > 1]),
        "sealed": compared.sealed,
        "differences": [one.sentence for one in compared.differences],
    }


def main() -> None:
    """Load the programme, run it under faults, print and write down the figures."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 30.0
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1_000_000)
    with home_of_its_own() as home:
        database = embedded(home)
        migrate(database)
        with PostgresLog(database) as log:
            cbp.full_report(cbp.import_cbp(log, correlation_id="faults"))
        project_all(database)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        figures = faults(home, database, port, minutes, seed)
    write_down("faults", figures)
    sys.stdout.write(f"{json.dumps(figures)}\n")
    wrong = figures["bad_answers"] or figures["lost"] or figures["twice"] or figures["differences"]
    sys.exit(1 if wrong or not figures["flat"] else 0)


if __name__ == "__main__":
    main()
