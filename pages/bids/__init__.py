"""Pages of bids: the board of those that wait, one bid, how long bids took, and the feed of deadlines."""
