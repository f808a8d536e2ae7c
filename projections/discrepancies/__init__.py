"""Discrepancies: the rules, what they find, and the register that keeps the findings and decisions about them."""
