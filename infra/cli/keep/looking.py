"""What is looked at before a restored database serves: its settings, and all that ``fundtrail verify`` checks."""

from collections.abc import Iterator
from contextlib import suppress

from infra.database.postgres import Database, refuse_unsafe
from infra.feeding.migrate import migrate
from infra.feeding.projector import Poisoned, project_all
from infra.seals.comparing import outside
from infra.seals.folder import Folder
from infra.settings import settings
from infra.verifying.checking import CHECKS, verify
from infra.verifying.findings import Severity
from infra.verifying.seals import seals_check


def looked_at(database: Database) -> list[str]:
    """What is wrong with *database*, a sentence each. Schema and read models are brought up to date first.

    A read model that was paused, or that stops, holds up nothing: it is compared with the log as far as it is. Raises
    UnsafeSettings.
    """
    migrate(database)
    with database.connect() as connection:
        refuse_unsafe(connection)
    with suppress(Poisoned):
        project_all(database)
    return list(_verified(database))


def _verified(database: Database) -> Iterator[str]:
    seals = settings().seals
    key = seals.verifier()
    sealed = seals_check(outside(Folder(seals.folder), [key] if key else []), is_earlier=True)
    for result in verify(database, (sealed, *CHECKS)).results:
        for one in result.findings:
            if one.severity is Severity.DIFFERS:
                yield f"{result.check.name}: {one.said}"
        if result.more:
            yield f"{result.check.name}: and {result.more:,} more."
