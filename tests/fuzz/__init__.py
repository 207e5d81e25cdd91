"""Hostile input: a function for each place where text from outside is read or shown (docs/testing.md)."""
