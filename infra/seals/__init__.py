"""Seals: a Merkle tree over the stored events, whose signed checkpoints show any later change of the log."""
