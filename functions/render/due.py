"""Whether a run publishes a day that it names."""

from __future__ import annotations

from shared import clock
from shared.run_states import RunDay, RunState
from shared.settings import Settings
from shared.table import Post


def reason_to_skip(settings: Settings, state: RunState, run_day: RunDay, post: Post | None) -> str:
    """Why a day is not published by this run; "" when it is."""
    if post is not None:
        return ""
    if state.run.kind == "list":
        return "first published by a measuring run"
    if clock.run_time(state.run.id) < settings.publishable_from(run_day.date):
        return f"published {settings.publish_after_hours} hours after its listing"
    if not any(source.ever_measured for source in run_day.sources.values()):
        return "no source was measured"
    return ""
