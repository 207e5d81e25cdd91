"""arXiv's OAI sets: `group`, `group:archive` or `group:archive:SUBJECT`."""

from __future__ import annotations

from collections.abc import Iterable

GROUPS = {"cs", "econ", "eess", "math", "q-bio", "q-fin", "stat"}
PHYSICS = {
    "astro-ph",
    "cond-mat",
    "gr-qc",
    "hep-ex",
    "hep-lat",
    "hep-ph",
    "hep-th",
    "math-ph",
    "nlin",
    "nucl-ex",
    "nucl-th",
    "physics",
    "quant-ph",
}
# One category under two codes (https://arxiv.org/category_taxonomy).
ALIASES = {
    "cs.NA": "math.NA",
    "math.IT": "cs.IT",
    "cs.SY": "eess.SY",
    "math.MP": "math-ph",
    "stat.TH": "math.ST",
    "q-fin.EC": "econ.GN",
}
OTHER_CODE = ALIASES | {canonical: alias for alias, canonical in ALIASES.items()}


def of(category: str) -> str:
    """The set of one category: `cs:cs:LG`, `physics:hep-th`, `physics:nlin:CD`."""
    archive, _, subject = category.partition(".")
    group = archive if archive in GROUPS else "physics"
    return ":".join(filter(None, (group, archive, subject)))


def exists(name: str) -> bool:
    """Whether the service has such a set; a subject is only checked for its form."""
    group, *rest = name.split(":")
    if group not in GROUPS | {"physics"} or len(rest) > 2 or "" in rest:
        return False
    return not rest or rest[0] in (PHYSICS if group == "physics" else {group})


def holds(name: str, categories: Iterable[str]) -> bool:
    """Whether a paper with these categories is in the set: by any of them, under either of its codes."""
    codes = set(categories)
    codes |= {OTHER_CODE[code] for code in codes if code in OTHER_CODE}
    return any(f"{of(code)}:".startswith(f"{name}:") for code in codes)
