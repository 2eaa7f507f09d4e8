"""Logs: one line a fact, JSON for machines and colours for a terminal; never an event's body.

Our modules use `structlog.get_logger`, workflows `workflow.logger` with `extra`, libraries stdlib logging;
all come out of the same formatter, flat. Temporal's core writes through us too, warnings and worse.

Whatever the level, of libraries only warnings are written: at lower ones they log what they send, receive and execute.
Those that carry messages are silent, as a telephone number stands in the addresses they name. Of a row that the
database refuses, its message is written and not what was in the row; of an exception no variable.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, TextIO

import structlog
from structlog.typing import Processor

from eventstore.private_files import opener
from rulebook.visible import escaped, visible

LARGEST_BYTES = 32 * 2**20
KEPT = 4
"""Rotated files kept beside each log: `NAME.1` is the newest."""
OURS = (
    *("aggregates", "bench", "cli", "demo", "eventstore", "evidence", "machine", "office", "projections", "rulebook"),
    *("tests", "workers", "workflows", "__main__"),
)
"""The rooms, whose modules log under their own names: what is not of these is a library's."""
SAID_BY_OURS = ("temporalio.workflow", "temporalio.activity")
"""What workflows and activities of ours log under."""
CARRIERS = ("apprise", "httpcore", "httpx", "requests", "urllib3")
"""Libraries that carry messages: what became of one is said by its event and its code, not by them."""
ROW = re.compile(r"\n(?:DETAIL|CONTEXT|QUERY|STATEMENT):.*?(?=\nHINT:|\n\n|\Z)", re.DOTALL)
"""What PostgreSQL says of a refused row beside its message: what was in it, and the parameters."""


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
        [_without_rows, _visible, structlog.dev.ConsoleRenderer(exception_formatter=_traceback)]
        if on_terminal
        else [
            structlog.processors.format_exc_info,
            _without_rows,
            structlog.processors.JSONRenderer(_json, ensure_ascii=False, default=str),
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
    handler.addFilter(quiet)
    root.addHandler(handler)
    ours = logging.getLevelName(level.upper())
    root.setLevel(max(logging.WARNING, ours))
    for name in (*OURS, *SAID_BY_OURS):
        logging.getLogger(name).setLevel(ours)


def _turning_over(file: Path) -> logging.Handler:
    return _Private(file, maxBytes=LARGEST_BYTES, backupCount=KEPT, encoding="utf-8")


class _Private(RotatingFileHandler):
    """A log for its owner only: ids and times of petitions stand in it."""

    def _open(self) -> TextIOWrapper:
        file = open(self.baseFilename, "ab", opener=opener)  # noqa: SIM115 - `Path.open` takes no opener
        return TextIOWrapper(file, encoding=self.encoding)


def only_errors() -> None:
    """For commands that answer and end: errors only, one plain line each on stderr. Imports no engine."""
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.JSONRenderer(_json, ensure_ascii=False, default=str),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    for handler in logging.getLogger().handlers:
        handler.addFilter(quiet)


def quiet(record: logging.LogRecord) -> bool:
    """Whether a line is written: ours, and of libraries warnings, whatever level they gave their loggers."""
    room = record.name.partition(".")[0]
    return record.name in SAID_BY_OURS or room in OURS or (record.levelno >= logging.WARNING and room not in CARRIERS)


def _without_rows(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Cut from every text of a line what PostgreSQL says of a row's content."""
    for name, value in line.items():
        if isinstance(value, str) and "\n" in value:
            line[name] = ROW.sub("", value)
    return line


def _visible(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Show what would drive the terminal the line is for."""
    for name, value in line.items():
        if isinstance(value, str):
            line[name] = visible(value)
    return line


def _json(line: Any, **how: Any) -> str:
    return escaped(json.dumps(line, **how))


def _traceback(out: TextIO, exc_info: Any) -> None:
    """A traceback for a terminal: the same lines as in a file, where a prettier one would show variables."""
    out.write("\n" + visible(ROW.sub("", "".join(traceback.format_exception(*exc_info)))))


def _flat_temporal(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Flatten what the SDK attaches, keeping what identifies the case; the namespace is the same on every line."""
    for details in (line.pop("temporal_workflow", None), line.pop("temporal_activity", None)):
        if isinstance(details, dict):
            for key in ("workflow_id", "run_id", "workflow_type", "activity_type", "attempt"):
                if key in details:
                    line.setdefault(key, details[key])
    return line
