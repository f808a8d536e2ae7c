"""Answering a document: checks, plans, and answers that PostgreSQL writes."""
