"""Events, commands and rules. Standard library only."""
