"""The limits of an operation, checked before it runs."""
