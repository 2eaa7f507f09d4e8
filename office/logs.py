"""Logs: one line a fact, JSON for machines and colours for a terminal; never an event's body.

Our modules use `structlog.get_logger`, workflows `workflow.logger` with `extra`, libraries stdlib logging;
all come out of the same formatter, flat. Temporal's core writes through us too, warnings and worse.
"""

import logging
import sys
from collections.abc import MutableMapping
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import structlog
from structlog.typing import Processor

LARGEST_BYTES = 32 * 2**20
KEPT = 4
"""Rotated files kept beside each log: `NAME.1` is the newest."""


def configure_logs(level: str = "info", *, file: Path | None = None) -> None:
    """Send log lines of `level` and above to `file` as JSON, else to stderr: coloured on a terminal.

    A file that has grown to `LARGEST_BYTES` is renamed `FILE.1` and a new one begun.

    Call it once, first. Raises OSError if the file cannot be opened.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        _flat_temporal,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    on_terminal = file is None and sys.stderr.isatty()
    rendering: list[Processor] = (
        [structlog.dev.ConsoleRenderer()]
        if on_terminal
        else [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ]
    )
    handler = logging.StreamHandler() if file is None else _turning_over(file)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(level.upper())
    # Of libraries, only warnings and worse.
    for quiet in ("temporalio", "uvicorn", "httpx", "psycopg", "asyncio", "eventsourcing"):
        logging.getLogger(quiet).setLevel(max(logging.WARNING, root.level))
    for ours in ("temporalio.workflow", "temporalio.activity"):  # what workflows and activities of ours say
        logging.getLogger(ours).setLevel(root.level)


def _turning_over(file: Path) -> logging.Handler:
    return RotatingFileHandler(file, maxBytes=LARGEST_BYTES, backupCount=KEPT, encoding="utf-8")


def only_errors() -> None:
    """For commands that answer and end: errors only, one plain line each on stderr. Imports no engine."""
    structlog.configure(
        processors=[structlog.stdlib.add_log_level, structlog.processors.JSONRenderer(ensure_ascii=False, default=str)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=logging.ERROR, format="%(message)s")


def _flat_temporal(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Flatten what the SDK attaches, keeping what identifies the case; the namespace is the same on every line."""
    for details in (line.pop("temporal_workflow", None), line.pop("temporal_activity", None)):
        if isinstance(details, dict):
            for key in ("workflow_id", "run_id", "workflow_type", "activity_type", "attempt"):
                if key in details:
                    line.setdefault(key, details[key])
    return line
