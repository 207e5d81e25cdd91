"""What AWS bills for a month, from what a day of the embedded run was counted to take."""
