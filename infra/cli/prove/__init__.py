"""Commands that prove what the log says: its seals, what verifies it, and evidence for auditors."""
