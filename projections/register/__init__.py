"""Programmes, schemes, organisations and partnerships, with their partners."""
