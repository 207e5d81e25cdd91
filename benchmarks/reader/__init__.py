"""What readers load."""
