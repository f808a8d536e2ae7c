"""Pages of what waits for somebody: bids, payments, bank entries, discrepancies."""
