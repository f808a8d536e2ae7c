"""Why a backup is not taken, not believed or not restored. Each message is a sentence for the owner of the database."""


class BackupRefused(Exception):
    """What was asked for cannot be done as it was asked."""


class NoBackup(Exception):
    """There is no such backup."""


class BackupBroken(Exception):
    """A backup, an archive or what was restored from it is not as it must be."""


class NotDone(Exception):
    """A program of PostgreSQL has failed: the server, the disk or a right is missing."""
