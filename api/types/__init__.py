"""What clients can ask for, one file a subject."""
