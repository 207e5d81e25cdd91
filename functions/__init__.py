"""The three steps, in the order of the data: fetch, score, render."""
