"""What a superuser can do to a log that nobody may change, and what verifying finds."""

from infra.database.postgres import Database
from infra.verifying.checking import CHECKS, verify
from infra.verifying.findings import Finding
from infra.verifying.read_models import compare
from projections.read_models import READ_MODELS
from tests.kit.database.writing import ask

GUARDED = ("events", "commands", "references", "counters")


def tamper(database: Database, statement: str) -> None:
    """Run *statement* with the triggers of the log off, and turn them on again: no guard shows it afterwards."""
    off, on = (
        "; ".join(f"ALTER TABLE log.{table} {word} TRIGGER USER" for table in GUARDED) for word in ("DISABLE", "ENABLE")
    )
    ask(database, f"BEGIN; {off}; {statement}; {on}; COMMIT")


def found_by(database: Database, *names: str) -> list[Finding]:
    """What the checks called *names* find."""
    report = verify(database, [check for check in CHECKS if check.name in names])
    return [finding for result in report.results for finding in result.findings]


def compared(database: Database, *names: str) -> list[Finding]:
    """What comparing the read models called *names* finds, all of them by default. It runs in this process."""
    return compare(database, names or [model.NAME for model in READ_MODELS]).findings


def first_of(statement: str, database: Database) -> int:
    """The first number of the first row of *statement*."""
    return int(ask(database, statement)[0][0])
