"""Rows 3 and 4: what a cold start of each function takes, and what the package's bytecode is worth."""
