"""Pages of things: partnerships, programmes and schemes."""
