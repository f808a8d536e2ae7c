"""What one operation may cost, checked before anything runs."""
