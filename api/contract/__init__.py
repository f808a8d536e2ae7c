"""The shared parts of the schema: errors, scalars, cursors, common types, descriptions."""
