"""Money between the organisations of a partnership: what one charges another, and how pooled money is divided."""
