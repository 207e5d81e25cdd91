"""Whatever protects something is taken out of the template, one thing at a time: a check notices each."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.template import PATH, transform
from tests.unit.template_checks import CHECKS

Way = tuple[str | int, ...]

# Each of these is taken out wherever it is, and so is each thing that stands in it.
PROTECTS = frozenset(
    {
        "Action",
        "AlarmActions",
        "BisectBatchOnFunctionError",
        "BucketEncryption",
        "DeadLetterConfig",
        "DeletionPolicy",
        "DestinationConfig",
        "FilterCriteria",
        "FunctionResponseTypes",
        "LifecycleConfiguration",
        "LoggingConfig",
        "MaximumRecordAgeInSeconds",
        "MaximumRetryAttempts",
        "MessageRetentionPeriod",
        "NotificationsWithSubscribers",
        "OKActions",
        "OnFailure",
        "OwnershipControls",
        "PointInTimeRecoverySpecification",
        "PublicAccessBlockConfiguration",
        "RedrivePolicy",
        "RetentionInDays",
        "RetryPolicy",
        "ScalingConfig",
        "SecurityHeadersConfig",
        "SqsManagedSseEnabled",
        "Statement",
        "StreamSpecification",
        "TimeToLiveSpecification",
        "TreatMissingData",
        "UpdateReplacePolicy",
        "VersioningConfiguration",
        "VisibilityTimeout",
    }
)
# What a header says is looked at by test_hosting.py; here, whether it is there.
DETAILS = frozenset({"SecurityHeadersConfig", "FilterCriteria"})

# What an alarm asks: each of these is made another.
ALARMS = frozenset(
    {
        *("ComparisonOperator", "EvaluationPeriods", "Expression", "MetricName", "Namespace", "Period"),
        *("Stat", "Statistic", "Threshold"),
    }
)
# What a statement or a rule is called protects nothing.
LABELS = frozenset({"Sid", "Id"})


def template() -> Any:
    """The template after the transform, to be changed."""
    return copy.deepcopy(dict(transform(PATH.read_text("utf-8"), parameters={}, region="us-east-1")))


def ways(node: Any, way: Way = (), *, within: str = "") -> Iterator[Way]:
    """The ways to all that can be taken out of a resource."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        # Of a choice, its outcomes are what can be taken out: the name of its condition can not.
        protects = key in PROTECTS or bool(within)
        is_choice = isinstance(node, list) and bool(way) and way[-1] == "Fn::If"
        if protects and not is_choice and key not in LABELS and not str(key).startswith(("Fn::", "Ref")):
            yield (*way, key)
        deeper = "" if within in DETAILS else within
        inside = str(key) if key in PROTECTS else deeper
        if not _is_reference(value):
            yield from ways(value, (*way, key), within=inside)


def _is_reference(value: Any) -> bool:
    return (
        isinstance(value, dict) and len(value) == 1 and next(iter(value)) in {"Ref", "Fn::GetAtt", "Fn::Sub"}
    )


def mutants() -> list[Way]:
    """A way for each mutant: what is taken out of the template to make it."""
    resources = template()["Resources"]
    found: list[Way] = [(name,) for name in resources]
    found += [way for name, resource in resources.items() for way in ways(resource, (name,))]
    return found


def without(way: Way) -> Any:
    """The template without what lies at the end of a way."""
    mutant = template()
    node: Any = mutant["Resources"]
    for key in way[:-1]:
        node = node[key]
    del node[way[-1]]
    return mutant


def notices(mutant: Any) -> bool:
    """Whether a check fails."""
    for check in CHECKS:
        try:
            check(mutant)
        except (AssertionError, IndexError, KeyError, ValueError):
            return True
    return False


def test_the_list_is_about_everything() -> None:
    found = mutants()
    last = {way[-1] for way in found}
    assert last >= PROTECTS
    assert len(found) > 200


def test_the_template_as_it_is_passes() -> None:
    assert not notices(template())


@pytest.mark.parametrize("way", mutants(), ids=lambda way: "/".join(map(str, way)))
def test_what_is_taken_out_is_noticed(way: Way) -> None:
    assert notices(without(way)), f"nothing fails without {'/'.join(map(str, way))}"


def values() -> list[Way]:
    """The ways to what the alarms compare with what, each of which is made another."""
    found: list[Way] = []

    def look(node: Any, way: Way) -> None:
        items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        for key, value in items:
            if key in ALARMS and not isinstance(value, dict):
                found.append((*way, key))
            look(value, (*way, key))

    for name, resource in template()["Resources"].items():
        if resource["Type"] == "AWS::CloudWatch::Alarm":
            look(resource["Properties"], (name, "Properties"))
    return found


@pytest.mark.parametrize("way", values(), ids=lambda way: "/".join(map(str, way)))
def test_an_alarm_that_asks_something_else_is_noticed(way: Way) -> None:
    mutant = template()
    node: Any = mutant["Resources"]
    for key in way[:-1]:
        node = node[key]
    node[way[-1]] = node[way[-1]] * 1000 if isinstance(node[way[-1]], int) else f"Not{node[way[-1]]}"
    assert notices(mutant)


def test_every_alarm_is_made_another() -> None:
    alarms = [one for one in template()["Resources"].values() if one["Type"] == "AWS::CloudWatch::Alarm"]
    assert len(alarms) == 8
    assert len(values()) == 6 * 7 + (4 + 3 * 4) + (4 + 4)
