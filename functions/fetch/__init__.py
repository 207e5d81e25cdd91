"""fetch: lists what arXiv announced, measures the attention, queues the papers."""
