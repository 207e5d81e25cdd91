"""What CloudFormation would make of the template with given parameters: conditions decided, references named.

A resource stands for itself: `Ref` gives its logical id, `Fn::GetAtt` that and the attribute, with a dot
between. One that refers to a resource whose condition is false is an error here, as it would be there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from infra.local.template import PATH, transform

PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "AWS::StackName": "papers",
    "AWS::StackId": "arn:aws:cloudformation:eu-west-1:123456789012:stack/papers/"
    "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
}
_NOTHING = object()


class Resolved:
    """`resources` and `outputs`, without those whose condition is false; `refused`: what the rules say.

    They are the template's, or those of another one that has been transformed.
    """

    def __init__(self, parameters: Mapping[str, str], template: Mapping[str, Any] | None = None) -> None:
        self._template = template or transform(
            PATH.read_text(encoding="utf-8"), parameters=parameters, region="us-east-1"
        )
        unknown = parameters.keys() - self._template["Parameters"].keys()
        assert not unknown, unknown
        self._values = PSEUDO | {
            name: str(parameters.get(name, parameter["Default"]))
            for name, parameter in self._template["Parameters"].items()
        }
        self._there = self._present("Resources")
        self.resources: dict[str, Any] = self._value(self._there)
        self.outputs: dict[str, Any] = self._value(self._present("Outputs"))
        self.refused = [
            assertion["AssertDescription"]
            for rule in self._template["Rules"].values()
            if self._holds(rule["RuleCondition"])
            for assertion in rule["Assertions"]
            if not self._holds(assertion["Assert"])
        ]

    def of_type(self, kind: str) -> dict[str, Any]:
        """The properties of all resources of a type."""
        return {name: item["Properties"] for name, item in self.resources.items() if item["Type"] == kind}

    def _present(self, section: str) -> dict[str, Any]:
        return {
            name: {key: value for key, value in item.items() if key != "Condition"}
            for name, item in self._template[section].items()
            if "Condition" not in item or self._holds({"Condition": item["Condition"]})
        }

    def _holds(self, condition: Any) -> bool:
        ((function, value),) = condition.items()
        if function == "Condition":
            return self._holds(self._template["Conditions"][value])
        if function == "Fn::Equals":
            first, second = (self._value(item) for item in value)
            return bool(first == second)
        held = [self._holds(item) for item in value]
        return {"Fn::Not": not held[0], "Fn::And": all(held), "Fn::Or": any(held)}[function]

    def _value(self, node: Any) -> Any:
        if isinstance(node, list):
            return [value for item in node if (value := self._value(item)) is not _NOTHING]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((key, value),) = node.items()
            if key == "Ref" or key.startswith("Fn::"):
                return self._function(key, value)
        values = {key: self._value(value) for key, value in node.items()}
        return {key: value for key, value in values.items() if value is not _NOTHING}

    def _function(self, function: str, value: Any) -> Any:
        match function:
            case "Ref":
                result = self._named(value)
            case "Fn::GetAtt":
                result = self._named(".".join(value))
            case "Fn::If":
                condition, then, otherwise = value
                result = self._value(then if self._holds({"Condition": condition}) else otherwise)
            case "Fn::Sub":
                text, given = (value, {}) if isinstance(value, str) else value
                own = {name: self._value(item) for name, item in given.items()}
                result = re.sub(
                    r"\$\{([^!}]+)\}", lambda match: own.get(match[1]) or self._named(match[1]), text
                )
            case "Fn::Split":
                result = self._value(value[1]).split(value[0])
            case "Fn::Select":
                result = self._value(value[1])[value[0]]
            case _:
                raise AssertionError(f"{function} is not known here")
        return result

    def _named(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return _NOTHING
        if name in self._values:
            return self._values[name]
        assert name.partition(".")[0] in self._there, f"{name} is not there"
        return name
