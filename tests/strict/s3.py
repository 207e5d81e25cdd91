"""S3's limits of keys, metadata and deletions.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.strict.refusal import refuse
from tests.strict.sizes import utf8

Params = Mapping[str, Any]

_KEY_BYTES = 1024
_METADATA_BYTES = 2048
_DELETED_AT_ONCE = 1000


def _object(params: Params, model: Any, **_: Any) -> None:
    _check_key(model.name, params["Key"])


def _put_object(params: Params, model: Any, **_: Any) -> None:
    _check_key(model.name, params["Key"])
    size = sum(utf8(name) + utf8(value) for name, value in params.get("Metadata", {}).items())
    if size > _METADATA_BYTES:
        refuse(
            model.name,
            "Your metadata headers exceed the maximum allowed metadata size: "
            f"{size} bytes of {_METADATA_BYTES}, {params['Key']}",
            "MetadataTooLarge",
        )


def _delete_objects(params: Params, model: Any, **_: Any) -> None:
    objects = params["Delete"]["Objects"]
    if len(objects) > _DELETED_AT_ONCE:
        refuse(
            model.name,
            "The XML you provided was not well-formed or did not validate against our published schema: "
            f"{len(objects)} objects of {_DELETED_AT_ONCE}",
            "MalformedXML",
        )
    for each in objects:
        _check_key(model.name, each["Key"])


HANDLERS = (
    ("before-parameter-build.s3.PutObject", _put_object),
    ("before-parameter-build.s3.HeadObject", _object),
    ("before-parameter-build.s3.GetObject", _object),
    ("before-parameter-build.s3.DeleteObject", _object),
    ("before-parameter-build.s3.DeleteObjects", _delete_objects),
)


def _check_key(operation: str, key: str) -> None:
    if (size := utf8(key)) > _KEY_BYTES:
        refuse(
            operation, f"Your key is too long: {size} bytes of {_KEY_BYTES}, {key[:40]}…", "KeyTooLongError"
        )
