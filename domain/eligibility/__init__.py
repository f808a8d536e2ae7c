"""Eligibility rules of schemes and rounds: their versions, and how a bid is tested against each."""
