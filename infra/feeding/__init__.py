"""Filling read models from the log, rebuilding them, and migrating the database."""
