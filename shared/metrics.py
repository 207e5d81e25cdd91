"""What is told to the alarms, as lines that CloudWatch makes metrics of: only while something is not well.

A metric is billed by the hours in which it is told, so these cost nothing while all is well (docs/cost.md);
numbers about days are in the logs. Lines are those of the embedded metric format:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from shared import settings

Name = Literal[
    "Trouble",  # somebody has to look: functions/render/trouble.py
    "BudgetSpent",  # no page can be read from X any more in this month
]


def tell(run: str, names: Collection[Name]) -> None:
    """Tell what is not well with this stack as of a run; without STACK_NAME nobody is interested."""
    stack = settings.get().stack_name
    if not (names and stack):
        return
    # One of its own each time: Powertools' other kind keeps what was never flushed for the next.
    metrics = EphemeralMetrics()
    # Metrics of two stacks in an account stay apart.
    metrics.add_dimension(name="stack", value=stack)
    metrics.add_metadata(key="run", value=run)
    for name in names:
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)
    metrics.flush_metrics()
