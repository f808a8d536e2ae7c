"""The example programs do what their README says, when they are run as it says against the real application."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from infra.database.postgres import Database
from tests.api.types.test_subscription import record
from tests.kit.paths import ROOT
from tests.kit.web.served import Api, served

EXAMPLES = ROOT / "examples"
PYTHON = [sys.executable, f"{EXAMPLES}/python/timeline.py"]
JAVASCRIPT = [f"{Path(sys.executable).with_name('node')}", f"{EXAMPLES}/javascript/timeline.mjs"]


@pytest.fixture
def api(programme: Database) -> Iterator[Api]:
    """The application with the Capacity Building Programme."""
    with served(programme) as api:
        yield api


@pytest.fixture
def node() -> None:
    """Node's packages for the examples, which are never missing in CI."""
    if not (EXAMPLES / "javascript" / "node_modules").is_dir():
        assert "FUNDTRAIL_CI" not in os.environ, "the examples' packages are not installed: see .venv/conformance.stamp"
        pytest.skip("the examples' packages could not be installed from npm: run `make conformance`")


def run(program: list[str], api: Api, *words: str) -> subprocess.CompletedProcess[str]:
    """The result of a program that ran to its end."""
    return subprocess.run(
        [*program, *words], env=seen(api), capture_output=True, text=True, encoding="utf-8", check=False, timeout=60
    )


@contextmanager
def running(program: list[str], api: "Api | Line", *words: str) -> Iterator[subprocess.Popen[str]]:
    """A program that runs while the test reads its output."""
    with subprocess.Popen(
        [*program, *words], env=seen(api), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
    ) as begun:
        try:
            yield begun
        finally:
            begun.kill()


def seen(api: "Api | Line") -> dict[str, str]:
    """The environment of a program that uses *api*."""
    return {**os.environ, "FUNDTRAIL_URL": f"{api.url}/graphql", "PYTHONIOENCODING": "utf-8"}


class Line:
    """A connection to *api* that the test can cut."""

    def __init__(self, api: Api) -> None:
        host, port = api.url.removeprefix("http://").split(":")
        self._to = (host, int(port))
        self._open: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Cut every connection; new ones are still accepted."""
        while self._open:
            with suppress(OSError):
                self._open.pop().shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End it."""
        self._listening.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, far = self._listening.accept()[0], socket.create_connection(self._to)
                self._open += [near, far]
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=self._pass, args=ends, daemon=True).start()

    @staticmethod
    def _pass(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError), source:
            while piece := source.recv(65536):
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)


def shown(api: Api, code: str, field: str) -> list[str]:
    """*field* of each entry of the timeline, which the API returns in one page."""
    query = f"query ($code: String) {{ partnership(code: $code) {{ timeline(first: 100) {{ nodes {{ {field} }} }} }} }}"
    nodes = api.ask(query, code=code)["partnership"]["timeline"]["nodes"]
    assert len(nodes) < 100
    return [node[field] for node in nodes]


def test_the_python_program_prints_a_timeline_of_several_pages(api: Api) -> None:
    titles = shown(api, "nwin", "title")
    assert len(titles) > 10, "one page would do"
    done = run(PYTHON, api, "nwin")
    name, *lines, end = done.stdout.splitlines()
    assert (0, "", f"{len(titles)} entries.") == (done.returncode, done.stderr, end)
    assert api.ask('{ partnership(code: "nwin") { name } }')["partnership"]["name"] == name
    assert len(titles) == len(lines)
    assert all(title in line for title, line in zip(titles, lines, strict=True))


def test_without_a_code_the_python_program_prints_the_readme_s_partnership_with_its_award(api: Api) -> None:
    done = run(PYTHON, api)
    (award,) = [line for line in done.stdout.splitlines() if "Award stated" in line]
    assert award.endswith("75000.00 GBP")
    assert "AWARD" in award


def test_the_python_program_says_what_is_not_there_and_what_is_wrong(api: Api) -> None:
    assert (1, "There is no partnership nothing, or nothing has happened to it.\n") == (
        (missing := run(PYTHON, api, "nothing")).returncode,
        missing.stderr,
    )
    text = (EXAMPLES / "python" / "timeline.py").read_text().replace("PAGE = 10", "PAGE = 101")
    wrong = run([sys.executable, "-c", text], api)
    assert 1 == wrong.returncode
    assert wrong.stderr.startswith("BAD_USER_INPUT: The page size is 101. It must be from 0 to 100.")


@pytest.mark.usefixtures("node")
def test_the_javascript_program_builds_the_timeline_while_it_happens(api: Api) -> None:
    entries = len(shown(api, "nwin", "position"))
    with running(JAVASCRIPT, api, "nwin", f"{entries + 2}") as program:
        assert program.stdout is not None
        name = program.stdout.readline().strip()
        told_first = [program.stdout.readline() for _ in range(entries)]
        assert [] == [line for line in told_first if not line.startswith("+ ")]
        recorded = [record(api, "live-1", partnership="nwin"), record(api, "live-2", partnership="nwin")]
        told_then = [program.stdout.readline() for _ in recorded]
        rest = program.stdout.read()
        assert 0 == program.wait(30), rest
    assert api.ask('{ partnership(code: "nwin") { name } }')["partnership"]["name"] == name
    assert [f"BidSubmitted ({position})" in line for position, line in zip(recorded, told_then, strict=True)] == [
        True
    ] * 2
    _, _, timeline = rest.partition("The timeline:\n")
    built = [line.rpartition("(")[2].rstrip(")") for line in timeline.splitlines()]
    assert shown(api, "nwin", "position") == built, "the order is the API's"


@pytest.mark.usefixtures("node")
def test_the_javascript_program_continues_where_it_was_when_its_connection_is_cut(api: Api) -> None:
    entries = len(shown(api, "nwin", "position"))
    line = Line(api)
    with running(JAVASCRIPT, line, "nwin", f"{entries + 2}") as program:
        assert program.stdout is not None
        first = [program.stdout.readline() for _ in range(entries + 1)]
        line.cut()
        lost = program.stdout.readline()
        recorded = [record(api, "cut-1", partnership="nwin"), record(api, "cut-2", partnership="nwin")]
        rest = program.stdout.read()
        assert 0 == program.wait(30), rest
    line.close()
    assert "connection lost" in lost, first
    assert [rest.count(f"+ 2005                   BidSubmitted ({position})") for position in recorded] == [1, 1]
    assert sorted(shown(api, "nwin", "position")) == sorted(
        row.rpartition("(")[2].rstrip(")") for row in rest.partition("The timeline:\n")[2].splitlines()
    )


@pytest.mark.usefixtures("node")
def test_the_javascript_program_says_what_is_not_there(api: Api) -> None:
    done = run(JAVASCRIPT, api, "nothing", "1")
    assert 0 != done.returncode
    assert "There is no partnership nothing." in done.stderr


def test_what_the_examples_need_is_locked_as_it_is_named() -> None:
    wanted = json.loads((EXAMPLES / "javascript" / "package.json").read_text())
    locked = json.loads((EXAMPLES / "javascript" / "package-lock.json").read_text())["packages"]
    assert wanted["dependencies"] == locked[""]["dependencies"]
    assert all("integrity" in package for name, package in locked.items() if name)
