"""Commands that ask: they read, and record nothing."""
