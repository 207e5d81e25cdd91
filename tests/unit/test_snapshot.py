"""The template after the transform, as it was when somebody looked at it last.

    python -m tests.unit.test_snapshot

writes what it is now over that; what has changed is then seen in the commit, a line each.
"""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import Any

from infra.local.template import PATH, transform

SNAPSHOT = Path(__file__).with_name("snapshot.json")
RENEW = "python -m tests.unit.test_snapshot"
SHOWN = 60
SECTIONS = ("Conditions", "Outputs", "Parameters", "Resources", "Rules")


def current() -> str:
    """All that a deployment hangs on, keys sorted, without what is the same for all templates."""
    template = transform(PATH.read_text("utf-8"), parameters={}, region="us-east-1")
    kept = {name: _readable(template[name]) for name in SECTIONS}
    return json.dumps(kept, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _readable(node: Any) -> Any:
    """Long texts as their lines, so that a changed one is not the whole text."""
    if isinstance(node, dict):
        return {str(key): _readable(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_readable(item) for item in node]
    return node.splitlines() if isinstance(node, str) and "\n" in node else node


def test_the_transformed_template_is_the_one_that_was_looked_at() -> None:
    before, now = SNAPSHOT.read_text("utf-8"), current()
    changed = list(
        difflib.unified_diff(before.splitlines(), now.splitlines(), "snapshot", "now", lineterm="")
    )
    told = "\n".join(changed[:SHOWN])
    assert before == now, f"the template has changed; if that is meant: {RENEW}\n{told}"


def test_a_change_is_a_change_of_a_few_lines() -> None:
    text = current()
    assert max(map(len, text.splitlines())) < 700
    assert "CodeUri" not in text


if __name__ == "__main__":
    SNAPSHOT.write_text(current(), encoding="utf-8")
