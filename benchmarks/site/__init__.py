"""Rows 6 and 7: the whole site of archives of several sizes, and one more day on top of them."""
