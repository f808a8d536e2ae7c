"""The funder's bank account: its statements, their entries, and which payments the entries settle."""
