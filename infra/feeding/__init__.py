"""How read models are filled from the log, built again, and brought to the present shape."""
