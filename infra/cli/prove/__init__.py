"""Commands that prove something about what was recorded."""
