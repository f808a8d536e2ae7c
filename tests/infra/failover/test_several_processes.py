"""Two web processes and two projectors on one database, behind PgBouncer. One web process is that of the tests."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx

from infra.database.postgres import LOGINS, Database
from projections.read_models import READ_MODELS
from tests.infra.cli.test_stopping import free_port, ready
from tests.infra.database.test_sessions import pooler, readable
from tests.kit.database.feeding import caught_up, leaders, positions
from tests.kit.database.writing import ask, eventually
from tests.kit.paths import ROOT
from tests.kit.processes import forked
from tests.kit.programs.feed import feed
from tests.kit.web.served import served

__all__ = ["readable"]
REGISTER = """mutation ($id: ID!, $code: String!) { registerOrganisation(
    input: { commandId: $id, code: $code, name: $code, kind: "charity", on: "2005" }
) { ... on OrganisationRecorded { position } } }"""
FOUND = """query ($code: String!, $atLeast: LogPosition) {
    organisation(code: $code, atLeast: $atLeast) { code }
}"""


@contextmanager
def web(database: Database) -> Iterator[str]:
    """The address of a process that serves *database*, with the logins of its roles and no projector."""
    port = free_port()
    environ = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environ |= {LOGINS[role]: database.conninfo(role) for role in LOGINS} | {"PORT": str(port)}
    command = [sys.executable, "-m", "infra.cli", "serve", "--no-projector"]
    with subprocess.Popen(command, cwd=ROOT, env=environ) as running:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            running.terminate()


def asked(url: str, query: str, **variables: Any) -> Any:
    """The data of the answer of the process at *url*, which must have no errors."""
    answer = httpx.post(f"{url}/graphql", json={"query": query, "variables": variables}, timeout=60).json()
    assert "errors" not in answer, answer
    return answer["data"]


def recorded_at_one_and_read_at_the_other(one: str, other: str, code: str) -> None:
    position = asked(one, REGISTER, id=code, code=code)["registerOrganisation"]["position"]
    assert {"organisation": {"code": code}} == asked(other, FOUND, code=code, atLeast=position)


def test_a_command_to_one_process_is_read_at_the_other_also_when_the_leading_projector_is_killed(
    database: Database, readable: Path
) -> None:
    with ExitStack() as running:
        pooled = running.enter_context(pooler(database, readable))
        other = running.enter_context(web(pooled))
        one = running.enter_context(served(pooled, projector=False)).url
        first = running.enter_context(forked(feed, pooled))
        eventually(lambda: len(leaders(database)) == len(READ_MODELS), "the first projector leads")
        running.enter_context(forked(feed, pooled))
        eventually(lambda: ready(int(other.rpartition(":")[2])), "it serves")
        recorded_at_one_and_read_at_the_other(one, other, "first")
        recorded_at_one_and_read_at_the_other(other, one, "second")
        first.kill()
        recorded_at_one_and_read_at_the_other(one, other, "third")
        eventually(lambda: len(leaders(database)) == len(READ_MODELS), "the second projector leads")
        recorded_at_one_and_read_at_the_other(other, one, "fourth")
        caught_up(database)
    # Each event was processed once.
    assert [position for (position,) in ask(database, "SELECT notification_id FROM log.events ORDER BY 1")] == (
        positions(database)
    )
