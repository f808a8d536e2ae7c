"""Import an edition of a register: read the whole file, then record what differs from the edition before."""
