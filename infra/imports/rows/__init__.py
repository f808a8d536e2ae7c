"""Rows of other people's files: read, and believed or put aside."""
