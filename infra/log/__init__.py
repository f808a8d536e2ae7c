"""The log of events on PostgreSQL: how events are stored and appended."""
