"""The bank accounts of the funder: statements, entries, and the payments that the entries settle."""
