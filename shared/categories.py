"""arXiv's category taxonomy: which codes there are, which mean the same, and what a selection covers.

Source: the taxonomy that arXiv publishes (https://arxiv.org/category_taxonomy), 155 active categories.
"""

from __future__ import annotations

from functools import cache

_SUBJECTS = {
    "astro-ph": "CO EP GA HE IM SR",
    "cond-mat": "dis-nn mes-hall mtrl-sci other quant-gas soft stat-mech str-el supr-con",
    "cs": "AI AR CC CE CG CL CR CV CY DB DC DL DM DS ET FL GL GR GT HC IR IT LG LO MA MM MS NA NE NI OH OS "
    "PF PL RO SC SD SE SI SY",
    "econ": "EM GN TH",
    "eess": "AS IV SP SY",
    "gr-qc": "",
    "hep-ex": "",
    "hep-lat": "",
    "hep-ph": "",
    "hep-th": "",
    "math-ph": "",
    "math": "AC AG AP AT CA CO CT CV DG DS FA GM GN GR GT HO IT KT LO MG MP NA NT OA OC PR QA RA RT SG SP ST",
    "nlin": "AO CD CG PS SI",
    "nucl-ex": "",
    "nucl-th": "",
    "physics": "acc-ph ao-ph app-ph atm-clus atom-ph bio-ph chem-ph class-ph comp-ph data-an ed-ph flu-dyn "
    "gen-ph geo-ph hist-ph ins-det med-ph optics plasm-ph pop-ph soc-ph space-ph",
    "q-bio": "BM CB GN MN NC OT PE QM SC TO",
    "q-fin": "CP EC GN MF PM PR RM ST TR",
    "quant-ph": "",
    "stat": "AP CO ME ML OT TH",
}

# Two codes for one category; papers may carry either or both. The right one is shown.
ALIASES = {
    "cs.NA": "math.NA",
    "cs.SY": "eess.SY",
    "math.IT": "cs.IT",
    "math.MP": "math-ph",
    "q-fin.EC": "econ.GN",
    "stat.TH": "math.ST",
}

# Archives that no longer take papers and the category that their papers belong to.
SUBSUMED = {
    "acc-phys": "physics.acc-ph",
    "adap-org": "nlin.AO",
    "alg-geom": "math.AG",
    "ao-sci": "physics.ao-ph",
    "atom-ph": "physics.atom-ph",
    "bayes-an": "physics.data-an",
    "chao-dyn": "nlin.CD",
    "chem-ph": "physics.chem-ph",
    "cmp-lg": "cs.CL",
    "comp-gas": "nlin.CG",
    "dg-ga": "math.DG",
    "funct-an": "math.FA",
    "mtrl-th": "cond-mat.mtrl-sci",
    "patt-sol": "nlin.PS",
    "plasm-ph": "physics.plasm-ph",
    "q-alg": "math.QA",
    "solv-int": "nlin.SI",
    "supr-con": "cond-mat.supr-con",
}

# The groups that are not one archive; every other archive is a group of its own.
_PHYSICS = frozenset(
    {
        *("astro-ph", "cond-mat", "gr-qc", "hep-ex", "hep-lat", "hep-ph", "hep-th", "math-ph"),
        *("nlin", "nucl-ex", "nucl-th", "physics", "quant-ph"),
    }
)

# From this many chosen categories on, one request for the whole archive is cheaper than one for each.
_WHOLE_ARCHIVE_FROM = 4


class UnknownCategoryError(ValueError):
    """A category that arXiv does not have; the text names it."""


def _codes(archive: str) -> tuple[str, ...]:
    subjects = _SUBJECTS[archive].split()
    return tuple(f"{archive}.{subject}" for subject in subjects) if subjects else (archive,)


ALL = frozenset(code for archive in _SUBJECTS for code in _codes(archive))


def canonical(code: str) -> str:
    """The code that arXiv shows for a category; a code that is unknown stays as it is."""
    return ALIASES.get(code) or SUBSUMED.get(code) or code


def canonical_list(codes: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """Categories in their order, aliases replaced, each once."""
    return tuple(dict.fromkeys(canonical(code) for code in codes))


@cache
def selection(text: str) -> frozenset[str]:
    """The canonical categories that a setting such as "cs,stat.ML" means; an archive means all of its own.

    Raises UnknownCategoryError for a word that is neither.
    """
    return frozenset(canonical(code) for code in _chosen(text))


@cache
def query_codes(text: str) -> tuple[str, ...]:
    """Every code, aliases included, by which a paper of the selection may be filed."""
    chosen = selection(text)
    both = chosen | {alias for alias, code in ALIASES.items() if code in chosen}
    return tuple(sorted(both))


@cache
def oai_sets(text: str) -> tuple[str, ...]:
    """The fewest OAI-PMH sets that cover the selection."""
    chosen = set(_chosen(text))
    sets: list[str] = []
    for archive in _SUBJECTS:
        codes = _codes(archive)
        wanted = [code for code in codes if code in chosen]
        group = f"physics:{archive}" if archive in _PHYSICS else archive
        if len(wanted) == len(codes) or len(wanted) >= _WHOLE_ARCHIVE_FROM:
            sets.append(group)
        else:
            full = group if ":" in group else f"{group}:{archive}"
            sets.extend(f"{full}:{code.partition('.')[2]}" for code in wanted)
    return tuple(sets)


def _chosen(text: str) -> tuple[str, ...]:
    words = text.replace(",", " ").split()
    if not words:
        raise UnknownCategoryError("no category is named")
    codes: list[str] = []
    for word in words:
        if word in _SUBJECTS:
            codes.extend(_codes(word))
        elif word in ALL:
            codes.append(word)
        else:
            raise UnknownCategoryError(f"arXiv has no archive or category {word!r}")
    return tuple(dict.fromkeys(codes))
