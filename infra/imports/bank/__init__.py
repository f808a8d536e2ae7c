"""Statements of the bank: camt.053 and tables by a mapping."""
