"""A bare Jinja program: Markdown posts of one known form in, a site out. As little as one can get by with.

    python bare.py POSTS OUT

No library for Markdown: headings, lists, links and HTML are all that the posts have, and it relies on that.
"""

import json
import re
import sys
from html import escape
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader

# As many posts on a page of a category as a month has.
_ON_A_PAGE = 21
_IN_THE_FEED = 10
_LINK = re.compile(r"\[([^\]]*)\]\(([^)]*)\)")
_CODES = re.compile(r"^categories: (.*)$", re.MULTILINE)
_TITLE = re.compile(r"^title: (.*)$", re.MULTILINE)
_DATE = re.compile(r"^date: (.*)$", re.MULTILINE)


class Post(NamedTuple):
    """A post as it was read."""

    date: str
    title: str
    published: str
    categories: list[str]
    content: str


def read(path: Path) -> Post:
    """A post out of its file."""
    _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
    return Post(
        path.name[:10],
        _value(_TITLE, front),
        _value(_DATE, front),
        json.loads(_value(_CODES, front)),
        "\n".join(_block(block.strip("\n")) for block in body.split("\n\n") if block.strip()),
    )


def _value(pattern: re.Pattern[str], front: str) -> str:
    found = pattern.search(front)
    return found[1] if found else ""


def _block(block: str) -> str:
    if block.startswith("<"):
        return block
    if block.startswith("# "):
        return f"<h2>{escape(block[2:], quote=False)}</h2>"
    if block.startswith("- "):
        items = "".join(f"<li>{_linked(line[2:])}</li>\n" for line in block.split("\n"))
        return f"<ul>\n{items}</ul>"
    return f"<p>{_linked(block)}</p>"


def _linked(text: str) -> str:
    return _LINK.sub(r'<a href="\2">\1</a>', escape(text, quote=False))


def main() -> None:
    """Read all posts, write all pages."""
    folder, out = map(Path, sys.argv[1:])
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("bare_templates")), autoescape=True
    )
    posts = [read(path) for path in sorted(folder.glob("*.md"), reverse=True)]
    (out / "category").mkdir(parents=True)

    def write(key: str, template: str, **values: object) -> None:
        text = templates.get_template(template).render(**values)
        (out / key).write_text(text, encoding="utf-8")

    for place, post in enumerate(posts):
        newer = posts[place - 1] if place else None
        older = posts[place + 1] if place + 1 < len(posts) else None
        title, description = post.title, f"Hot papers {post.date}"
        key = f"{post.date}.html"
        write(key, "post.html", post=post, newer=newer, older=older, title=title, description=description)
    having: dict[str, list[Post]] = {}
    for post in posts:
        for code in post.categories:
            having.setdefault(code, []).append(post)
    for code, of_code in having.items():
        pages = [of_code[first : first + _ON_A_PAGE] for first in range(0, len(of_code), _ON_A_PAGE)]
        keys = [f"category/{code}{f'.{number}' if number else ''}.html" for number in range(len(pages))]
        for number, page in enumerate(pages):
            newer_key = keys[number - 1] if number else ""
            older_key = keys[number + 1] if number + 1 < len(keys) else ""
            write(keys[number], "category.html", posts=page, title=code, newer=newer_key, older=older_key)
    write("index.html", "index.html", post=posts[0], before=posts[1:8], title="Hot Papers")
    write("feed.xml", "feed.xml", posts=posts[:_IN_THE_FEED])


if __name__ == "__main__":
    main()
