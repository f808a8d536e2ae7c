"""What does not add up: the rules, what they find, and what people said of it."""
