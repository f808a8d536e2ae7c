"""The pages of what partners do jointly, of the library, and of what a programme asks."""
