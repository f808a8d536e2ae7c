"""Commands that keep the service safe: backups, restoring them, and rehearsing that."""
