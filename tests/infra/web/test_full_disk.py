"""A full disk: it is said by name, the application is not ready, and it recovers when there is room again."""

import os
import tempfile
from pathlib import Path
from typing import Any

import psycopg
import pytest
from eventsourcing.persistence import OperationalError

from infra.cli.failures import sentence_of
from infra.database.postgres import Database
from infra.feeding.migrate import migrate
from projections.shortage import FULL, shortage_of
from tests.kit.database.servers import server_of_its_own
from tests.kit.small_disk import small_disk
from tests.kit.web.served import Api, served

REGISTER = """mutation ($id: ID!, $code: String!, $notes: String!) { registerOrganisation(input: {
    commandId: $id, code: $code, name: "N", kind: "charity", notes: $notes, on: "2005" }) { __typename } }"""
MEGABYTE = 1024 * 1024


def register(api: Api, command_id: str) -> tuple[int, str, str]:
    """The status, the code and the message of the answer to a command; two empty texts when it was recorded."""
    answer = api.post(REGISTER, {"id": command_id, "code": command_id, "notes": "x" * 1000})
    errors = answer.json().get("errors", [])
    return answer.status_code, *((errors[0]["extensions"]["code"], errors[0]["message"]) if errors else ("", ""))


def fill(file: Path) -> None:
    """Write *file* until the disk is full."""
    with file.open("wb", buffering=0) as opened:
        for size in (MEGABYTE, 4096):
            try:
                while True:
                    opened.write(b"\0" * size)
            except OSError:
                pass


def test_a_full_disk_is_named_and_room_on_it_is_enough_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    with small_disk(160) as disk:
        monkeypatch.setattr(tempfile, "tempdir", str(disk))
        with server_of_its_own() as database:
            migrate(database)
            with served(database) as api:
                assert (200, "", "") == register(api, "before")
                assert 200 == api.http.get("/ready").status_code
                fill(disk / "filler")
                try:
                    ready = api.http.get("/ready")
                    assert (503, "not ready", FULL) == (ready.status_code, *said(ready.json()))
                    answers = (register(api, f"during-{number}") for number in range(200))
                    assert (503, "UNAVAILABLE", FULL) == next(answer for answer in answers if answer[0] != 200)
                    assert 200 == api.http.get("/health").status_code
                finally:
                    os.unlink(disk / "filler")
                assert [(200, "", "")] * 200 == [register(api, f"during-{number}") for number in range(200)]
                assert 200 == api.http.get("/ready").status_code
                assert {"totalCount": 201} == api.ask("{ auditLog { totalCount } }")["auditLog"], "each is there once"


def said(report: dict[str, Any]) -> tuple[str, str]:
    """The status and the error of /ready."""
    return report["status"], report.get("error", "")


# --- The same without a small file system -----------------------------------------------------------------------------


def wrapped(error: psycopg.Error) -> Exception:
    """*error* as the log raises it."""
    try:
        raise OperationalError(error) from error
    except OperationalError as outer:
        return outer


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (psycopg.errors.DiskFull("could not extend file"), FULL),
        (wrapped(psycopg.errors.DiskFull("could not extend file")), FULL),
        (psycopg.OperationalError('PANIC: could not write "pg_wal/x": No space left on device'), FULL),
        (psycopg.errors.OutOfMemory("out of memory"), "The database has no memory left. Try again in a moment."),
        (psycopg.errors.TooManyConnections("x"), "The database has no connection left. Try again in a moment."),
        (psycopg.errors.ConfigurationLimitExceeded("x"), "The database has reached a limit of its configuration."),
        (psycopg.OperationalError("connection refused"), None),
        (OSError(28, "No space left on device"), None),
    ],
)
def test_what_the_database_lacks_is_known_from_its_error(error: Exception, sentence: str | None) -> None:
    assert sentence == shortage_of(error)


def test_the_command_line_says_that_the_disk_is_full_and_ends_with_5() -> None:
    assert (FULL, 5) == sentence_of(wrapped(psycopg.errors.DiskFull("could not extend file")))


def test_it_is_not_ready_when_the_database_may_write_no_more(
    programme: Database,
) -> None:
    """A limit on temporary files refuses the same write as a full disk."""
    with served(programme, projector=False) as api:
        assert "error" not in api.http.get("/ready").json(), "the control"
        with programme.connect() as connection:
            name = connection.info.dbname
            connection.execute(f'ALTER DATABASE "{name}" SET temp_file_limit = 0')
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
                (name,),
            )
        ready = api.http.get("/ready")
        if ready.json().get("status") is None:  # The first answer may meet the connection that was ended.
            ready = api.http.get("/ready")
    assert 503 == ready.status_code
    assert ("not ready", "The database has reached a limit of its configuration.") == said(ready.json())
