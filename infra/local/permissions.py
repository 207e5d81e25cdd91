"""IAM, as far as a function's own role is concerned: moto checks none.

A call is refused unless a statement of the role is for its action and its resource; conditions, accounts and
regions are not looked at. Only calls that a function makes are judged, not those of the local run itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
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
    # A transaction needs what its writes need; those of the functions are Puts:
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
    "dynamodb:TransactWriteItems": "dynamodb:PutItem",
}


@dataclass(frozen=True, slots=True)
class Grant:
    """An action that a role allows on a resource, as an ARN in which stars stand for anything."""

    action: str
    resource: str

    @property
    def local_resource(self) -> str:
        """The resource without partition, region and account, e.g. table/papers."""
        return self.resource.split(":", 5)[-1]


class Guard:
    """Refuses, while `only` is entered, each call that no grant is for; `used` are those that were needed.

    `judged` is whose calls are held to which grants, None while nobody's are.
    """

    def __init__(self) -> None:
        self.judged: tuple[str, Sequence[Grant]] | None = None
        self.used: set[tuple[str, Grant]] = set()

    @contextmanager
    def only(self, step: str, grants: Sequence[Grant]) -> Iterator[None]:
        """Within it, calls are a step's, and held to these grants."""
        before, self.judged = self.judged, (step, grants)
        try:
            yield
        finally:
            self.judged = before

    def before_parameter_build(self, params: Mapping[str, Any], model: Any, **_: Any) -> None:
        """The handler for boto3's event of that name; raises ClientError as AWS would."""
        if self.judged is None:
            return
        step, allowed = self.judged
        service = model.service_model.signing_name
        operation = f"{service}:{model.name}"
        action = _ACTIONS.get(operation, operation)
        for resource in _resources(service, params):
            grants = [
                grant
                for grant in allowed
                if grant.action == action and fnmatchcase(resource, grant.local_resource)
            ]
            if not grants:
                message = f"the function's role in the template does not allow {action} on {resource}"
                raise ClientError(
                    {"Error": {"Code": "AccessDeniedException", "Message": message}}, model.name
                )
            self.used.update((step, grant) for grant in grants)


def _resources(service: str, params: Mapping[str, Any]) -> list[str]:
    """What a call is about, as the last part of an ARN tells it; a service that is not known is one thing."""
    match service:
        case "dynamodb":
            puts = [write["Put"] for write in params.get("TransactItems", ())]
            names = params.get("RequestItems") or [one.get("TableName") for one in puts or [params]]
            found = [f"table/{name}" for name in names]
        case "sqs":
            found = [params["QueueUrl"].rpartition("/")[2]]
        case "s3":
            found = ["/".join(params[name] for name in ("Bucket", "Key") if name in params)]
        case "ssm":
            found = [f"parameter{params['Name']}"]
        case "events":
            found = [f"event-bus/{entry['EventBusName']}" for entry in params["Entries"]]
        case _:
            found = [service]
    return found
