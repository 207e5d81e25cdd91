"""render: writes what the bucket holds: posts, pages, feed, JSON and the status; the only step that does."""
