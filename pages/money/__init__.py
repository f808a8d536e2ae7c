"""Pages of figures: ladders, the events behind an amount, two clocks side by side."""
