"""How long bids wait: stages, service standards, who has to act, and summaries."""
