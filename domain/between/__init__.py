"""Money between the organisations of a partnership: what one charges another, how pooled money is divided, and
what strands of the work are to take of a budget.
"""
