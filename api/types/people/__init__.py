"""People, bodies, limits and duties that are not kept apart."""
