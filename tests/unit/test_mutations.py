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
        "DependsOn",
        "DestinationConfig",
        "FilterCriteria",
        "FunctionResponseTypes",
        "LifecycleConfiguration",
        "LoggingConfig",
        "MaximumMessageSize",
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
        *("ComparisonOperator", "DatapointsToAlarm", "EvaluationPeriods", "Expression", "MetricName"),
        *("Namespace", "Period", "Stat", "Statistic", "Threshold"),
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
    assert len(alarms) == 3
    assert len(values()) == 2 * 8 + (4 + 4)


# What is there can also be made weaker: these put another value at a way, or one where there was none.
_OPEN = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
WEAKER: tuple[tuple[str, Any], ...] = (
    ("FetchFunctionHourly/State", "DISABLED"),
    ("FetchFunctionHourly/ScheduleExpression", "cron(55 7 * * ? *)"),
    ("FetchFunctionHourly/FlexibleTimeWindow", {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 60}),
    ("FetchFunctionHourly/Target/Input", "{}"),
    ("FetchFunctionHourly/Target/RoleArn", {"Fn::GetAtt": ["FetchFunctionRole", "Arn"]}),
    ("FetchFunctionEventInvokeConfig/FunctionName", {"Ref": "RenderFunction"}),
    ("AlarmsMail/Protocol", "email-json"),
    ("Budget/Budget/TimeUnit", "ANNUALLY"),
    ("RenderFunctionClosedRuns/Enabled", False),
    ("RenderFunctionClosedRuns/StartingPosition", "LATEST"),
    ("RenderFunctionClosedRuns/BatchSize", 1000),
    ("RenderFunctionClosedRuns/MaximumRetryAttempts", 0),
    ("RenderFunctionClosedRuns/MaximumRecordAgeInSeconds", 60),
    ("RenderFunctionClosedRuns/FilterCriteria/Filters/0/Pattern", "{}"),
    ("ScoreFunctionPapers/Enabled", False),
    ("FetchFunctionEventInvokeConfig/MaximumEventAgeInSeconds", 60),
    ("FetchFunction/Role", {"Fn::GetAtt": ["RenderFunctionRole", "Arn"]}),
    ("FetchFunction/Timeout", 3),
    ("RenderFunction/MemorySize", 128),
    ("ScoreFunction/ReservedConcurrentExecutions", 0),
    ("FetchFunctionRole/AssumeRolePolicyDocument/Statement/0/Principal", {"AWS": "*"}),
    ("ScoreFunctionRole/Policies/0/PolicyDocument/Statement/2/Resource", "*"),
    ("FetchFunctionHourlyRole/Policies/0/PolicyDocument/Statement/0/Resource", "*"),
    ("PapersQueue/VisibilityTimeout", 43200),
    ("PapersQueue/DelaySeconds", 900),
    ("PapersQueue/MaximumMessageSize", 262144),
    ("RenderFailures/SqsManagedSseEnabled", False),
    ("Table/KeySchema/0/AttributeName", "sk"),
    ("Table/StreamSpecification/StreamViewType", "KEYS_ONLY"),
    ("Table/PointInTimeRecoverySpecification/RecoveryPeriodInDays", 1),
    ("Bucket/LifecycleConfiguration/Rules/0/ExpirationInDays", 1),
    ("Bucket/LifecycleConfiguration/Rules/1/Transitions", [{"StorageClass": "GLACIER"}]),
    ("BucketPolicy/PolicyDocument/Statement/0/Principal", {"AWS": "arn:aws:iam::123456789012:root"}),
    (
        "BucketPolicy/PolicyDocument/Statement/1/Fn::If/1/Condition/StringEquals/aws:SourceArn",
        "*:distribution/Distribution",
    ),
    ("Distribution/DistributionConfig/CacheBehaviors", [{"ViewerProtocolPolicy": "allow-all"}]),
    ("OriginAccess/OriginAccessControlConfig/SigningBehavior", "never"),
    ("PostPublished/State", "DISABLED"),
    ("PostsTopicPolicy/PolicyDocument/Statement/0/Principal/AWS", "*"),
    ("PostsTopicPolicy/PolicyDocument/Statement/0/Condition/ArnEquals/aws:SourceArn", "*"),
    ("AlarmsTopicPolicy/PolicyDocument/Statement/0/Condition/ArnLike/aws:SourceArn", "*"),
    ("TroubleAlarm/ActionsEnabled", False),
    ("TicksMissingAlarm/DatapointsToAlarm", 1),
    # What opens or stops a resource from inside.
    ("Table/ResourcePolicy", {"PolicyDocument": {"Statement": [_OPEN]}}),
    ("PapersDeadLetters/RedriveAllowPolicy", {"redrivePermission": "denyAll"}),
    ("AlarmsMail/FilterPolicy", {"never": ["told"]}),
    ("FetchFunctionHourly/EndDate", "2026-12-31T00:00:00Z"),
    ("FetchFunctionHourly/Target/KinesisParameters", {"PartitionKey": "another kind of target"}),
    ("AlarmsTopic/KmsMasterKeyId", "alias/aws/sns"),
    ("Bucket/ReplicationConfiguration", {"Role": "arn:aws:iam::210987654321:role/r", "Rules": []}),
    ("FetchFunction/VpcConfig", {"SubnetIds": ["subnet-1"]}),
    ("FetchFunctionEventInvokeConfig/DestinationConfig/OnSuccess", {"Destination": "arn:aws:sqs:::other"}),
    ("RenderFunctionClosedRuns/TumblingWindowInSeconds", 900),
    ("FetchLogs/DataProtectionPolicy", {}),
    ("FetchFunctionRole/PermissionsBoundary", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
    ("FetchFunctionRole/AssumeRolePolicyDocument/Statement/0/Condition", {"Bool": {"never": "true"}}),
    ("FetchFunctionRole/Policies/0/PolicyDocument/Statement/0/Condition", {"Bool": {"never": "true"}}),
    ("PostPublished/Targets/0/RoleArn", {"Fn::GetAtt": ["FetchFunctionRole", "Arn"]}),
    ("Distribution/DistributionConfig/WebACLId", "arn:aws:wafv2:::other"),
    ("Distribution/DistributionConfig/DefaultCacheBehavior/FunctionAssociations", [{}]),
    ("SiteHeaders/ResponseHeadersPolicyConfig/RemoveHeadersConfig", {"Items": []}),
)


@pytest.mark.parametrize(("way", "value"), WEAKER, ids=[way for way, _ in WEAKER])
def test_what_is_made_weaker_is_noticed(way: str, value: Any) -> None:
    mutant = template()
    name, *keys = way.split("/")
    node = mutant["Resources"][name].setdefault("Properties", {})
    *steps, last = (int(key) if key.isdigit() else key for key in keys)
    for key in steps:
        node = node[key]
    assert last not in node or node[last] != value
    node[last] = value
    assert notices(mutant)


@pytest.mark.parametrize("name", ["BucketPolicy", "FetchLogs", "AlarmsTopicPolicy", "TicksMissingAlarm"])
def test_what_hangs_on_a_parameter_is_noticed(name: str) -> None:
    mutant = template()
    mutant["Resources"][name]["Condition"] = "HasAlarmEmail"
    assert notices(mutant)


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("AWS::Lambda::Url", {"AuthType": "NONE", "TargetFunctionArn": {"Ref": "FetchFunction"}}),
        ("AWS::Lambda::Permission", {"Principal": "*", "FunctionName": {"Ref": "FetchFunction"}}),
        ("AWS::IAM::Policy", {"Roles": [{"Ref": "FetchFunctionRole"}], "PolicyDocument": [_OPEN]}),
        ("AWS::SQS::QueuePolicy", {"Queues": [{"Ref": "PapersQueue"}], "PolicyDocument": [_OPEN]}),
        ("AWS::S3::BucketPolicy", {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": [_OPEN]}),
    ],
)
def test_what_opens_from_beside_is_noticed(kind: str, properties: Any) -> None:
    mutant = template()
    mutant["Resources"]["Beside"] = {"Type": kind, "Properties": properties}
    assert notices(mutant)
