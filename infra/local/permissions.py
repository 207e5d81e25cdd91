"""IAM, as far as a forgotten permission is concerned: moto checks none of a function's role.

A call is refused when the function's role does not list its action; which resources a statement is for is
not looked at. Only calls that a function makes are judged, not those of the local run itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

# Where the action is called otherwise than the operation:
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html and
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
_ACTIONS = {
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "sqs:SendMessageBatch": "sqs:SendMessage",
}


class Guard:
    """Refuses, while `only` is entered, each call whose action is not among those given."""

    def __init__(self) -> None:
        self._allowed: Set[str] | None = None

    @contextmanager
    def only(self, actions: Set[str]) -> Iterator[None]:
        """Within it, calls are held to these actions, e.g. {"s3:PutObject"}."""
        before, self._allowed = self._allowed, actions
        try:
            yield
        finally:
            self._allowed = before

    def before_call(self, model: Any, **_: Any) -> None:
        """The handler for boto3's event of that name; raises ClientError as AWS would."""
        operation = f"{model.service_model.signing_name}:{model.name}"
        action = _ACTIONS.get(operation, operation)
        if self._allowed is not None and action not in self._allowed:
            message = f"the function's role in the template does not allow {action}"
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": message}}, model.name)
