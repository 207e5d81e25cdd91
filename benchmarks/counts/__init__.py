"""What a day asks of the internet and of AWS: numbers that are the same on every machine."""
