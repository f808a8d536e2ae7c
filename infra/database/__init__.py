"""Connections to PostgreSQL: the embedded server or another, and the pool that reads use."""
