"""Backups of the database: taking, checking, restoring and rehearsing them."""
