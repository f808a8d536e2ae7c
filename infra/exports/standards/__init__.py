"""Awards in the standards of others: 360Giving and IATI."""
