"""Postings, the funding ladder made of them, and closed periods."""
