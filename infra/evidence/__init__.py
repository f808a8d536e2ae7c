"""Evidence packs: what proves a figure, with what an auditor needs to check it offline."""
