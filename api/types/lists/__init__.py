"""The lists of all awards, bids, payments, recoveries, rounds, organisations and outcomes, with filters and orders."""
