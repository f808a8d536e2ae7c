"""What changed between two moments of knowledge: each thing with its value before and after, and the events behind."""
