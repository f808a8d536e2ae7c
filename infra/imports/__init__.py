"""Imports: history that others recorded, read from their files."""
