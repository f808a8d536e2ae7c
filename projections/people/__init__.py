"""Who acts, in which roles, on which bodies and under which limits."""
