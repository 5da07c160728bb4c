"""Logging of the long-running commands: structlog on standard error, only keys that can hold no identifier.

A log line is an event name and counts, codes and digests. Whatever a library adds under another key (a path, a UID, a
patient's name) is dropped before it is written.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

__all__ = ["ALLOWED_KEYS", "configure_logging"]

ALLOWED_KEYS = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "algorithm",
        "centre",
        "code",
        "count",
        "done",
        "duplicates",
        "duration_s",
        "error_type",
        "facts",
        "method",
        "plans",
        "plan_id",
        "port",
        "quarantined",
        "received",
        "revision",
        "route",
        "sha256",
        "status",
        "total",
        "waiting",
        "workers",
    }
)


def configure_logging(*, as_json: bool) -> None:
    """Send log lines to standard error, as JSON objects or as text, with the allowed keys only."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _keep_allowed,
            structlog.processors.JSONRenderer() if as_json else structlog.processors.LogfmtRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # whatever that is when a line is written
        cache_logger_on_first_use=False,
    )


def _keep_allowed(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: value for key, value in event.items() if key in ALLOWED_KEYS}
