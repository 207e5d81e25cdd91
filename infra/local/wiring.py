"""What the deployed stack is wired to do: its functions and their triggers, read from the stack's outputs.

A trigger that cannot be played here is refused by name instead of being left out in silence.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from infra.local.filters import FilterError, Pattern, parse_pattern
from infra.local.permissions import Grant
from infra.local.template import (
    FUNCTION,
    INVOKE_CONFIG,
    MAPPING,
    OUTPUT_PREFIX,
    ROLE,
    SCHEDULE,
    TemplateError,
)

T = TypeVar("T")

# What AWS takes where a template says nothing:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventinvokeconfig.html
_TIMEOUT_SECONDS = 3
_MEMORY_MB = 128
_ASYNC_RETRIES = 2
_SQS_BATCH = 10
_STREAM_BATCH = 100


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the stack; `step` is the package its handler is in, `grants` what its role allows.

    `retries` and `failures_arn` are for events that nobody waits for the answer of.
    """

    step: str
    logical_id: str
    name: str
    arn: str
    handler: str
    timeout_seconds: int
    memory_mb: int
    environment: Mapping[str, str] = field(hash=False)
    grants: tuple[Grant, ...] = ()
    retries: int = _ASYNC_RETRIES
    failures_arn: str | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule that starts a function, times in UTC."""

    step: str
    expression: str
    input: str


@dataclass(frozen=True, slots=True)
class QueueTrigger:
    """A queue that feeds a function; `partial` when the function may report single messages as failed."""

    step: str
    queue_arn: str
    batch_size: int
    window_seconds: int
    partial: bool


@dataclass(frozen=True, slots=True)
class StreamTrigger:
    """A table's stream that feeds a function with the records that match one of `patterns` (none: all)."""

    step: str
    stream_arn: str
    batch_size: int
    retries: int
    bisect: bool
    from_start: bool
    patterns: tuple[Pattern, ...] = field(hash=False)
    failures_arn: str | None = None


@dataclass(frozen=True, slots=True)
class Wiring:
    """All of a stack's functions by step, and their triggers."""

    functions: Mapping[str, Function]
    schedules: tuple[Schedule, ...]
    queues: tuple[QueueTrigger, ...]
    streams: tuple[StreamTrigger, ...]

    def schedule(self, step: str) -> Schedule:
        """The schedule that starts a step; raises TemplateError when there is none."""
        for schedule in self.schedules:
            if schedule.step == step:
                return schedule
        raise TemplateError(f"no schedule starts {step}")


def read(outputs: Mapping[str, str]) -> Wiring:
    """The wiring in a stack's outputs; raises TemplateError for a trigger that cannot be played here."""
    told = {
        name.removeprefix(OUTPUT_PREFIX): json.loads(value)
        for name, value in outputs.items()
        if name.startswith(OUTPUT_PREFIX)
    }
    of_type: dict[str, dict[str, Any]] = {
        kind: {} for kind in (FUNCTION, INVOKE_CONFIG, MAPPING, ROLE, SCHEDULE)
    }
    for name, resource in told.items():
        of_type[resource["Type"]][name] = resource
    configs = {
        item["Properties"]["FunctionName"]: item["Properties"] for item in of_type[INVOKE_CONFIG].values()
    }
    roles = {item["Arn"]: _grants(item["Properties"]) for item in of_type[ROLE].values()}
    functions = [
        _function(
            logical_id,
            item,
            configs.get(item["Name"], {}),
            roles.get(item["Properties"]["Role"], ()),
        )
        for logical_id, item in of_type[FUNCTION].items()
    ]
    steps = {key: function.step for function in functions for key in (function.name, function.arn)}
    mappings = of_type[MAPPING]
    return Wiring(
        functions={function.step: function for function in functions},
        schedules=_each(of_type[SCHEDULE], steps, _schedule),
        queues=_each(_from_service(mappings, "sqs"), steps, _queue_trigger),
        streams=_each(_from_service(mappings, "dynamodb"), steps, _stream_trigger),
    )


def _each(
    resources: Mapping[str, Any],
    steps: Mapping[str, str],
    make: Callable[[Mapping[str, str], Mapping[str, Any]], T],
) -> tuple[T, ...]:
    made = []
    for name, resource in resources.items():
        try:
            made.append(make(steps, resource["Properties"]))
        except (FilterError, KeyError, TemplateError) as error:
            raise TemplateError(f"{name} cannot be played here: {error}") from None
    return tuple(made)


