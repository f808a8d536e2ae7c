"""Pages of awards and rounds."""
