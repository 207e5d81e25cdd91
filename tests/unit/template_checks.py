"""What must hold in the transformed template: each check takes it and raises AssertionError or KeyError.

`test_template.py` holds the template to them, and `test_mutations.py` each of them to its purpose: whatever
is taken out of the template, one of them notices.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_args

from infra.local.template import PATH
from shared import metrics
from shared.paper import MESSAGE_BYTES
from shared.settings import Settings
from tests.unit.resolved import Resolved

Template = Mapping[str, Any]

USED = Path(__file__).with_name("used_actions.json")
"""What the steps need of AWS, as tests/steps/test_permissions.py records it."""
SECRETS = {"XBearerTokenParameter": "/hot-papers/x", "BlueskyCredentialsParameter": "/hot-papers/bluesky"}
EVERYTHING = SECRETS | {
    "NotifyEmail": "ada@example.org",
    "AlarmEmail": "ada@example.org",
    "MonthlyBudget": "5",
}
STEPS = ("fetch", "score", "render")

# What Lambda and the scheduler do in the functions' names: logs, triggers, and what was given up.
_BY_AWS = {
    "fetch": {"sqs:SendMessage FetchFailures"},
    "score": {
        f"sqs:{action} PapersQueue" for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
    },
    "render": {"sqs:SendMessage RenderFailures"}
    | {
        f"dynamodb:{action} Table/stream/*"
        for action in ("DescribeStream", "GetShardIterator", "GetRecords", "ListStreams")
    },
}
for _step, _grants_of_step in _BY_AWS.items():
    _grants_of_step |= {
        f"logs:{action} {_step.capitalize()}Logs" for action in ("CreateLogStream", "PutLogEvents")
    }
_SCHEDULER = {"lambda:InvokeFunction FetchFunction", "sqs:SendMessage FetchFailures"}


def _stack(template: Template, **parameters: str) -> Resolved:
    return Resolved(EVERYTHING | parameters, template)


def _grants(role: Mapping[str, Any]) -> set[str]:
    return {
        f"{action} {resource.split(':', 5)[-1].replace('.Arn', '')}"
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        for action in _listed(statement["Action"])
        for resource in _listed(statement["Resource"])
    }


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# --- what there is -----------------------------------------------------------------------------------

_KINDS = {
    "AWS::Budgets::Budget": 1,
    "AWS::CloudFront::Distribution": 1,
    "AWS::CloudFront::OriginAccessControl": 1,
    "AWS::CloudFront::ResponseHeadersPolicy": 1,
    "AWS::CloudWatch::Alarm": 3,
    "AWS::CloudWatch::Dashboard": 1,
    "AWS::DynamoDB::Table": 1,
    "AWS::Events::Rule": 1,
    "AWS::IAM::Role": 4,
    "AWS::Lambda::EventInvokeConfig": 1,
    "AWS::Lambda::EventSourceMapping": 2,
    "AWS::Lambda::Function": 3,
    "AWS::Logs::LogGroup": 3,
    "AWS::S3::Bucket": 1,
    "AWS::S3::BucketPolicy": 1,
    "AWS::SNS::Subscription": 2,
    "AWS::SNS::Topic": 2,
    "AWS::SNS::TopicPolicy": 2,
    "AWS::SQS::Queue": 4,
    "AWS::Scheduler::Schedule": 1,
}
_AT_CHOICE = {
    *("Budget", "Overview", "AlarmsMail", "PostsMail", "XBudgetAlarm"),
    *("Distribution", "OriginAccess", "SiteHeaders"),
}


def nothing_else_is_there(template: Template) -> None:
    """No policy, function URL or permission of its own kind that would open what the others close."""
    assert Counter(one["Type"] for one in _stack(template).resources.values()) == _KINDS


# All that each resource says of itself, by its kind or, where those of a kind differ, by its name; and what
# is said where one could be opened, stopped or led elsewhere from inside.
_QUEUE = "MessageRetentionPeriod SqsManagedSseEnabled"
_ALARM = (
    "AlarmActions AlarmDescription ComparisonOperator EvaluationPeriods OKActions Threshold TreatMissingData"
)
_DISTRIBUTION = "Distribution/DistributionConfig"
_SAID = {
    "AWS::Budgets::Budget": "Budget NotificationsWithSubscribers",
    "AWS::CloudFront::Distribution": "DistributionConfig",
    _DISTRIBUTION: "Comment CustomErrorResponses DefaultCacheBehavior DefaultRootObject Enabled HttpVersion "
    "IPV6Enabled Origins PriceClass ViewerCertificate",
    f"{_DISTRIBUTION}/DefaultCacheBehavior": "AllowedMethods CachePolicyId CachedMethods Compress "
    "ResponseHeadersPolicyId TargetOriginId ViewerProtocolPolicy",
    f"{_DISTRIBUTION}/Origins/0": "DomainName Id OriginAccessControlId S3OriginConfig",
    "AWS::CloudFront::OriginAccessControl": "OriginAccessControlConfig",
    "AWS::CloudFront::ResponseHeadersPolicy": "ResponseHeadersPolicyConfig",
    "SiteHeaders/ResponseHeadersPolicyConfig": "Comment CorsConfig Name SecurityHeadersConfig",
    "AWS::CloudWatch::Alarm": f"{_ALARM} DatapointsToAlarm Dimensions MetricName Namespace Period Statistic",
    "TicksMissingAlarm": f"{_ALARM} Metrics",
    "AWS::CloudWatch::Dashboard": "DashboardBody DashboardName",
    "AWS::DynamoDB::Table": "AttributeDefinitions BillingMode KeySchema PointInTimeRecoverySpecification "
    "StreamSpecification TimeToLiveSpecification",
    "AWS::Events::Rule": "Description EventPattern Targets",
    "PostPublished/Targets/0": "Arn Id InputTransformer",
    "AWS::IAM::Role": "AssumeRolePolicyDocument Policies",
    "AWS::Lambda::EventInvokeConfig": "DestinationConfig FunctionName MaximumRetryAttempts Qualifier",
    "FetchFunctionEventInvokeConfig/DestinationConfig": "OnFailure",
    "ScoreFunctionPapers": "BatchSize EventSourceArn FunctionName FunctionResponseTypes "
    "MaximumBatchingWindowInSeconds ScalingConfig",
    "RenderFunctionClosedRuns": "BatchSize BisectBatchOnFunctionError DestinationConfig EventSourceArn "
    "FilterCriteria FunctionName MaximumRecordAgeInSeconds MaximumRetryAttempts StartingPosition",
    "AWS::Lambda::Function": "Architectures Code Description Environment Handler LoggingConfig MemorySize "
    "Role Runtime Tags Timeout",
    "AWS::Logs::LogGroup": "RetentionInDays",
    "AWS::S3::Bucket": "BucketEncryption LifecycleConfiguration OwnershipControls "
    "PublicAccessBlockConfiguration VersioningConfiguration",
    "AWS::S3::BucketPolicy": "Bucket PolicyDocument",
    "AWS::SNS::Subscription": "Endpoint Protocol TopicArn",
    "AWS::SNS::Topic": "",
    "AWS::SNS::TopicPolicy": "PolicyDocument Topics",
    "AWS::SQS::Queue": _QUEUE,
    "PapersQueue": f"{_QUEUE} MaximumMessageSize RedrivePolicy VisibilityTimeout",
    "PapersDeadLetters": f"{_QUEUE} MaximumMessageSize",
    "AWS::Scheduler::Schedule": "Description FlexibleTimeWindow ScheduleExpression "
    "ScheduleExpressionTimezone Target",
    "FetchFunctionHourly/Target": "Arn DeadLetterConfig Input RetryPolicy RoleArn",
}


def nothing_says_more_of_itself(template: Template) -> None:
    """No policy, key, filter or end of its own that would open or stop what the others look at."""
    resources = _stack(template).resources
    for name, resource in resources.items():
        said = _SAID[name if name in _SAID else resource["Type"]]
        assert resource.get("Properties", {}).keys() == set(said.split()), name
    for way, said in _SAID.items():
        name, *steps = way.split("/")
        if not steps:
            continue
        node = resources[name]["Properties"]
        for step in steps:
            node = node[int(step) if step.isdigit() else step]
        assert node.keys() == set(said.split()), way
    website = _stack(template, Hosting="website").resources["Bucket"]["Properties"]
    assert website.keys() - resources["Bucket"]["Properties"].keys() == {"WebsiteConfiguration"}


def what_protects_is_there_whatever_is_given(template: Template) -> None:
    for mode in ("none", "website"):
        nothing = {name: str(template["Parameters"][name]["Default"]) for name in EVERYTHING}
        stack = _stack(template, **nothing, Hosting=mode, Dashboard="false")
        assert stack.resources.keys() == template["Resources"].keys() - _AT_CHOICE


# --- who may do what ---------------------------------------------------------------------------------


def each_role_is_its_services(template: Template) -> None:
    for name, role in _stack(template).of_type("AWS::IAM::Role").items():
        service = "scheduler" if name == "FetchFunctionHourlyRole" else "lambda"
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Service": [f"{service}.amazonaws.com"]}
        assert (statement["Effect"], statement["Action"]) == ("Allow", ["sts:AssumeRole"])
        assert statement.keys() == {"Effect", "Principal", "Action"}


def the_roles_allow_what_is_used_and_nothing_else(template: Template) -> None:
    roles = _stack(template).of_type("AWS::IAM::Role")
    used = json.loads(USED.read_text("utf-8"))
    _, *sections = re.split(r"^  (\w+)FunctionRole:", PATH.read_text("utf-8"), flags=re.M)
    justified = {
        f"{step.lower()} {action}"
        for step, text in zip(sections[::2], sections[1::2], strict=True)
        for action in re.findall(r"(\w+:\w+) # unused here: \w", text)
    }
    unused: set[str] = set()
    for step in STEPS:
        role = roles[f"{step.capitalize()}FunctionRole"]
        name = f"{step.capitalize()}Function"
        assert _stack(template).resources[name]["Properties"]["Role"] == f"{name}Role.Arn"
        granted = _grants(role) - _BY_AWS[step]
        assert set(used[step]) <= granted, "what is used is not allowed"
        assert _BY_AWS[step] <= _grants(role)
        unused |= {f"{step} {grant.split()[0]}" for grant in granted - set(used[step])}
    assert unused == justified, (
        "what nothing uses needs a comment `unused here`, and the comment its permission"
    )
    assert _grants(roles["FetchFunctionHourlyRole"]) == _SCHEDULER
    assert len(roles) == len(STEPS) + 1


def permissions_are_single_actions(template: Template) -> None:
    for role in _stack(template).of_type("AWS::IAM::Role").values():
        for policy in role["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                assert statement["Effect"] == "Allow"
                is_bound = statement["Action"] == "events:PutEvents"
                assert statement.keys() - {"Effect", "Action", "Resource"} == (
                    {"Condition"} if is_bound else set()
                )
        for grant in _grants(role):
            action, resource = grant.split()
            assert re.fullmatch(r"[a-z0-9]+:[A-Za-z]+", action), action
            # Stars are for the keys of the bucket, of which what may be deleted lies in one folder, and for
            # the table's stream, whose name is a time.
            folder = "filter/" if action == "s3:DeleteObject" else ""
            assert "*" not in resource or resource in (f"Bucket/{folder}*", "Table/stream/*"), grant


def render_sends_only_its_own_events(template: Template) -> None:
    (grant,) = (
        statement
        for policy in _stack(template).of_type("AWS::IAM::Role")["RenderFunctionRole"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Action"] == "events:PutEvents"
    )
    assert grant["Condition"] == {"StringEquals": {"events:source": "hot-papers"}}


_OF_THE_ACCOUNT = {"StringEquals": {"aws:SourceAccount": "123456789012"}}
_TELLS = {
    "events.amazonaws.com": {"ArnEquals": {"aws:SourceArn": "PostPublished.Arn"}},
    "cloudwatch.amazonaws.com": _OF_THE_ACCOUNT
    | {"ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:*"}},
    "budgets.amazonaws.com": _OF_THE_ACCOUNT
    | {"ArnLike": {"aws:SourceArn": "arn:aws:budgets::123456789012:*"}},
}


def topics_are_for_the_service_that_tells(template: Template) -> None:
    policies = _stack(template).of_type("AWS::SNS::TopicPolicy")
    told: dict[str, set[str]] = {}
    for policy in policies.values():
        (topic,) = policy["Topics"]
        for statement in policy["PolicyDocument"]["Statement"]:
            assert (statement["Effect"], statement["Action"]) == ("Allow", "sns:Publish")
            assert statement["Resource"] == topic
            (service,) = statement["Principal"].values()
            assert statement["Principal"] == {"Service": service}
            assert statement["Condition"] == _TELLS[service]
            told.setdefault(topic, set()).add(service)
    assert told == {
        "PostsTopic": {"events.amazonaws.com"},
        "AlarmsTopic": {"cloudwatch.amazonaws.com", "budgets.amazonaws.com"},
    }
    mails = _stack(template).of_type("AWS::SNS::Subscription").values()
    assert {mail["TopicArn"]: mail["Endpoint"] for mail in mails} == dict.fromkeys(told, "ada@example.org")
    assert {mail["Protocol"] for mail in mails} == {"email"}


# --- what happens, and what to what fails -------------------------------------------------------------


def a_tick_comes_every_hour_and_says_which(template: Template) -> None:
    schedule = _stack(template).resources["FetchFunctionHourly"]["Properties"]
    assert schedule["ScheduleExpression"] == "cron(55 * * * ? *)"
    assert schedule["ScheduleExpressionTimezone"] == "UTC"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert schedule["Target"]["Arn"] == "FetchFunction.Arn"
    assert schedule["Target"]["RoleArn"] == "FetchFunctionHourlyRole.Arn"
    assert json.loads(schedule["Target"]["Input"]) == {"time": "<aws.scheduler.scheduled-time>"}


def the_triggers_are_on(template: Template) -> None:
    mappings = _stack(template).of_type("AWS::Lambda::EventSourceMapping")
    assert {mapping["FunctionName"]: mapping["EventSourceArn"] for mapping in mappings.values()} == {
        "ScoreFunction": "PapersQueue.Arn",
        "RenderFunction": "Table.StreamArn",
    }
    stream = mappings["RenderFunctionClosedRuns"]
    assert stream["StartingPosition"] == "TRIM_HORIZON", "nothing that was closed is left out"
    assert stream["BatchSize"] <= 10
    (pattern,) = stream["FilterCriteria"]["Filters"]
    assert json.loads(pattern["Pattern"]) == {
        "eventName": ["INSERT", "MODIFY"],
        "dynamodb": {
            "Keys": {"pk": {"S": ["RUN"]}},
            "NewImage": {"status": {"S": ["complete", "partial"]}},
        },
    }


def functions_have_the_time_and_room_they_need(template: Template) -> None:
    functions = _stack(template).of_type("AWS::Lambda::Function")
    assert {name: (function["Timeout"], function["MemorySize"]) for name, function in functions.items()} == {
        "FetchFunction": (900, 1024),
        "ScoreFunction": (60, 512),
        "RenderFunction": (300, 1024),
    }


def a_batch_is_not_seen_twice(template: Template) -> None:
    resources = _stack(template).resources
    trigger = resources["ScoreFunctionPapers"]["Properties"]
    queue = resources["PapersQueue"]["Properties"]
    timeout = resources["ScoreFunction"]["Properties"]["Timeout"]
    assert queue["VisibilityTimeout"] >= 6 * timeout + trigger["MaximumBatchingWindowInSeconds"]
    given_up = queue["VisibilityTimeout"] * queue["RedrivePolicy"]["maxReceiveCount"]
    assert given_up < Settings().run_deadline_minutes * 60, "what a run is closed without was given up"
    assert trigger["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert 2 <= trigger["ScalingConfig"]["MaximumConcurrency"] <= 10
    assert trigger["BatchSize"] <= 100
    redrive = queue["RedrivePolicy"]
    assert redrive == {"deadLetterTargetArn": "PapersDeadLetters.Arn", "maxReceiveCount": 5}


def nothing_is_tried_for_ever_or_lost_in_silence(template: Template) -> None:
    resources = _stack(template).resources
    stream = resources["RenderFunctionClosedRuns"]["Properties"]
    assert (stream["MaximumRetryAttempts"], stream["MaximumRecordAgeInSeconds"]) == (5, 21600)
    assert stream["BisectBatchOnFunctionError"] is True
    assert stream["DestinationConfig"]["OnFailure"]["Destination"] == "RenderFailures.Arn"
    config = resources["FetchFunctionEventInvokeConfig"]["Properties"]
    assert (config["FunctionName"], config["Qualifier"]) == ("FetchFunction", "$LATEST")
    assert config["MaximumRetryAttempts"] == 2
    assert config["DestinationConfig"]["OnFailure"]["Destination"] == "FetchFailures.Arn"
    target = resources["FetchFunctionHourly"]["Properties"]["Target"]
    assert target["DeadLetterConfig"]["Arn"] == "FetchFailures.Arn"
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 21600}


def queues_are_encrypted_and_keep_what_failed_longest(template: Template) -> None:
    queues = _stack(template).of_type("AWS::SQS::Queue")
    assert set(queues) == {"PapersQueue", *_dead_letters(template)}
    for name, queue in queues.items():
        assert queue["MessageRetentionPeriod"] == (4 if name == "PapersQueue" else 14) * 86400, name
        assert queue["SqsManagedSseEnabled"] is True
    for name in ("PapersQueue", "PapersDeadLetters"):
        assert queues[name]["MaximumMessageSize"] > MESSAGE_BYTES, name


def _dead_letters(template: Template) -> set[str]:
    """The queues that something is given up to."""
    text = json.dumps(_stack(template).resources)
    return set(re.findall(r'"(?:Destination|Arn|deadLetterTargetArn)": "(\w+)\.Arn"', text)) - {
        "FetchFunction",
        "PostsTopic",
    }


# --- what is kept ------------------------------------------------------------------------------------


def what_holds_data_stays(template: Template) -> None:
    for name in ("Table", "Bucket"):
        assert template["Resources"][name]["DeletionPolicy"] == "Retain"
        assert template["Resources"][name]["UpdateReplacePolicy"] == "Retain"
    table = template["Resources"]["Table"]["Properties"]
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert table["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk", "sk"], (
        "another would be a new table"
    )


def the_bucket_is_private_encrypted_and_versioned(template: Template) -> None:
    for mode in ("cloudfront", "none"):
        stack = _stack(template, Hosting=mode)
        bucket = stack.resources["Bucket"]["Properties"]
        assert bucket["PublicAccessBlockConfiguration"] == {
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        }
        assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
        rules = bucket["LifecycleConfiguration"]["Rules"]
        # What is current stays, and stays where it can be read.
        assert [{key: value for key, value in rule.items() if key != "Id"} for rule in rules] == [
            {
                "Status": "Enabled",
                "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
                "ExpiredObjectDeleteMarker": True,
            },
            {"Status": "Enabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}},
        ]
        assert stack.resources["BucketPolicy"]["Properties"]["Bucket"] == "Bucket"
        tls, *others = _bucket_statements(stack)
        assert tls["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert (tls["Effect"], tls["Principal"], tls["Action"]) == ("Deny", "*", "s3:*")
        assert tls["Resource"] == ["Bucket.Arn", "Bucket.Arn/*"]
        for other in others:
            assert (other["Effect"], other["Action"]) == ("Allow", "s3:GetObject")
            assert other["Resource"] == "Bucket.Arn/*"
            assert other["Principal"] == {"Service": "cloudfront.amazonaws.com"}
            distribution = "arn:aws:cloudfront::123456789012:distribution/Distribution"
            assert other["Condition"] == {"StringEquals": {"aws:SourceArn": distribution}}
        assert len(others) == (mode == "cloudfront")


def _bucket_statements(stack: Resolved) -> Any:
    return stack.resources["BucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]


def a_website_is_open_for_reading_alone(template: Template) -> None:
    tls, everybody = _bucket_statements(_stack(template, Hosting="website"))
    assert (tls["Effect"], tls["NotAction"]) == ("Deny", "s3:GetObject")
    assert (everybody["Effect"], everybody["Principal"]) == ("Allow", "*")
    assert (everybody["Action"], everybody["Resource"]) == ("s3:GetObject", "Bucket.Arn/*")


def every_function_has_a_log_that_ends(template: Template) -> None:
    stack = _stack(template, LogRetentionDays="7", LogLevel="ERROR")
    logs = stack.of_type("AWS::Logs::LogGroup")
    for step in STEPS:
        name = step.capitalize()
        function = stack.resources[f"{name}Function"]["Properties"]
        assert function["LoggingConfig"] == {"LogGroup": f"{name}Logs", "LogFormat": "JSON"}
        assert logs[f"{name}Logs"]["RetentionInDays"] == "7"
        variables = function["Environment"]["Variables"]
        assert variables["LOG_LEVEL"] == "ERROR"
        assert variables["STACK_NAME"] == "papers"
        assert variables["POWERTOOLS_SERVICE_NAME"] == step
        assert variables["POWERTOOLS_METRICS_NAMESPACE"] == "HotPapers"


# --- how it is read ----------------------------------------------------------------------------------


def readers_come_by_tls_and_with_headers(template: Template) -> None:
    stack = _stack(template, Hosting="cloudfront")
    config = stack.resources["Distribution"]["Properties"]["DistributionConfig"]
    assert config["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "redirect-to-https"
    assert config["DefaultCacheBehavior"]["ResponseHeadersPolicyId"] == "SiteHeaders"
    assert config["DefaultCacheBehavior"]["Compress"] is True
    assert config["Origins"][0]["OriginAccessControlId"] == "OriginAccess.Id"
    access = stack.resources["OriginAccess"]["Properties"]["OriginAccessControlConfig"]
    assert (access["SigningBehavior"], access["SigningProtocol"]) == ("always", "sigv4")
    headers = stack.resources["SiteHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
    assert headers["SecurityHeadersConfig"].keys() == {
        "ContentSecurityPolicy",
        "ContentTypeOptions",
        "FrameOptions",
        "ReferrerPolicy",
        "StrictTransportSecurity",
    }


def posts_are_told(template: Template) -> None:
    stack = _stack(template)
    rule = stack.resources["PostPublished"]["Properties"]
    assert rule["EventPattern"]["detail"]["site"] == ["Bucket"]
    assert [target["Arn"] for target in rule["Targets"]] == ["PostsTopic"]
    assert "PostsTopic" in stack.resources


# --- how it is watched -------------------------------------------------------------------------------


_IN_HOURS = {"Statistic": "Maximum", "Period": 3600, "EvaluationPeriods": 3, "DatapointsToAlarm": 1}
_TOLD_BY_RENDER = {
    "Namespace": "HotPapers",
    "Dimensions": [{"Name": "service", "Value": "render"}, {"Name": "stack", "Value": "papers"}],
    "TreatMissingData": "notBreaching",
}
_SILENCE = {
    "Metrics": [
        {"Id": "failing", "Expression": "FILL(failed, 1)", "ReturnData": True},
        {
            "Id": "failed",
            "ReturnData": False,
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/Lambda",
                    "MetricName": "Errors",
                    "Dimensions": [{"Name": "FunctionName", "Value": "RenderFunction"}],
                },
                "Stat": "Minimum",
                "Period": 3600,
            },
        },
    ],
    "EvaluationPeriods": 4,
    "TreatMissingData": "breaching",
}
# What all of them say.
_ALIKE = {
    "AlarmActions": ["AlarmsTopic"],
    "OKActions": ["AlarmsTopic"],
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "Threshold": 1,
}
# What each alarm asks, but for words that say what it is about.
_ASKS: Mapping[str, Mapping[str, Any]] = {
    "TroubleAlarm": _TOLD_BY_RENDER | _IN_HOURS | {"MetricName": "Trouble"},
    "TicksMissingAlarm": _SILENCE,
    "XBudgetAlarm": _TOLD_BY_RENDER | _IN_HOURS | {"MetricName": "BudgetSpent"},
}


def alarms_ask_what_they_should(template: Template) -> None:
    alarms = _stack(template).of_type("AWS::CloudWatch::Alarm")
    asked = {
        name: {key: value for key, value in alarm.items() if key not in {"AlarmDescription", *_ALIKE}}
        for name, alarm in alarms.items()
    }
    for part in asked["TicksMissingAlarm"]["Metrics"]:
        part.pop("Label", None)
    assert asked == _ASKS


def alarms_are_wired(template: Template) -> None:
    alarms = _stack(template).of_type("AWS::CloudWatch::Alarm")
    for name, alarm in alarms.items():
        assert {key: alarm[key] for key in _ALIKE} == _ALIKE, name
        assert "docs/operations.md" in alarm["AlarmDescription"], name
    told = {alarm["MetricName"] for alarm in alarms.values() if alarm.get("Namespace") == "HotPapers"}
    assert told == set(get_args(metrics.Name)), "whatever is told begins an alarm"
    without_x = _stack(template, XBearerTokenParameter="").of_type("AWS::CloudWatch::Alarm")
    assert alarms.keys() - without_x.keys() == {"XBudgetAlarm"}, "where X is off there is no budget"


def the_budget_warns_twice(template: Template) -> None:
    assert not _stack(template, MonthlyBudget="0").of_type("AWS::Budgets::Budget")
    (budget,) = _stack(template).of_type("AWS::Budgets::Budget").values()
    assert budget["Budget"] == {
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": "5", "Unit": "USD"},
    }
    assert template["Resources"]["Budget"]["DependsOn"] == "AlarmsTopicPolicy", "it may publish by then"
    told = []
    for each in budget["NotificationsWithSubscribers"]:
        assert each["Subscribers"] == [{"SubscriptionType": "SNS", "Address": "AlarmsTopic"}]
        notification = each["Notification"]
        assert notification["ComparisonOperator"] == "GREATER_THAN"
        assert notification["ThresholdType"] == "PERCENTAGE"
        told.append((notification["NotificationType"], notification["Threshold"]))
    assert told == [("ACTUAL", 80), ("FORECASTED", 100)]


def the_dashboard_shows_all_that_is_counted(template: Template) -> None:
    assert not _stack(template, Dashboard="false").of_type("AWS::CloudWatch::Dashboard")
    (dashboard,) = _stack(template).of_type("AWS::CloudWatch::Dashboard").values()
    assert dashboard["DashboardName"] == "papers-eu-west-1", "two stacks, or regions, have one each"
    widgets = json.loads(dashboard["DashboardBody"])["widgets"]
    shown = json.dumps(widgets)
    for name in (*_dead_letters(template), "PapersQueue", "Errors", "Duration"):
        assert f'"{name}"' in shown or f'"{name}.QueueName"' in shown, name
    assert len({(widget["x"], widget["y"]) for widget in widgets}) == len(widgets)


def what_people_need_is_put_out(template: Template) -> None:
    outputs = _stack(template).outputs
    for name in ("PapersDeadLetters", "FetchFailures", "RenderFailures"):
        assert outputs[f"{name}Url"]["Value"] == name
    for name in ("AlarmsTopic", "PostsTopic"):
        assert outputs[f"{name}Arn"]["Value"] == name
    assert outputs["DashboardUrl"]["Value"].endswith("region=eu-west-1#dashboards/dashboard/Overview")
    for name in ("FetchFunctionName", "QueueUrl", "TableName", "BucketName", "SiteUrl"):
        assert outputs[name]["Value"]


CHECKS: tuple[Callable[[Template], None], ...] = tuple(
    value
    for name, value in list(globals().items())
    if getattr(value, "__module__", "") == __name__ and not name.startswith("_")
)
"""All of them: the functions of this module whose names can be read as sentences."""
