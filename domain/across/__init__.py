"""Rules that involve several streams: each reads all that it needs, and every stream applies its own rules."""
