"""Parameter Store's limits of names and values.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.strict.refusal import refuse
from tests.strict.sizes import utf8

_VALUE_BYTES = 4096
_NAME_LENGTH = 1011
_LEVELS = 15
_NAME = re.compile(r"[A-Za-z0-9_.-]+|(/[A-Za-z0-9_.-]+)+")


def _put_parameter(params: Mapping[str, Any], model: Any, **_: Any) -> None:
    name = params["Name"]
    if not _NAME.fullmatch(name) or len(name) > _NAME_LENGTH:
        refuse(model.name, f"Parameter name is not a fully qualified name of what is allowed: {name}")
    if name.count("/") > _LEVELS:
        refuse(
            model.name,
            f"The hierarchy of a parameter has at most {_LEVELS} levels: {name}",
            "HierarchyLevelLimitExceededException",
        )
    # A value may be longer in another tier, which costs money and has to be asked for.
    if "Tier" not in params and (size := utf8(params["Value"])) > _VALUE_BYTES:
        refuse(
            model.name,
            f"Standard tier parameters support a maximum parameter value of {_VALUE_BYTES} characters: "
            f"{size}, {name}",
        )


HANDLERS = (("before-parameter-build.ssm.PutParameter", _put_parameter),)
