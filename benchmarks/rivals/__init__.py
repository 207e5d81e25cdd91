"""The rivals: how each is had, and fed with the same posts.

`make bench` installs each from its own list of requirements; one that cannot be installed leaves its
lines open.
"""
