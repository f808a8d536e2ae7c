"""Outcomes, and the evaluation framework of a programme beside them."""
