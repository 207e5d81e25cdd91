"""What more than one step uses: the contracts, the settings, and the only doors to AWS and the internet."""
