"""What readers work out of the events of bids: versions of a proposal, silences, and the ranking of a round."""
