"""What read models that have stopped, or are paused, do not show yet."""
