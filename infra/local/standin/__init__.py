"""A stand-in for the web APIs that the product reads: one loopback server, six services, a world in memory.

It speaks the services' wire formats so that tests and the bundled sample day need no internet:
arXiv OAI-PMH and query API, X API v2, Hacker News (Algolia), Hugging Face daily papers and Bluesky.
"""

from infra.local.standin.faults import Fault
from infra.local.standin.server import Recorded, Standin
from infra.local.standin.world import World, WorldError, load, merge

__all__ = ["Fault", "Recorded", "Standin", "World", "WorldError", "load", "merge"]
