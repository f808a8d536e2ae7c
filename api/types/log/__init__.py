"""The log itself in GraphQL: its events, how far the read models are behind it, and the stream of new events."""
