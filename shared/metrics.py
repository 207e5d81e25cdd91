"""What is counted for the alarms and the dashboard, as lines that CloudWatch makes metrics of.

Each name costs money (docs/cost.md), so they are all here. Lines are those of the embedded metric format:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from shared import settings

Name = Literal[
    "PapersQueued",  # by a run
    "PostsRead",  # from X by a run
    "SourcesUnavailable",  # of those that are on, at a measuring
    "PapersScored",  # of a batch
    "PostsPublished",  # that appeared with a run
    "PostOverdue",  # 1 if a post should have been there hours ago, else 0
    "BudgetLeft",  # what may still be read from X in the month, in posts; of X alone
]


def count(run: str, values: Mapping[Name, int]) -> None:
    """Count values for this stack and step; without STACK_NAME nobody is interested."""
    stack = settings.get().stack_name
    if not stack:
        return
    # One of its own each time: Powertools' other kind keeps what was never flushed for the next.
    metrics = EphemeralMetrics()
    # Metrics of two stacks in an account stay apart.
    metrics.add_dimension(name="stack", value=stack)
    metrics.add_metadata(key="run", value=run)
    for name, value in values.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    metrics.flush_metrics()
