"""The values in events: money, dates and ids. Also refusals, and how values are written for people."""
