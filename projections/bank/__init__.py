"""Bank statements, the payments that their entries settle, and the payments that are still open."""
