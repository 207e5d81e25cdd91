"""The one logger: JSON lines as CloudWatch reads them. Nobody else builds one.

Every line of a run has `run`, its id: it is in the message and in the table's item, so it is the one trace
through all three steps.
"""

from __future__ import annotations

import logging

from aws_lambda_powertools import Logger

SERVICE = "hot-papers"

logger = Logger(service=SERVICE)


def only_from(level: str) -> None:
    """Log nothing below a level, e.g. "WARNING"."""
    # Past Powertools, with which Lambda's own level would win: that stays INFO (infra/template.yaml).
    logging.getLogger(SERVICE).setLevel(level)
