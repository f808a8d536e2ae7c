"""Awards in the formats of others, written as streams: 360Giving and IATI."""
