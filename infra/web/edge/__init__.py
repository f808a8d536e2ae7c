"""The edges of the web application: how often a caller may ask, what every answer says, and what is written of it."""
