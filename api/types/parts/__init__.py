"""The numbered parts of awards, bids and organisations in GraphQL: payments, recoveries, questions and others."""
