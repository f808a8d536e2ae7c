"""What is looked at before a restored database serves: its guards, its read models, and all that ``verify`` checks."""

from collections.abc import Iterator

from infra.backups.verified import findings
from infra.database.postgres import Database
from infra.seals.comparing import outside
from infra.seals.folder import Folder
from infra.settings import settings
from infra.verifying.checking import CHECKS, verify
from infra.verifying.findings import Severity
from infra.verifying.seals import seals_check


def looked_at(database: Database) -> list[str]:
    """What is wrong with *database*, a sentence each. The read models are brought up to its log first."""
    # Where a read model has stopped or the log has a gap, the other checks would only repeat it.
    return findings(database) or list(_verified(database))


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
