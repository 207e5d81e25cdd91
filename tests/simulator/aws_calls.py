"""The functions' way to AWS, on which everything can go wrong.

botocore's own events tell of a call before it is made and after it was answered, and moto's answer is taken
where botocore hands it a request: so what the SDK does by itself, trying again above all, is played too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

import boto3
import botocore.endpoint
import botocore.useragent
from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from tests.simulator.bucket import Bucket, Raw
from tests.simulator.faults import OF_BATCHES, OF_PAGES, AwsFault, Call, Choose
from tests.simulator.timeline import KilledError, Timeline

# What boto3 waits for an answer, unless it is told otherwise.
_PATIENCE = 60.0


@dataclass
class _Struck:
    """A call on its way, what goes wrong with it, and how many tries still meet that."""

    operation: str
    service: str
    params: Mapping[str, Any]
    fault: AwsFault | None
    left: int
    held_back: Any = None


class AwsCalls:
    """`calls` are what the functions have called so far; those of the simulation itself are not among them.

    `faults` strike by a call's number, and what `choose` says strikes first.
    """

    def __init__(self, timeline: Timeline, bucket: Bucket) -> None:
        self._timeline = timeline
        self._bucket = bucket
        self._outages: dict[str, float] = {}
        self.calls: list[Call] = []
        self.faults: dict[int, AwsFault] = {}
        self.choose: Choose | None = None
        # Told of each call that has done something, and of messages before they are sent.
        self.on_call: Callable[[str, Mapping[str, Any], Mapping[str, Any]], None] = lambda *_: None
        self.on_send: Callable[[dict[str, Any]], None] = lambda _params: None

    def heal(self) -> None:
        """From here on nothing goes wrong."""
        self.faults, self.choose = {}, None
        self._outages.clear()

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Within it the functions' calls go this way, and the SDK waits by the timeline."""
        from moto.core.botocore_stubber import BotocoreStubber

        answered = BotocoreStubber.__call__

        def stub(stubber: Any, event_name: str, request: Any, **more: Any) -> Any:
            return self._try(lambda: answered(stubber, event_name, request, **more), request)

        events = boto3.DEFAULT_SESSION.events
        events.register_last("before-parameter-build", self._before)
        events.register_last("before-call.s3", self._before_s3)
        events.register_last("after-call", self._after)
        events.register_last("after-call-error", self._after_error)
        with (
            mock.patch.object(BotocoreStubber, "__call__", stub),
            # A tenth of a simulation otherwise, made anew for each call and read by nobody.
            mock.patch.object(botocore.useragent.UserAgentString, "to_string", return_value="simulated"),
            mock.patch.object(botocore.endpoint, "time", mock.Mock(sleep=self._timeline.sleep)),
        ):
            yield

    def _before(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        process = self._timeline.current
        if process is None or not process.step:
            return
        if process.is_dead:
            raise KilledError(process.name)
        self._timeline.pause()
        service = model.service_model.service_name
        made = Call(len(self.calls), process.step, service, model.name, _key_of(params))
        self.calls.append(made)
        chosen = self.choose(made) if self.choose else None
        fault = chosen if isinstance(chosen, AwsFault) else self.faults.get(made.at)
        kind = fault.kind if fault else ""
        process.call = call = _Struck(model.name, service, params, fault, fault.times if fault else 0)
        if kind == "crash before":
            raise process.kill()
        if kind == "time-out before":
            self._timeline.sleep(float("inf"))
        if fault and kind == "outage":
            self._outages[service] = self._timeline.now() + fault.seconds
        if fault and kind == "slow":
            self._timeline.sleep(fault.seconds)
        if kind == "partial" and model.name in OF_BATCHES:
            call.held_back = _hold_back(params, model.name)
        if model.name == "SendMessageBatch":
            self.on_send(params)
        if kind == "short page" and model.name in OF_PAGES:
            params["Limit"] = 1

    def _before_s3(self, model: Any, params: Mapping[str, Any], **_: Any) -> Any:
        """A call to the bucket that nothing happens to goes no further."""
        process = self._timeline.current
        if process is None or process.call is None or not self._bucket.takes(model.name):
            return None
        if process.call.fault is not None or self._outages.get("s3", 0.0) > self._timeline.now():
            return None
        return self._bucket.parsed(model.name, process.call.params, params["url"])

    def _try(self, answer: Callable[[], Any], request: Any) -> Any:
        """One try of a call: what moto answers, or what comes instead."""
        process = self._timeline.current
        if process is None or not process.step or process.call is None:
            return answer()
        call = process.call
        if self._outages.get(call.service, 0.0) > self._timeline.now():
            raise EndpointConnectionError(endpoint_url=request.url)
        kind = call.fault.kind if call.fault and call.left > 0 else ""
        call.left -= 1
        if kind == "refused":
            raise EndpointConnectionError(endpoint_url=request.url)
        if kind in ("failed", "throttled"):
            return _refusal(call.service, kind, request.url)
        if kind == "partial" and call.held_back == "all":
            return _nothing_done(call, request)
        if self._bucket.takes(call.operation):
            answered = self._bucket.answer(call.operation, call.params, request.url)
        else:
            answered = answer()
        if kind == "lost":
            # What it has done is known all the same.
            self.on_call(call.operation, call.params, {})
            self._timeline.sleep(_PATIENCE)
            raise ReadTimeoutError(endpoint_url=request.url)
        return answered

    def _after(self, http_response: Any, parsed: dict[str, Any], **_: Any) -> None:
        process = self._timeline.current
        if process is None or not process.step or process.call is None:
            return
        call, process.call = process.call, None
        if http_response.status_code < 300:
            if call.held_back and call.held_back != "all":
                _give_back(parsed, call)
            self.on_call(call.operation, call.params, parsed)
        kind = call.fault.kind if call.fault else ""
        if kind == "crash after":
            raise process.kill()
        if kind == "time-out after":
            self._timeline.sleep(float("inf"))
        self._timeline.pause()

    def _after_error(self, **_: Any) -> None:
        if self._timeline.current is not None:
            self._timeline.current.call = None


def _key_of(params: Mapping[str, Any]) -> str:
    """What a call is about, in few words."""
    first = params["TransactItems"][0]["Put"] if "TransactItems" in params else params
    key = first.get("Key") or first.get("Item")
    if isinstance(key, str):
        return key
    if isinstance(key, Mapping) and "pk" in key:
        return f"{key['pk']['S']}|{key['sk']['S']}"
    return str(params.get("Name", ""))


def _refusal(service: str, kind: str, url: str) -> AWSResponse:
    """The service's own words for an error of its own, or for too many calls."""
    code = {"failed": "InternalServerError", "throttled": "ThrottlingException"}[kind]
    if service == "s3":
        code = {"failed": "InternalError", "throttled": "SlowDown"}[kind]
        status, body = (500 if kind == "failed" else 503), f"<Error><Code>{code}</Code></Error>"
    else:
        status, body = (
            (500 if kind == "failed" else 400),
            json.dumps({"__type": code, "message": "simulated"}),
        )
    return AWSResponse(url, status, {}, Raw(body.encode()))


def _hold_back(params: dict[str, Any], operation: str) -> Any:
    """Take a part of a batch out of it: what was taken, or "all" where there is too little to be parted."""
    if operation == "SendMessageBatch":
        entries = params["Entries"]
        kept, taken = entries[: len(entries) // 2], entries[len(entries) // 2 :]
        if not kept:
            return "all"
        params["Entries"] = kept
        return taken
    if operation == "BatchGetItem":
        ((table, wanted),) = params["RequestItems"].items()
        keys = wanted["Keys"]
        kept, taken = keys[: len(keys) // 2], keys[len(keys) // 2 :]
        if not kept:
            return "all"
        params["RequestItems"] = {table: wanted | {"Keys": kept}}
        return {table: wanted | {"Keys": taken}}
    return "all"


def _give_back(parsed: dict[str, Any], call: _Struck) -> None:
    """Tell in an answer what was not done."""
    if call.operation == "SendMessageBatch":
        parsed["Failed"] = _failed(call.held_back)
    else:
        parsed["UnprocessedKeys"] = call.held_back


def _failed(entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"Id": entry["Id"], "Code": "InternalError", "SenderFault": False} for entry in entries]


def _nothing_done(call: _Struck, request: Any) -> AWSResponse:
    """The answer to a batch of which nothing was done."""
    bodies: dict[str, Any] = {
        "BatchGetItem": {
            "Responses": {},
            "UnprocessedKeys": json.loads(request.body).get("RequestItems", {}),
        },
        "SendMessageBatch": {"Successful": [], "Failed": _failed(call.params.get("Entries", ()))},
        "PutEvents": {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure"}]},
    }
    return AWSResponse(request.url, 200, {}, Raw(json.dumps(bodies[call.operation]).encode()))
