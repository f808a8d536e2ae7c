"""What can be taken away: lists, and the formats of other bodies."""
