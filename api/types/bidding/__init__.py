"""What is worked out of bids: versions of a proposal, silences, and the ranking of a round."""
