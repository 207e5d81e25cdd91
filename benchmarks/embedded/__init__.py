"""Rows 5 and 8: the local run of a day, against the AWS calls that it makes, and from few papers to many."""
