"""What every read model is built on: pages, rows, dispatch by event, dates in effect, definitions."""
