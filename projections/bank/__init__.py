"""What the bank states, which payment each entry settles, and what is still open."""
