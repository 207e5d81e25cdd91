"""The bucket's objects as files of a folder."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from infra.local.progress import say
from infra.local.usage import UsageError

# What tells of one day, or of the service: all other objects tell of several days.
_OF_ONE_DAY = re.compile(r"posts/|paper/|status\.|\d{4}-\d\d-\d\d\.")


def write(out: Path, objects: Mapping[str, bytes]) -> None:
    """The bucket's objects as files; a file that has not changed is left alone. Raises UsageError."""
    kept = _better(out, objects)
    for key, body in objects.items():
        path = out / key
        if key in kept or (path.is_file() and path.read_bytes() == body):
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror}") from None


def _better(out: Path, objects: Mapping[str, bytes]) -> set[str]:
    """What an earlier run left that is better: a day with papers is not replaced by one without.

    Unless every source was measured and says so. Nor are, then, the pages that tell of several days.
    """
    kept: set[str] = set()
    for key in objects:
        if re.fullmatch(r"\d{4}-\d\d-\d\d\.json", key) and (out / key).is_file():
            try:
                before, now = json.loads((out / key).read_bytes()), json.loads(objects[key])
            except ValueError:
                continue
            is_missing = any(
                source["state"] == "unavailable" or source.get("capped") for source in now["sources"].values()
            )
            if before.get("papers") and not now["papers"] and is_missing:
                say("", f"{key[:10]} stays as it is in {out}: a source is missing and no paper is left")
                kept |= {name for name in objects if key[:10] in name or not _OF_ONE_DAY.match(name)}
    return {name for name in kept if (out / name).is_file()}
