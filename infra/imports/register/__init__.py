"""Registers of any shape, read by a mapping of columns to fields."""
