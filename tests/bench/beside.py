"""What a command and a hot read cost now, beside an earlier state of the code: both in turns, in one run.

python -m tests.bench.beside COMMIT (``make beside COMMIT=``): COMMIT is the earlier state.

Each side runs in a process of its own, with its own database, and takes many short turns, because the speed of a
machine changes. Processor time says more than time on a machine that others use; it is read as Linux counts it.
"""

import gc
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

HERE = Path(__file__).parents[2]
TURNS, WARMING = 40, 3
# Commands of each kind, and answers to each question, in a turn.
AT_ONCE = 50
QUESTIONS = {
    "a page of a timeline": '{ partnership(code: "dip") { timeline(first: 20) { nodes { title } } } }',
    "the funding of a partnership": '{ partnership(code: "dip") { name funding { awarded { amount } } } }',
}
Taken = dict[str, float]


def run_of(pid: int) -> float:
    """The processor time of a process so far, in seconds, with all of its threads."""
    return sum(int(file.read_text().split()[0]) for file in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


# --- One side, which runs in the tree that it measures ----------------------------------------------------------------


class Side:
    """The code of one tree, with a database of its own."""

    def __init__(self, home: Path) -> None:
        from infra.database.postgres import embedded
        from infra.feeding.migrate import migrate
        from infra.feeding.projector import project_all
        from infra.imports.cbp import facts as cbp
        from infra.log.postgres_log import PostgresLog
        from tests.kit.money import Desk

        self.database = embedded(home, "bench_beside")
        migrate(self.database)
        self.log = PostgresLog(self.database)
        cbp.full_report(cbp.import_cbp(self.log, correlation_id="bench"))
        self.desk = Desk(self.log)
        project_all(self.database)
        with self.database.connect() as connection:
            connection.execute("VACUUM ANALYZE")
        with self.log.datastore.appender() as appender:
            self.backend = appender.connection.info.backend_pid
        self.port = self._serve()

    def _serve(self) -> int:
        import uvicorn

        from api.limits.weighing import Limits
        from infra.web.app import create_app
        from infra.web.connections import configuration

        server = uvicorn.Server(
            configuration(create_app(self.database), Limits(), host="127.0.0.1", port=0, log_level="warning")
        )
        threading.Thread(target=server.run, daemon=True).start()
        while not server.started:
            time.sleep(0.01)
        port: int = server.servers[0].sockets[0].getsockname()[1]
        return port

    def turn(self, what: str) -> dict[str, Taken]:
        """The cost of each command, or of the answer to the question *what*, in milliseconds."""
        return {what: self._asked(what)} if what in QUESTIONS else self._commanded()

    def _commanded(self) -> dict[str, Taken]:
        from domain import award, bid
        from domain.values.ids import BidId, PartnershipId
        from domain.values.when import When
        from tests.kit.money import gbp

        taken: dict[str, Taken] = {}
        # A new award for each ten payments, so that it has as many events in every turn.
        for _ in range(AT_ONCE // 10):
            name = uuid4().hex
            award_id = self.desk.accepted_award(name, "5000.00")
            dip = PartnershipId(self.desk.find("partnership", "dip"))
            on = When("2004-08-01")
            for number in range(1, 11):
                of: dict[str, Any] = {"award_id": award_id, "number": number, "on": on}
                steps: dict[str, tuple[Any, str]] = {
                    "submit a bid": (
                        bid.SubmitBid(
                            bid_id=BidId(f"bid-{name}-{number}"), partnership_id=dip, reference=f"{name}-{number}",
                            title="A bid", requested=gbp("100.00"), on=on,
                        ),
                        "bidder",
                    ),
                    "request a payment": (award.RequestPayment(**of, amount=gbp("10.00")), "requester"),
                    "approve a payment": (award.ApprovePayment(**of), "approver"),
                    "release a payment": (award.ReleasePayment(**of), "releaser"),
                }  # fmt: skip
                for what, (command, actor) in steps.items():
                    self._timed(taken.setdefault(what, {}), partial(self.desk.do, command, actor))
        return {what: {name: one * 1000 / AT_ONCE for name, one in of.items()} for what, of in taken.items()}

    def _timed(self, taken: Taken, do: Callable[[], object]) -> None:
        before, began, ran = run_of(self.backend), time.perf_counter(), time.thread_time()
        do()
        for name, one in (
            ("cpu", time.thread_time() - ran),
            ("wall", time.perf_counter() - began),
            ("database cpu", run_of(self.backend) - before),
        ):
            taken[name] = taken.get(name, 0.0) + one

    def _asked(self, what: str) -> Taken:
        from tests.bench.load import Client, post

        request = post("/graphql", json.dumps({"query": QUESTIONS[what]}).encode())
        client = Client(self.port)
        client.ask(request)
        backends, me = self._backends(), threading.get_native_id()
        of_client = Path(f"/proc/self/task/{me}/schedstat")
        before, own = sum(map(run_of, backends)), int(of_client.read_text().split()[0]) / 1e9
        began, ran = time.perf_counter(), run_of(os.getpid())
        for _ in range(AT_ONCE):
            answer = client.ask(request)
            assert b'"errors"' not in answer, answer
        wall, cpu = time.perf_counter() - began, run_of(os.getpid()) - ran
        own = int(of_client.read_text().split()[0]) / 1e9 - own
        client.close()
        found = {"cpu": cpu - own, "wall": wall, "database cpu": sum(map(run_of, backends)) - before}
        return {name: one * 1000 / AT_ONCE for name, one in found.items()}

    def _backends(self) -> list[int]:
        with self.database.connect() as connection:
            rows = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE usename = 'fundtrail_reader' AND pid <> pg_backend_pid()"
            ).fetchall()
        return [pid for (pid,) in rows]


def side(home: str) -> None:
    """Take turns as they are asked for on standard input."""
    taking = Side(Path(home))
    gc.collect()
    gc.freeze()  # As `fundtrail serve` does.
    print("ready", flush=True)  # noqa: T201 - the driver reads it
    for line in sys.stdin:
        print(json.dumps(taking.turn(line.strip())), flush=True)  # noqa: T201
    os._exit(0)


# --- The driver -------------------------------------------------------------------------------------------------------


class Running:
    """A side that runs in a process of its own."""

    def __init__(self, tree: Path, home: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", __file__, "--side", str(home)],
            cwd=tree,
            env=os.environ | {"PYTHONPATH": str(tree)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._read() == "ready", "the side ended"

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def turn(self, what: str) -> Any:
        """What the side measured in a turn."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{what}\n")
        self._process.stdin.flush()
        return json.loads(self._read())

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()


@contextmanager
def tree_of(commit: str) -> Iterator[Path]:
    """A folder with the files of *commit*."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, "before")
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", str(tree), commit], cwd=HERE, check=True)
        try:
            yield tree
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(tree)], cwd=HERE, check=True)


@contextmanager
def both(trees: dict[str, Path]) -> Iterator[dict[str, Running]]:
    """The sides of *trees*, each with a database server of its own."""
    from tests.kit.database.servers import home_of_its_own

    with ExitStack() as stack:
        sides = {}
        for name, tree in trees.items():
            sides[name] = Running(tree, stack.enter_context(home_of_its_own()))
            stack.callback(sides[name].end)
        yield sides


def main() -> None:
    """Take turns, print what each side takes and the ratio, and write a dated file."""
    from tests.bench.turns import write_down

    found: dict[tuple[str, str, str], list[float]] = {}
    with tree_of(sys.argv[1]) as tree, both({"before": tree, "now": HERE}) as sides:
        for turn in range(TURNS + WARMING):
            for what in random.sample(["commands", *QUESTIONS], 1 + len(QUESTIONS)):
                for name in random.sample(list(sides), 2):
                    for of, measures in sides[name].turn(what).items():
                        for measure, one in measures.items():
                            if turn >= WARMING:
                                found.setdefault((of, measure, name), []).append(one)
    rows = []
    for of, measure in dict.fromkeys((of, measure) for of, measure, _ in found):
        # The lower quartile: what others do on the machine only adds to a time.
        before, now = (statistics.quantiles(found[of, measure, name], n=4)[0] for name in ("before", "now"))
        ratio = now / before
        rows.append({"what": of, "measure": measure, "before_ms": before, "now_ms": now, "ratio": ratio})
        sys.stdout.write(f"{of:30} {measure:13} {before:6.3f} {now:6.3f} ms, ratio {ratio:.3f}\n")
    write_down("beside", {"turns": TURNS, "at_once": AT_ONCE, "results": rows})


if __name__ == "__main__":
    side(sys.argv[2]) if sys.argv[1] == "--side" else main()
