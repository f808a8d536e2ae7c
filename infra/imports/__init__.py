"""Import history that others recorded, from their files."""
