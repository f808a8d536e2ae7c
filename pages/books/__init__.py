"""Pages of the books: periods that are open or closed, and what to look at before one is closed."""
