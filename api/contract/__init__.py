"""What every part of the schema shares: errors, scalars, cursors, values, descriptions."""
