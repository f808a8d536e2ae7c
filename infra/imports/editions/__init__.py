"""An edition of a register: read to its end, then recorded by what differs from the one before."""
