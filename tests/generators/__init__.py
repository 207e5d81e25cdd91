"""Other generators' blogs, built of the posts as they lie in the bucket; no part of `make test`."""
