"""Writes the log of the example programme: ``make example``."""

import io
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from domain.desk import submit
from domain.history import Order
from infra.database.postgres import Database
from infra.feeding.migrate import migrate
from infra.log.log_file import Kept, export, write
from infra.log.postgres_log import PostgresLog
from tests.kit.database.servers import server_of_its_own
from tests.kit.example_story import Step, steps
from tests.kit.paths import ROOT

FILE = ROOT / "demo" / "example" / "log.jsonl"


def told(database: Database, story: list[Step]) -> dict[str, datetime]:
    """Record the *story* in *database*. Returns the moment of each command, by its id; no two are the same."""
    moments: dict[str, datetime] = {}
    now = [story[0].moment]
    with PostgresLog(database, clock=lambda: now[0]) as log:
        for nth, step in enumerate(story):
            now[0] = step.moment
            command_id = f"example/{nth}"
            said = repr(step.command)
            order = Order(
                command_id=command_id,
                command=step.command,
                said=said,
                actor=step.actor,
                authority=step.authority,
            )
            submit(log, order)
            moments[command_id] = step.moment + timedelta(microseconds=nth)
    return moments


def at_their_moments(file: bytes, moments: dict[str, datetime]) -> bytes:
    """The log in *file* with the moment of its command as the time of recording of each event."""
    lines: list[dict[str, Any]] = [orjson.loads(line) for line in file.splitlines()]
    for line in lines:
        if "event" in line:
            line["event"]["recorded_at"] = moments[line["event"]["command"]]
        elif "command" in line:
            line["command"]["recorded_at"] = moments[line["command"]["id"]]
    made = io.BytesIO()
    write(made, Kept(lines[0]["events"], lines[0]["commands"], 0), lines[1:-1])
    return made.getvalue()


def main(path: Path = FILE) -> None:
    """Tell the story and write its log."""
    with server_of_its_own() as database:
        migrate(database)
        moments = told(database, steps())
        file = io.BytesIO()
        kept = export(database, file)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(at_their_moments(file.getvalue(), moments))
    print(f"Wrote {kept.events} events into {path}.")  # noqa: T201


if __name__ == "__main__":
    main()
