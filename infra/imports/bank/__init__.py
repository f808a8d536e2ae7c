"""Import bank statements: camt.053 files, and tables by a mapping."""
