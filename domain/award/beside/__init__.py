"""What stands beside the money of an award: what others contribute, and the strands that its budget is meant for."""
