"""Running the checks, and what they say of a database together."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from importlib.metadata import version
from typing import NamedTuple

import psycopg

from infra.database.postgres import Database
from infra.verifying import guards, log
from infra.verifying.findings import Check, Finding, Looked, Result
from infra.verifying.moment import Moment, at_one_moment
from infra.verifying.read_models import read_models

# In the order in which they run, after that of the seals. The first that needs the fold of the log waits for it.
CHECKS = (
    Check("rights", "Triggers, rights, roles and policies are as migrated.", guards.rights),
    Check(
        "migrations", "The migrations are those of this version, and the schema is what they make.", guards.migrations
    ),
    Check("streams", "The versions of each stream follow one another in order of recording.", log.streams),
    Check("commands", "The command of each event is kept, with its position.", log.commands),
    Check("counters", "The counters are what the events add up to.", log.counters),
    Check("references", "The references and duties are those that the events give.", log.references),
    Check("read-models", "The read models show what the log gives, row by row.", read_models),
)
# How many findings of a check are kept. The others are counted.
MOST = 20


class Report(NamedTuple):
    """What the checks found: in the *database* on a *server* of PostgreSQL, at a moment, up to a *position*."""

    database: str
    server: str
    fundtrail: str
    at: datetime
    position: int
    results: list[Result]

    @property
    def differs(self) -> bool:
        """Whether something is not as it should be."""
        return any(result.differs for result in self.results)


def verify(database: Database, checks: Sequence[Check] = CHECKS, say: Callable[[str], None] = lambda _: None) -> Report:
    """Run *checks* on *database*, and *say* which one runs. Needs its owner. The database is used meanwhile."""
    with at_one_moment(database) as moment:
        results = []
        for check in checks:
            say(f"Checking {check.name}")
            results.append(_run(check, moment))
        return Report(moment.name, moment.server, version("fundtrail"), moment.at, moment.position, results)


def _run(check: Check, moment: Moment) -> Result:
    began = time.perf_counter()
    looked, findings, more = list[Looked](), list[Finding](), 0
    try:
        with moment.connection.transaction():
            for finding in check.run(moment, looked):
                if len(findings) < MOST:
                    findings.append(finding)
                else:
                    more += 1
    except Exception as error:
        if moment.connection.closed:  # Nothing more can be looked at.
            raise
        findings.append(Finding(f"The check could not be finished: {_why(error)}"))
    return Result(check, looked, findings, more, time.perf_counter() - began)


def _why(error: Exception) -> str:
    """Why a check could not be finished. Something that every database of ours has is missing or of another kind."""
    kind = type(error).__name__
    if isinstance(error, psycopg.Error) and error.diag.message_primary:
        return f"{error.diag.message_primary} ({kind})."
    return f"something that it read is not as Fundtrail stores it ({kind})."
