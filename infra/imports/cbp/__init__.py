"""The Capacity Building Programme's own CSV files."""
