"""The numbered parts of awards, bids and organisations: payments, instalments, recoveries, questions and others."""
