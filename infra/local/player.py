"""What is played in the AWS of `serve`, in a process of its own: code and templates are as they are now.

`python -m infra.local.player fill|render SERVER NOW`, with the functions' settings in the environment.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jinja2 import TemplateSyntaxError

from infra.local import environment, usage
from infra.local.cloud import Cloud
from infra.local.outcome import outcomes, verdict
from infra.local.progress import Progress
from infra.local.run import play
from shared import run_states, settings

_ROOT = Path(__file__).parents[2]
_OF_FUNCTIONS = (_ROOT / "functions", _ROOT / "shared")

# So many of the latest runs name the days that are rendered again.
_RUNS = 400


def fill(cloud: Cloud) -> str:
    """Play the whole chain once; why nothing is published, in one line, or ""."""
    play(cloud, [], cloud.clock.now())
    calls = cloud.triggers.invocations
    broken = [call.exception for call in calls if call.step == "render" and call.exception]
    if broken:
        return explained(broken[-1])
    bucket = cloud.stack.outputs["BucketName"]
    listed = cloud.client("s3").list_objects_v2(Bucket=bucket, Prefix="posts/").get("Contents", ())
    return verdict(calls, [], [item["Key"] for item in listed], lost=cloud.triggers.failures()["score"])


def render(cloud: Cloud) -> str:
    """Render again what the newest run of each day stands for; why it could not be, in one line, or ""."""
    with environment.replaced(cloud.environments["render"]):
        settings.get.cache_clear()
        runs = list(_newest_runs())
    if not runs:
        return "no run is complete yet"
    records = [{"dynamodb": {"Keys": {"pk": {"S": run_states.RUNS}, "sk": {"S": run}}}} for run in runs]
    call = cloud.triggers.invoke("render", {"Records": records})
    if call.exception:
        return explained(call.exception)
    written = sum(outcome["written"] for outcome in outcomes([call], "render"))
    print(f"rendered: {written} objects written in {call.seconds:.1f} s", flush=True)
    return ""


def _newest_runs() -> Iterator[str]:
    """The runs that are needed for every day to be in one of them."""
    seen: set[str] = set()
    for state in run_states.recent(_RUNS):
        days = {day.date for day in state.run.days}
        # A run that only lists publishes no day for the first time.
        if state.status == "open" or state.run.kind == "list" or days <= seen:
            continue
        seen |= days
        yield state.run.id


def explained(error: BaseException) -> str:
    """An exception with the place in the project that it is from: templates/day.html:12: unexpected '}'."""
    # Jinja puts a template's own file and line into the traceback, but for what is wrong with its syntax.
    places = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    reason = f"{type(error).__name__}: {error}"
    if isinstance(error, TemplateSyntaxError):
        places.append((error.filename or "", error.lineno))
        reason = error.message or reason
    elif isinstance(error, SyntaxError):
        places.append((error.filename or "", error.lineno))
        reason = f"SyntaxError: {error.msg}"
    ours = [(Path(name), line) for name, line in places if any(map(Path(name).is_relative_to, _OF_FUNCTIONS))]
    where = f"{ours[-1][0].relative_to(_ROOT)}:{ours[-1][1]}: " if ours else ""
    return f"{where}{reason}".splitlines()[0]


def main(arguments: list[str]) -> int:
    """Play; returns the exit code, 1 when it could not be done, with the reason on stderr."""
    what, server, now = arguments
    todo: dict[str, Any] = {"fill": fill, "render": render}
    with (
        Progress() as progress,
        Cloud(
            now=usage.moment(now), caller=dict(os.environ), server=server, on_step=progress.on_step
        ) as cloud,
    ):
        failure = todo[what](cloud)
    if failure:
        done = {"fill": "published", "render": "rendered"}[what]
        print(f"not {done}: {failure}", file=sys.stderr, flush=True)
    return int(bool(failure))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
