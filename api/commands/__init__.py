"""Mutations: what a client may ask to be recorded."""
