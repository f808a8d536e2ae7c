"""Read registers of any shape, by a mapping of their columns to fields."""
