"""Verifying a database: that nobody changed what was recorded, and that the read models show it."""
