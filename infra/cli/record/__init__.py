"""Commands that record: imports, and commands from a file."""
