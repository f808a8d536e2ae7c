"""Commands that print who may do what."""
