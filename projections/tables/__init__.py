"""Parts that read models share: pages, rows, dispatch by event, effective dates, definitions."""
