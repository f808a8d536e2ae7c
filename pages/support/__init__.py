"""The page of the support of an organisation: its support cases, beside its assessment categories."""
