"""What every page has: its clocks, its frame, its lists and its forms."""
