"""Lambda in this process: a handler called with a function's environment, an event and a context."""

from __future__ import annotations

import importlib
import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from infra.local import environment
from infra.local.permissions import Guard
from infra.local.wiring import Function
from shared import aws, settings

# A function's time is counted by it; replaced where time is virtual.
monotonic: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class Context:
    """What a handler is told about its call: https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

    function_name: str
    invoked_function_arn: str
    memory_limit_in_mb: int
    aws_request_id: str
    deadline: float  # in seconds of monotonic()
    function_version: str = "$LATEST"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function's timeout, which is not enforced here."""
        return max(0, int((self.deadline - monotonic()) * 1000))


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of a function: its answer, or the exception that it raised; `records` of the event, if any."""

    step: str
    request_id: str
    records: int
    seconds: float
    result: Any = None
    exception: BaseException | None = None


Invoke = Callable[[str, Any], Invocation]
"""Calls a step with an event that somebody waits for."""


class Invoker:
    """Calls handlers by step. Settings and clients never outlive the environment that they were made in."""

    def __init__(
        self, functions: Mapping[str, Function], environments: Mapping[str, Mapping[str, str]], guard: Guard
    ) -> None:
        self._functions = functions
        self._environments = environments
        self._guard = guard
        self._clients_of: Mapping[str, str] | None = None

    def __call__(self, step: str, event: Any, request_id: str = "") -> Invocation:
        """Calls a step's handler; what it raises is in the answer. Raises KeyError for an unknown step.

        Lambda repeats an event that nobody waits for under the `request_id` of the first time.
        """
        function = self._functions[step]
        variables = self._environments[step]
        context = Context(
            function_name=function.name,
            invoked_function_arn=function.arn,
            memory_limit_in_mb=function.memory_mb,
            aws_request_id=request_id or str(uuid.uuid4()),
            deadline=monotonic() + function.timeout_seconds,
        )
        # Clients depend on the account, region and address alone; making them is most of a short call.
        account = {name: value for name, value in variables.items() if name.startswith("AWS_")}
        if account != self._clients_of:
            aws.reset()
            self._clients_of = account
        settings.get.cache_clear()
        result: Any = None
        exception: BaseException | None = None
        started = time.monotonic()
        try:
            with environment.replaced(variables), self._guard.only(step, function.grants):
                result = _call(function.handler, event, context)
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:  # noqa: BLE001 - a function that exits has failed, this process has not
            exception = error
        finally:
            settings.get.cache_clear()
        records = event.get("Records", ()) if isinstance(event, dict) else ()
        return Invocation(
            step, context.aws_request_id, len(records), time.monotonic() - started, result, exception
        )


def _call(handler: str, event: Any, context: Context) -> Any:
    module, _, name = handler.rpartition(".")
    function = getattr(importlib.import_module(module), name)
    # Events and answers pass as JSON, as on AWS: neither side sees the other's objects.
    return json.loads(json.dumps(function(json.loads(json.dumps(event)), context)))


def error_of(exception: BaseException) -> dict[str, str]:
    """An exception as Lambda reports it."""
    return {"errorMessage": str(exception), "errorType": type(exception).__name__}
