"""How templates are found and compiled. It needs Jinja alone, so that whatever builds can compile them.

python -m functions.render.templating FOLDER    compiles them; the build has them in `compiled`, beside this
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

from jinja2 import Environment, FileSystemLoader, ModuleLoader, StrictUndefined, nodes

TEMPLATES = Path(__file__).parent / "templates"
# Not in a checkout, where templates are changed.
COMPILED = Path(__file__).parent / "compiled"


def environment() -> Environment:
    """The templates, without the filters and values of pages.py."""
    # Autoescape whatever a template is called: everything it shows came from outside.
    return Environment(
        loader=ModuleLoader(COMPILED) if COMPILED.is_dir() else FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # A file that changes is another process's: no look at each template for each page.
        auto_reload=False,
    )


def compile_to(folder: Path) -> None:
    """Compile all templates to modules in a folder; raises TemplateSyntaxError."""
    made = environment()
    made.loader = loader = FileSystemLoader(TEMPLATES)
    pages = ["html"]
    for name in made.list_templates(extensions=pages):
        source, _, _ = loader.get_source(made, name)
        for used in made.parse(source, name).find_all(nodes.Filter):
            made.filters.setdefault(used.name, _elsewhere)
    made.compile_templates(folder, extensions=pages, zip=None, ignore_errors=False)


def _elsewhere(*_args: object) -> NoReturn:
    """Stands for a filter of pages.py: where Jinja would have the value of a constant now, it leaves that."""
    raise LookupError


if __name__ == "__main__":
    compile_to(Path(sys.argv[1]))
