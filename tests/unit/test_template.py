"""infra/template.yaml: what the transform and the linter accept, and what must hold in it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cfnlint.api import lint_file  # type: ignore[import-untyped]
from samtranslator.yaml_helper import yaml_parse

from functions.render import announce
from infra.local.template import PATH, TemplateError, transform
from shared import settings
from tests.unit.template_checks import CHECKS, Template

ROOT = PATH.parents[1]
TEXT = PATH.read_text(encoding="utf-8")

# Settings that are for a local run alone: nobody deploys them.
LOCAL = {"X_BEARER_TOKEN", "BLUESKY_HANDLE", "BLUESKY_APP_PASSWORD", "SITE_NOTICE"}
# What Powertools and the SDK read.
OF_LIBRARIES = {"POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_SERVICE_NAME", "AWS_ENDPOINT_URL"}
STEPS = ("Fetch", "Score", "Render")


@pytest.fixture(scope="module")
def source() -> Any:
    return yaml_parse(TEXT)


@pytest.fixture(scope="module")
def resources() -> Any:
    return transform(TEXT, parameters={}, region="us-east-1")["Resources"]


def of_type(resources: Any, kind: str) -> dict[str, Any]:
    return {name: item["Properties"] for name, item in resources.items() if item["Type"] == kind}


def statements(resources: Any) -> Iterator[Any]:
    for role in of_type(resources, "AWS::IAM::Role").values():
        for policy in role.get("Policies", ()):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield statement["Fn::If"][1] if "Fn::If" in statement else statement


def variables(source: Any, step: str = "") -> dict[str, Any]:
    found: dict[str, Any] = dict(source["Globals"]["Function"]["Environment"]["Variables"])
    for name in [step] if step else STEPS:
        found |= source["Resources"][f"{name}Function"]["Properties"]["Environment"]["Variables"]
    return found


def parameter_of(value: Any) -> str:
    """What a variable refers to ("": nothing); of a choice its first, which is the value that was given."""
    while isinstance(value, dict) and "Fn::If" in value:
        value = value["Fn::If"][1]
    return str(value["Ref"]) if isinstance(value, dict) else ""


def test_the_linter_has_nothing_to_say() -> None:
    assert [str(match) for match in lint_file(PATH)] == []


def test_the_transform_names_what_it_refuses() -> None:
    with pytest.raises(TemplateError, match="FetchFunction"):
        transform(TEXT.replace("Type: ScheduleV2", "Type: Schedule9"), parameters={}, region="us-east-1")


def test_the_resources_stand_in_the_datas_order(source: Any) -> None:
    way = (
        "FetchFunction",
        "PapersQueue",
        "ScoreFunction",
        "Table",
        "RenderFunction",
        "Bucket",
        "Distribution",
    )
    assert [name for name in source["Resources"] if name in way] == list(way)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_what_must_hold_holds(check: Callable[[Template], None]) -> None:
    check(transform(TEXT, parameters={}, region="us-east-1"))


def test_handlers_are_the_steps(source: Any) -> None:
    for step in STEPS:
        function = source["Resources"][f"{step}Function"]
        assert function["Properties"]["Handler"] == f"functions.{step.lower()}.handler.lambda_handler"
        assert function["Metadata"] == {"BuildMethod": "makefile"}
        assert f"build-{step}Function" in (ROOT / "infra" / "build.mk").read_text(encoding="utf-8")
        assert function["Properties"]["LoggingConfig"] == {"LogGroup": {"Ref": f"{step}Logs"}}
        assert source["Resources"][f"{step}Logs"]["Properties"]["RetentionInDays"] == {
            "Ref": "LogRetentionDays"
        }


def test_each_permission_has_its_reason() -> None:
    grants = [
        line.strip() for line in TEXT.splitlines() if re.match(r"\s+(- |Action: )\W*[a-z0-9]+:[A-Z]", line)
    ]
    assert {"logs", "sts", "dynamodb"} <= {re.split(r"\W*(\w+):[A-Z]", line)[1] for line in grants}
    assert [line for line in grants if " # " not in line] == []


def test_fetch_alone_reads_a_secret_and_only_when_there_is_one(resources: Any) -> None:
    for step in STEPS:
        text = str(resources[f"{step}FunctionRole"])
        assert ("ssm:GetParameter" in text) is (step == "Fetch")
        for condition in ("HasXBearerToken", "HasBlueskyCredentials"):
            assert (condition in text) is (step == "Fetch")
    fetch_only = {"QUEUE_URL", "X_BEARER_TOKEN_PARAMETER", "BLUESKY_CREDENTIALS_PARAMETER"}
    source = yaml_parse(TEXT)
    assert fetch_only <= variables(source, "Fetch").keys()
    for step in ("Score", "Render"):
        assert not fetch_only & variables(source, step).keys()


@pytest.mark.parametrize(
    ("parameter", "condition"),
    [
        ("XBearerTokenParameter", "HasXBearerToken"),
        ("BlueskyCredentialsParameter", "HasBlueskyCredentials"),
    ],
)
def test_a_secret_opens_itself_alone(source: Any, resources: Any, parameter: str, condition: str) -> None:
    assert source["Conditions"][condition] == {"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, ""]}]}
    (granted,) = (
        statement
        for policy in resources["FetchFunctionRole"]["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if statement.get("Fn::If", [""])[0] == condition
    )
    _, grant, otherwise = granted["Fn::If"]
    assert grant["Action"] == "ssm:GetParameter"
    assert grant["Resource"]["Fn::Sub"].endswith(f":parameter${{{parameter}}}")
    assert otherwise == {"Ref": "AWS::NoValue"}


def test_nothing_has_a_name_that_a_second_stack_would_want(resources: Any) -> None:
    names = {
        "TopicName",
        "FunctionName",
        "QueueName",
        "TableName",
        "BucketName",
        "LogGroupName",
        "RoleName",
        "Name",
    }
    for name, resource in resources.items():
        if resource["Type"].startswith("AWS::Lambda::") and resource["Type"] != "AWS::Lambda::Function":
            continue  # there FunctionName says which function is meant
        assert not names & resource.get("Properties", {}).keys(), name


def test_render_alone_sends_events_and_only_its_own(resources: Any) -> None:
    for step in STEPS:
        text = str(resources[f"{step}FunctionRole"])
        assert ("events:PutEvents" in text) is (step == "Render")
    (grant,) = [one for one in statements(resources) if one["Action"] == "events:PutEvents"]
    assert grant["Condition"] == {"StringEquals": {"events:source": "hot-papers"}}
    assert grant["Resource"]["Fn::Sub"].endswith(":event-bus/default")
    variables_ = yaml_parse(TEXT)["Resources"]["RenderFunction"]["Properties"]["Environment"]["Variables"]
    assert variables_["EVENT_BUS_NAME"] == "default"


def test_a_mail_tells_of_this_stacks_new_posts_alone(source: Any, resources: Any) -> None:
    rule = resources["PostPublished"]["Properties"]
    assert rule["EventPattern"] == {
        "source": ["hot-papers"],
        "detail-type": [announce.DETAIL_TYPE],
        "detail": {"site": [{"Ref": "Bucket"}], "recent": [True]},
    }
    (target,) = rule["Targets"]
    assert target["Arn"] == {"Ref": "PostsTopic"}
    transformer = target["InputTransformer"]
    shown = set(re.findall("<([a-z]+)>", transformer["InputTemplate"]))
    assert shown == transformer["InputPathsMap"].keys()
    # What the transformer takes out of the event is a text in JSON only without quotes: no titles.
    assert shown == {"date", "papers", "listed", "url"}
    assert isinstance(json.loads(transformer["InputTemplate"]), str)
    (statement,) = resources["PostsTopicPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Action"] == "sns:Publish"
    assert statement["Condition"] == {
        "ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["PostPublished", "Arn"]}}
    }
    assert "KmsMasterKeyId" not in resources["PostsTopic"].get("Properties", {})
    mail = source["Resources"]["PostsMail"]
    assert (mail["Condition"], mail["Properties"]["Endpoint"]) == ("HasNotifyEmail", {"Ref": "NotifyEmail"})


def test_the_steps_that_need_what_x_costs_have_it(source: Any) -> None:
    prices = {"X_POSTS_PER_MONTH", "X_ARCHIVE_POSTS", "X_POST_PRICE", "X_USER_PRICE"}
    assert prices <= variables(source, "Fetch").keys()
    assert prices <= variables(source, "Render").keys(), "the status tells the bill"
    assert not prices & variables(source, "Score").keys()
    for step in STEPS:
        assert {"MENTIONS_PER_ACCOUNT", "IGNORED_ACCOUNTS"} <= variables(source, step).keys()


def test_every_setting_can_be_deployed_and_every_variable_is_a_setting(source: Any) -> None:
    known = {field.encode_name for field in msgspec.structs.fields(settings.Settings)}
    assert variables(source).keys() - OF_LIBRARIES == known - LOCAL


def test_a_parameter_is_named_after_its_setting_and_has_its_default(source: Any) -> None:
    parameters = source["Parameters"]
    refs = {
        name: parameter
        for name, value in variables(source).items()
        if (parameter := parameter_of(value)) in parameters
    }
    for name, parameter in refs.items():
        assert parameter == "".join(word.capitalize() for word in name.split("_"))
    assert parameters.keys() - refs.values() == {
        "AlarmEmail",
        "Architecture",
        "CertificateArn",
        "Dashboard",
        "DomainName",
        "Hosting",
        "LogRetentionDays",
        "MonthlyBudget",
        "NotifyEmail",
    }
    defaults = {name: str(parameters[parameter]["Default"]) for name, parameter in refs.items()}
    assert settings.parse(defaults) == settings.Settings()
    for parameter in parameters.values():
        assert parameter["Description"]
        assert parameter.keys() & {"AllowedPattern", "AllowedValues", "MinValue"}


def test_the_settings_take_each_number_that_the_template_lets_through(source: Any) -> None:
    numbers = {
        field.encode_name: type(field.default)
        for field in msgspec.structs.fields(settings.Settings)
        if type(field.default) in (int, float)
    }
    # Around each limit that a pattern can have, and what is no whole number.
    whole = [str(10**power + step) for power in range(11) for step in (-1, 0)] + ["23", "24", "167", "168"]
    broken = ["", "7.5", "7.0", "1e3", "-1", "+7", " 7", "7\n", "07", "0x7"]
    for name, kind in numbers.items():
        parameter = source["Parameters"][name.title().replace("_", "")]
        if kind is float:
            let_through = [str(parameter[bound]) for bound in ("MinValue", "MaxValue")]
        else:
            assert parameter["Type"] == "String", f"{name}: a Number may have a fraction"
            let_through = [text for text in whole + broken if re.fullmatch(parameter["AllowedPattern"], text)]
            assert not set(let_through) & set(broken), name
        assert len(let_through) > 1
        for text in let_through:
            settings.parse({name: text})


@pytest.mark.parametrize(
    ("parameter", "good", "bad"),
    [
        ("MeasureHourUtc", [str(hour) for hour in range(24)], ["24", "7.5", "-1", ""]),
        ("XSweepHours", [str(hours) for hours in range(1, 168)], ["0", "168", "48.5", ""]),
        *(
            (name, ["", "/hot-papers/x", "/a/b_c.d-e/f"], ["x", "hot-papers/x", "/x/", "//", "/a b", "/*"])
            for name in ("XBearerTokenParameter", "BlueskyCredentialsParameter")
        ),
        *(
            (name, ["", "ada@example.org"], ["ada", "@example.org", "a b@example.org", "a@b@c"])
            for name in ("NotifyEmail", "AlarmEmail")
        ),
        ("Categories", ["cs", "cs,stat.ML", "cs , math-ph"], ["", "cs,", "cs;math", ",cs", "cs math"]),
        *((name, ["", "a,b"], ["a\nb", "a\0"]) for name in ("IgnoredAccounts", "Filters", "Contact")),
        *((name, ["Hot: Papers"], ["", "a\nb"]) for name in ("SiteTitle", "PostCategory", "PostTags")),
    ],
)
def test_what_is_given_is_well_formed(source: Any, parameter: str, good: list[str], bad: list[str]) -> None:
    pattern = source["Parameters"][parameter]["AllowedPattern"]
    assert [text for text in good if not re.fullmatch(pattern, text)] == []
    assert [text for text in bad if re.fullmatch(pattern, text)] == []


def test_what_can_be_chosen_keeps_secrets_and_a_budget(source: Any) -> None:
    parameters = source["Parameters"]
    assert parameters["LogLevel"]["AllowedValues"] == ["INFO", "WARNING", "ERROR"], "DEBUG tells secrets"
    assert parameters["LogRetentionDays"]["Default"] == 30
    assert parameters["LogRetentionDays"]["Default"] in parameters["LogRetentionDays"]["AllowedValues"]
    # Lambda takes 4 KB of variables, all of them together.
    assert parameters["Filters"]["MaxLength"] <= 2500
    machine = {"arm64": "aarch64"}[parameters["Architecture"]["Default"]]
    build = (ROOT / "infra/build.mk").read_text("utf-8")
    assert f"LAMBDA_MACHINE ?= {machine}\n" in build
    runtime = source["Globals"]["Function"]["Runtime"]
    assert f"LAMBDA_PYTHON ?= {runtime.removeprefix('python')}\n" in build


def test_the_console_asks_for_all_parameters_in_groups_and_in_their_order(source: Any) -> None:
    groups = source["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert [name for group in groups for name in group["Parameters"]] == list(source["Parameters"])
    labels = [group["Label"]["default"] for group in groups]
    assert len(set(labels)) == len(labels) > 1


def test_what_checkov_finds_is_not_heeded_for_a_reason() -> None:
    skipped = re.findall(r"^  - (CKV.*)$", (ROOT / "infra/checkov.yaml").read_text("utf-8"), re.M)
    assert len(skipped) > 10
    assert [line for line in skipped if not re.fullmatch(r"CKV_AWS_\d+ # .{8,}", line)] == []


def test_samconfig_builds_the_source_and_deploys_what_was_built() -> None:
    import tomllib

    config = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))["default"]
    assert Path(config["build"]["parameters"]["template_file"]) == PATH.relative_to(ROOT)
    assert config["build"]["parameters"]["build_in_source"] is True
    assert "template_file" not in config["deploy"]["parameters"] | config["global"]["parameters"]
    assert config["deploy"]["parameters"]["capabilities"] == "CAPABILITY_IAM"
