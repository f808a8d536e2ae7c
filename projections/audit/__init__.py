"""Every event of the log, with who recorded it and when."""
