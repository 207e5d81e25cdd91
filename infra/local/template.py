"""From infra/template.yaml to what moto can deploy, with the wiring still readable.

The SAM transform runs offline, as AWS runs it before CloudFormation. What moto has no model for is then
taken out, and so are the triggers: moto would play them with Docker. What is needed to play them here is
added as outputs of the stack, so that CloudFormation resolves their values like all others and nothing
about the wiring is said twice.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from samtranslator.metrics.metrics import DummyMetricsPublisher, Metrics
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

PATH = Path(__file__).parents[1] / "template.yaml"

# The outputs that carry the wiring, named after the resource: moto does not limit what an output is called.
OUTPUT_PREFIX = "Wiring:"

FUNCTION = "AWS::Lambda::Function"
MAPPING = "AWS::Lambda::EventSourceMapping"
INVOKE_CONFIG = "AWS::Lambda::EventInvokeConfig"
ROLE = "AWS::IAM::Role"
SCHEDULE = "AWS::Scheduler::Schedule"
_RULE = "AWS::Events::Rule"
_WIRING = (FUNCTION, MAPPING, INVOKE_CONFIG, ROLE, SCHEDULE)

_SUB_REFERENCE = re.compile(r"\$\{([^!}][^}]*)\}")


class TemplateError(Exception):
    """The template cannot be run here; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Deployable:
    """A plain CloudFormation template for moto, and `dropped`: what it lacks, as "LogicalId (Type)"."""

    body: dict[str, Any]
    dropped: tuple[str, ...]


def transform(text: str, *, parameters: Mapping[str, str], region: str) -> Mapping[str, Any]:
    """What the SAM transform makes of a template's text; raises TemplateError with each of its complaints.

    Kept for the next call, so it is not to be changed.
    """
    return _transform(text, tuple(sorted(parameters.items())), region)


@cache
def _transform(text: str, parameters: tuple[tuple[str, str], ...], region: str) -> Mapping[str, Any]:
    source = yaml_parse(text)
    # There is no bundle here, and the transform wants one that was uploaded.
    for properties in (
        source.get("Globals", {}).get("Function", {}),
        *(resource.get("Properties", {}) for resource in source["Resources"].values()),
    ):
        if "CodeUri" in properties:
            properties["CodeUri"] = "s3://bundle/key"
    metrics = Metrics("local", DummyMetricsPublisher())
    session = boto3.Session(region_name=region)
    try:
        output: Mapping[str, Any] = Translator({}, Parser(), boto_session=session, metrics=metrics).translate(
            source, dict(parameters)
        )
    except InvalidDocumentException as error:
        raise TemplateError("; ".join(cause.message for cause in error.causes)) from None
    finally:
        # To nobody; unpublished ones are complained about on stderr.
        metrics.publish()
    return output


def deployable(transformed: Mapping[str, Any]) -> Deployable:
    """The transformed template without what moto cannot deploy; what referred to that gets a stub's name."""
    # Importing it imports every service of moto, which takes the better part of a second.
    from moto.cloudformation.parsing import get_model_map

    body = copy.deepcopy(dict(transformed))
    resources: dict[str, Any] = body["Resources"]
    wiring = {name: resource for name, resource in resources.items() if resource["Type"] in _WIRING}
    lost = {
        name: resource["Type"]
        for name, resource in resources.items()
        if resource["Type"] not in get_model_map() or resource["Type"] == MAPPING
    }
    for name in lost:
        del resources[name]
    for resource in resources.values():
        if resource["Type"] == FUNCTION:
            resource["Properties"]["Code"] = {"ZipFile": "# invoked in this process"}
        if resource["Type"] == _RULE:
            # moto fails an event that matches a rule for a topic; nobody gets a mail from here anyway.
            resource["Properties"]["Targets"] = []
        if "DependsOn" in resource:
            needs = resource["DependsOn"]
            needs = [needs] if isinstance(needs, str) else needs
            resource["DependsOn"] = [name for name in needs if name not in lost]
    outputs = body.setdefault("Outputs", {})
    for name, resource in wiring.items():
        outputs[OUTPUT_PREFIX + name] = _wiring_output(name, resource)
    body = _stubbed(body, frozenset(lost))
    dropped = tuple(f"{name} ({kind})" for name, kind in lost.items() if kind not in _WIRING)
    return Deployable(body, dropped)


def _wiring_output(name: str, resource: Mapping[str, Any]) -> dict[str, Any]:
    """An output whose value is the resource's type and resolved properties as JSON."""
    told: dict[str, Any] = {"Type": resource["Type"], "Properties": resource["Properties"]}
    if resource["Type"] == FUNCTION:
        told["Properties"] = {k: v for k, v in resource["Properties"].items() if k != "Code"}
    if resource["Type"] in {FUNCTION, ROLE}:
        told |= {"Name": {"Ref": name}, "Arn": {"Fn::GetAtt": [name, "Arn"]}}
    output: dict[str, Any] = {"Value": {"Fn::ToJsonString": told}}
    if "Condition" in resource:
        output["Condition"] = resource["Condition"]
    return output


def _stubbed(node: Any, lost: frozenset[str]) -> Any:
    """The node with each reference to a lost resource replaced by a text that tells what it was."""
    if isinstance(node, list):
        return [_stubbed(item, lost) for item in node]
    if not isinstance(node, dict):
        return node
    if len(node) == 1:
        ((key, value),) = node.items()
        if key == "Ref" and value in lost:
            return f"no-{value}"
        if key == "Fn::GetAtt":
            owner = value.split(".")[0] if isinstance(value, str) else value[0]
            if owner in lost:
                return f"no-{owner}"
        if key == "Fn::Sub":
            text, *rest = [value] if isinstance(value, str) else value
            text = _SUB_REFERENCE.sub(
                lambda match: f"no-{owner}" if (owner := match[1].split(".")[0]) in lost else match[0], text
            )
            return {key: [text, *(_stubbed(item, lost) for item in rest)] if rest else text}
    return {key: _stubbed(value, lost) for key, value in node.items()}
