"""Rules that span streams: each reads all it needs, and every stream judges its own part."""
