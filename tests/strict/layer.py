"""What AWS refuses and moto forgives is refused here, so that code which only moto bears fails its tests.

The rules are handlers of botocore's events, by the names of operations: a call that no rule is for costs
nothing. What moto refuses by itself, or botocore before anything is sent, is left out.
"""

from __future__ import annotations

import botocore.handlers

from tests.strict import dynamodb, events, s3, sqs, ssm

HANDLERS = (*dynamodb.HANDLERS, *sqs.HANDLERS, *s3.HANDLERS, *events.HANDLERS, *ssm.HANDLERS)


def install() -> None:
    """From here on each new session's clients are held to the rules; a second time changes nothing."""
    builtin = botocore.handlers.BUILTIN_HANDLERS
    builtin.extend(handler for handler in HANDLERS if handler not in builtin)
