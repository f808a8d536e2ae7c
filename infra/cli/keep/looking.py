"""What is looked at before a restored database serves: its guards, its read models, and all that ``verify`` checks."""

from collections.abc import Iterator

from infra.backups.verified import findings
from infra.database.postgres import Database
from infra.verifying.checking import verify
from infra.verifying.findings import Severity


def looked_at(database: Database) -> list[str]:
    """What is wrong with *database*, a sentence each. The read models are brought up to its log first."""
    # Where a read model has stopped or the log has a gap, the other checks would only repeat it.
    return findings(database) or list(_verified(database))


def _verified(database: Database) -> Iterator[str]:
    for result in verify(database).results:
        for one in result.findings:
            if one.severity is Severity.DIFFERS:
                yield f"{result.check.name}: {one.said}"
        if result.more:
            yield f"{result.check.name}: and {result.more:,} more."