def _from_service(mappings: Mapping[str, Any], service: str) -> dict[str, Any]:
    """The mappings whose source is of a service; raises TemplateError for one of an unknown service."""
    found = {}
    for name, mapping in mappings.items():
        arn = mapping["Properties"].get("EventSourceArn", "")
        source = arn.split(":")[2] if arn.count(":") >= 5 else arn
        if source not in {"sqs", "dynamodb"}:
            raise TemplateError(f"{name} cannot be played here: its source is {source!r}")
        if source == service:
            found[name] = mapping
    return found


def _grants(role: Mapping[str, Any]) -> tuple[Grant, ...]:
    """What a role's own policies allow. AWS's managed ones are for writing logs and for the triggers."""
    grants: list[Grant] = []
    for policy in role.get("Policies", ()):
        # A statement whose condition does not hold is resolved to nothing.
        for statement in filter(None, policy["PolicyDocument"]["Statement"]):
            if statement["Effect"] != "Allow":
                raise TemplateError("a role that denies is not known here")
            grants += [
                Grant(action, resource)
                for action in _listed(statement["Action"])
                for resource in _listed(statement["Resource"])
            ]
    return tuple(grants)


def _listed(value: str | list[str]) -> list[str]:
    """One is written as itself, several as a list."""
    return [value] if isinstance(value, str) else value


def _function(
    logical_id: str, told: Mapping[str, Any], config: Mapping[str, Any], grants: tuple[Grant, ...]
) -> Function:
    properties = told["Properties"]
    # functions.fetch.handler.lambda_handler: the step is the package that the module lies in.
    parts = properties["Handler"].split(".")
    return Function(
        step=parts[-3] if len(parts) >= 3 else parts[0],
        logical_id=logical_id,
        name=told["Name"],
        arn=told["Arn"],
        handler=properties["Handler"],
        timeout_seconds=int(properties.get("Timeout", _TIMEOUT_SECONDS)),
        memory_mb=int(properties.get("MemorySize", _MEMORY_MB)),
        environment={
            name: str(value) for name, value in properties.get("Environment", {}).get("Variables", {}).items()
        },
        grants=grants,
        retries=int(config.get("MaximumRetryAttempts", _ASYNC_RETRIES)),
        failures_arn=_failures(config),
    )


def _schedule(steps: Mapping[str, str], properties: Mapping[str, Any]) -> Schedule:
    zone = properties.get("ScheduleExpressionTimezone", "UTC")
    if zone != "UTC":
        raise TemplateError(f"its times are in {zone}, not in UTC")
    target = properties["Target"]
    return Schedule(
        step=steps[target["Arn"]],
        expression=properties["ScheduleExpression"],
        input=target.get("Input", "{}"),
    )


def _queue_trigger(steps: Mapping[str, str], properties: Mapping[str, Any]) -> QueueTrigger:
    if _filters(properties):
        raise TemplateError("filters on a queue are not known here")
    return QueueTrigger(
        step=steps[properties["FunctionName"]],
        queue_arn=properties["EventSourceArn"],
        batch_size=int(properties.get("BatchSize", _SQS_BATCH)),
        window_seconds=int(properties.get("MaximumBatchingWindowInSeconds", 0)),
        partial="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", ()),
    )


def _stream_trigger(steps: Mapping[str, str], properties: Mapping[str, Any]) -> StreamTrigger:
    retries = int(properties.get("MaximumRetryAttempts", -1))
    if retries < 0:
        # On AWS a failing record would be tried again until it is a day old.
        raise TemplateError("it sets no MaximumRetryAttempts")
    if properties.get("FunctionResponseTypes"):
        raise TemplateError("partial failures of a stream's batch are not known here")
    return StreamTrigger(
        step=steps[properties["FunctionName"]],
        stream_arn=properties["EventSourceArn"],
        batch_size=int(properties.get("BatchSize", _STREAM_BATCH)),
        retries=retries,
        bisect=bool(properties.get("BisectBatchOnFunctionError", False)),
        from_start=properties["StartingPosition"] == "TRIM_HORIZON",
        patterns=tuple(parse_pattern(item["Pattern"]) for item in _filters(properties)),
        failures_arn=_failures(properties),
    )


def _filters(properties: Mapping[str, Any]) -> Iterable[Mapping[str, str]]:
    filters: Iterable[Mapping[str, str]] = properties.get("FilterCriteria", {}).get("Filters", ())
    return filters


def _failures(properties: Mapping[str, Any]) -> str | None:
    destination: str | None = properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    return destination
