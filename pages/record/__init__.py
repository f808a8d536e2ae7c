"""Pages of the log: its list and its events."""
