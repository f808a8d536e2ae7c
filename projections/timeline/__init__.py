"""What happened to a thing, in order of date."""
