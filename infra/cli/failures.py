"""Failures that can be foreseen: the sentence and the exit code in which a command ends."""

import psycopg
from eventsourcing.persistence import PersistenceError

from api.contract.errors import Problem
from domain.history import StaleHistory
from infra.backups.refusals import BackupBroken, BackupRefused, NoBackup, NotDone
from infra.cli.terminal import BROKEN, NOT_FOUND, UNAVAILABLE, UNUSABLE
from infra.database.embedded import EmbeddedFailed
from infra.database.postgres import LOGINS, NoDatabase, UnsafeSettings, WrongSession
from infra.database.rights import RoleNotReady, Unguarded
from infra.feeding.migrate import MigrationChanged
from infra.feeding.projector import Poisoned
from infra.feeding.rebuild import BeingRebuilt, NotConfirmed
from infra.identity.kept import NoSecret
from infra.installed import BadName
from infra.loopback import NotLoopback
from infra.seals.sealer import NotSealed
from infra.settings import BadSetting
from infra.tracing import NotInstalled
from projections.progress import NotReplayed
from projections.shortage import shortage_of

OLD_ROLES = "The database was made by an earlier version of Fundtrail. Run `fundtrail migrate` first."
ONLY_READS = (
    "The database only reads: it is a standby. Use the primary, or `fundtrail serve --read-only` for questions."
)
_CODES: dict[type[Exception], int] = {BackupRefused: UNUSABLE, NoBackup: NOT_FOUND, BackupBroken: BROKEN}
NO_TABLES = "The database has no tables yet. Run `fundtrail migrate` first."


def sentence_of(error: Exception) -> tuple[str, int] | None:
    """What to print for *error*, and the exit code; None for an error that nobody foresaw."""
    match error:
        case NotLoopback() | BadSetting() | BadName() | NotInstalled() | NoSecret() | NotSealed():
            return str(error), UNUSABLE
        case Problem():
            return error.message, UNUSABLE
        case UnsafeSettings():
            reasons = "\n  ".join(error.reasons)
            return f"Refusing to run on settings that can lose acknowledged events:\n  {reasons}", UNUSABLE
        case Unguarded():
            reasons = "\n  ".join(error.reasons)
            return f"Refusing to run while recorded events could be changed:\n  {reasons}", UNUSABLE
        case WrongSession() | RoleNotReady():
            return str(error), UNUSABLE
        case (
            EmbeddedFailed() | BackupRefused() | NoBackup() | BackupBroken() | NotDone() | MigrationChanged()
            | NotReplayed()
        ):  # fmt: skip
            return str(error), _CODES.get(type(error), UNAVAILABLE)
        case BeingRebuilt() | NotConfirmed():
            return f"Not rebuilt: {error}.", UNAVAILABLE
        case Poisoned():
            return f"A read model has stopped at {error}. `fundtrail projections status` shows more.", BROKEN
        case psycopg.errors.ReadOnlySqlTransaction():
            return ONLY_READS, UNAVAILABLE
        case StaleHistory():
            return "Others kept writing to the same streams first. Run the command again.", UNAVAILABLE
        case psycopg.errors.UndefinedTable() | psycopg.errors.InvalidSchemaName():
            return NO_TABLES, UNAVAILABLE
        case NoDatabase() | psycopg.OperationalError() | PersistenceError():
            # The first migration makes the roles; earlier versions made roles that cannot log in.
            if any(f'role "{role}" does not exist' in str(error) for role in LOGINS):
                return NO_TABLES, UNAVAILABLE
            if any(f'role "{role}" is not permitted to log in' in str(error) for role in LOGINS):
                return OLD_ROLES, UNAVAILABLE
            shortage = shortage_of(error)
            if shortage is not None:
                return shortage, UNAVAILABLE
            return f"The database does not answer: {error}\nIs it running, and is DATABASE_URL right?", UNAVAILABLE
    return None
