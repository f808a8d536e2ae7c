"""Awards in the formats of others: 360Giving and IATI."""
