"""What arXiv announced: its two services, each a client and a pure parser, and the rules between them."""
