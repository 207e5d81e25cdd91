"""What came of the calls of a run: told step by step, and judged in the end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from infra.local.invoke import Invocation
from infra.local.progress import say
from shared.paper import SOURCE_LABELS

# So many days in a row that could not be had are arXiv's outage: a range ends, as each more takes minutes.
MOST_FAILURES = 5


def has_given_up(failed: Sequence[date], asked: Sequence[date]) -> bool:
    """Whether the last days asked for were failures, so many that arXiv is away."""
    lately = list(asked[-MOST_FAILURES:])
    return len(lately) == MOST_FAILURES and lately == list(failed[-MOST_FAILURES:])


def outcomes(calls: Sequence[Invocation], step: str) -> list[dict[str, Any]]:
    """What the calls of a step answered, one for each run."""
    answers = [call.result for call in calls if call.step == step and isinstance(call.result, dict)]
    name = "runs" if step == "fetch" else "published"
    return [outcome for answer in answers for outcome in answer.get(name, [answer])]


def tell_fetched(outcome: dict[str, Any]) -> None:
    """What fetch listed, measured and queued."""
    listed = ", ".join(outcome["listed"]) or "no announcement"
    requests = sum(outcome["requests"].values())
    say("fetch", f"{listed}: {outcome['papers']:,} papers, {outcome['queued']:,} queued, {requests} requests")
    for state in _sources(outcome):
        say("", state)
    if outcome["failure"]:
        say("", outcome["failure"])


def in_a_line(outcome: dict[str, Any]) -> str:
    """What fetch found of a day that was asked for."""
    if outcome["failure"]:
        return f"failed: {outcome['failure']}"
    if outcome["listed"]:
        return f"{outcome['papers']:,} papers"
    return "quiet: arXiv announced nothing" if outcome["quiet"] else "not announced yet"


def tell_rendered(outcome: dict[str, Any]) -> None:
    """What render published."""
    days = ", ".join(outcome["days"]) or "no day"
    say("render", f"{days}: {outcome['written']} objects written, {outcome['unchanged']} unchanged")
    for day, reason in outcome["skipped"].items():
        say("", f"{day} not published: {reason}")


def verdict(calls: Sequence[Invocation], asked: list[str], posts: list[str], *, lost: int = 0) -> str:
    """Why what was asked for is not published, in one line; "" if it is.

    `asked` are the days that were named (none: the newest one), `posts` the keys of the posts there are,
    `lost` how many papers ended in the dead-letter queue.
    """
    fetched = outcomes(calls, "fetch")
    published = {Path(post).name[:10] for post in posts}
    quiet = {day for outcome in fetched for day in outcome["quiet"]}
    missing = sorted(set(asked) - quiet - published)
    if published and not missing:
        return ""
    failures = [outcome["failure"] for outcome in fetched if outcome["failure"]]
    failures += [
        f"{call.step} failed: {type(call.exception).__name__}: {call.exception}".splitlines()[0]
        for call in calls
        if call.exception
    ]
    if lost:
        failures.append(f"{lost} papers could not be stored and wait in the dead-letter queue")
    if failures:
        return f"{', '.join(missing)}: {failures[0]}" if len(asked) > 1 else str(failures[0])
    return _skipped(calls, missing) or _silence(quiet & set(asked), missing)


def _skipped(calls: Sequence[Invocation], missing: list[str]) -> str:
    """Why render left a day out, with what the sources said; "" when it left none out."""
    states = [state for outcome in outcomes(calls, "fetch") for state in _sources(outcome)]
    for outcome in outcomes(calls, "render"):
        for day, reason in outcome["skipped"].items():
            if not missing or day in missing:
                return f"{day} is not published: {reason} ({'; '.join(states)})"
    return ""


def _silence(quiet: set[str], missing: list[str]) -> str:
    if missing:
        return f"not announced yet: {', '.join(missing)}"
    return f"arXiv announced nothing on {', '.join(sorted(quiet))}" if quiet else "arXiv announced nothing"


def _sources(outcome: dict[str, Any]) -> list[str]:
    return [f"{SOURCE_LABELS[name]} {state}" for name, state in outcome["sources"].items()]
