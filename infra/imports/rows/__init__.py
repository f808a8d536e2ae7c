"""Read the rows of files from others: each row is accepted or put aside."""
