"""Exports: lists, and files in the standards of other bodies."""
