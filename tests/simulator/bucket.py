"""The bucket of a simulation: the three calls that render makes of it, in memory.

moto's own is kept out of it, since most calls are these, and it is what most of a simulation's time would go
to. Everything else is moto's.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.awsrequest import AWSResponse

_OPERATIONS = ("PutObject", "HeadObject", "DeleteObject")
# What S3 calls an answer of that status; one to a HEAD has no body to call it anything in.
_REFUSED = {404: "404", 412: "PreconditionFailed"}


class Raw(io.BytesIO):
    """A body as botocore reads it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        """All of it at once."""
        yield self.read()


@dataclass
class Bucket:
    """`objects` are bodies by key. `written` is told of each object that was written or (None) deleted."""

    written: Callable[[str, bytes | None], None]
    objects: dict[str, bytes] = field(default_factory=dict)
    _digests: dict[str, str] = field(default_factory=dict)

    def takes(self, operation: str) -> bool:
        """Whether an operation is one of its own."""
        return operation in _OPERATIONS

    def parsed(self, operation: str, params: Mapping[str, Any], url: str) -> tuple[AWSResponse, Any]:
        """Do what is asked for: the answer's status, and what boto3 makes of it."""
        status, digest = self._done(operation, params)
        meta = {"HTTPStatusCode": status, "HTTPHeaders": {}, "RetryAttempts": 0}
        told: dict[str, Any] = {"ResponseMetadata": meta}
        if status in _REFUSED:
            told["Error"] = {"Code": _REFUSED[status], "Message": ""}
        elif operation == "HeadObject":
            told["Metadata"] = {"sha256": digest}
        return AWSResponse(url, status, {}, Raw(b"")), told

    def answer(self, operation: str, params: Mapping[str, Any], url: str) -> AWSResponse:
        """Do what is asked for; the answer as it comes over the wire."""
        status, digest = self._done(operation, params)
        headers = {"x-amz-meta-sha256": digest} if digest else {}
        body = f"<Error><Code>{_REFUSED[status]}</Code></Error>" if status == 412 else ""
        return AWSResponse(url, status, headers, Raw(body.encode()))

    def _done(self, operation: str, params: Mapping[str, Any]) -> tuple[int, str]:
        key = params["Key"]
        if operation == "PutObject" and "IfNoneMatch" in params and key in self.objects:
            return 412, ""
        if operation == "PutObject":
            body = params["Body"]
            # botocore has made a file of the bytes by now.
            self.objects[key] = body if isinstance(body, bytes) else body.getvalue()
            self._digests[key] = params["Metadata"]["sha256"]
            self.written(key, self.objects[key])
        elif operation == "DeleteObject":
            self.objects.pop(key, None)
            self._digests.pop(key, None)
            self.written(key, None)
            return 204, ""
        elif key not in self.objects:
            return 404, ""
        return 200, self._digests[key]
