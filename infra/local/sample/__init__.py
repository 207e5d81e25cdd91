"""The bundled sample day: a world for the stand-in, with invented mentions and summaries."""

from __future__ import annotations

from pathlib import Path

WORLD = Path(__file__).with_name("world.json")
"""The listing of 2021-06-18 as the services knew it at 2021-06-19 07:55 UTC."""

# The stand-in takes any token and password.
CREDENTIALS = {
    "X_BEARER_TOKEN": "sample",
    "BLUESKY_HANDLE": "sample.example.com",
    "BLUESKY_APP_PASSWORD": "sample",
}

# What the sample is run with: every page says that it is one.
SETTINGS = {
    "SITE_TITLE": "Hot Papers Sample",
    "SITE_NOTICE": "This is a bundled sample: the papers and their totals are real, the summaries and "
    "all mentions were made up for it.",
    **CREDENTIALS,
}
