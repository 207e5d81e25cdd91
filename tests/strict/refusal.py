"""How AWS refuses."""

from __future__ import annotations

from typing import NoReturn

from botocore.exceptions import ClientError


def refuse(operation: str, message: str, code: str = "ValidationException") -> NoReturn:
    """Raise what boto3 makes of AWS's answer."""
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    raise ClientError(answer, operation)
