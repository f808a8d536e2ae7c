"""Support for authorities: concerns, and which of their events only readers see."""
