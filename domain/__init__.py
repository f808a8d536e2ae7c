"""What may happen and what did: events and rules. Standard library only."""
