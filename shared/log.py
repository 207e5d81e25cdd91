"""The one logger: JSON lines as CloudWatch reads them. Nobody else builds one."""

from __future__ import annotations

from aws_lambda_powertools import Logger

SERVICE = "hot-papers"

logger = Logger(service=SERVICE)
