"""The people who act, each with a stream."""
