"""The stack: the template deployed through a CloudFormation client, be it in this process or on a server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.local import wiring
from infra.local.template import OUTPUT_PREFIX, PATH, deployable, transform

REGION = "us-east-1"
NAME = "hot-papers"

# moto serves no site: without this, pages would name themselves by a distribution that is not there.
_HERE = {"Hosting": "none"}


@dataclass(frozen=True, slots=True)
class Stack:
    """A deployed stack: its outputs as the template names them, its wiring, and what moto could not take."""

    outputs: Mapping[str, str] = field(hash=False)
    wiring: wiring.Wiring
    dropped: tuple[str, ...]


def deploy(
    cloudformation: Any, text: str | None = None, *, parameters: Mapping[str, str] | None = None
) -> Stack:
    """Deploys a template's text (infra/template.yaml when none is given).

    Raises TemplateError when the transform refuses it or its triggers cannot be played here, and the
    client's own errors for what CloudFormation refuses.
    """
    given = _HERE | dict(parameters or {})
    source = PATH.read_text(encoding="utf-8") if text is None else text
    ready = deployable(transform(source, parameters=given, region=REGION))
    # moto keeps the values that it is given alone, AWS keeps the defaults as well.
    defaults = {name: str(each["Default"]) for name, each in ready.body.get("Parameters", {}).items()}
    cloudformation.create_stack(
        StackName=NAME,
        TemplateBody=json.dumps(ready.body),
        Parameters=[
            {"ParameterKey": key, "ParameterValue": value} for key, value in (defaults | given).items()
        ],
        Capabilities=["CAPABILITY_IAM"],
    )
    return deployed(cloudformation, dropped=ready.dropped)


def deployed(cloudformation: Any, *, dropped: tuple[str, ...] = ()) -> Stack:
    """The stack that is there already. Raises TemplateError for triggers that cannot be played here."""
    (described,) = cloudformation.describe_stacks(StackName=NAME)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
    return Stack(
        outputs={name: value for name, value in outputs.items() if not name.startswith(OUTPUT_PREFIX)},
        wiring=wiring.read(outputs),
        dropped=dropped,
    )
