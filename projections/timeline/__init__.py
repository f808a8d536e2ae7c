"""What happened to a partnership, in order of date."""
