"""Closed periods and financial years of a programme."""
