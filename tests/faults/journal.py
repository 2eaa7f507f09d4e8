"""What was asked, answered and broken, line by line in a file: the same run can be looked at again.

Operations are written before they leave (`invoked`), when they are answered (`ok`, `failed`: refused in words), and
when they are not (`unknown`: the door was lost, it may or may not have happened). Nothing personal: all are invented.
"""

import json
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Said = Literal[
    "run", "invoked", "ok", "failed", "unknown", "fault", "ended", "recovered", "jump", "head", "part", "settled"
]


class Entry(BaseModel):
    """One line; `at` in seconds of the wall. `op` numbers an operation, or a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: float
    said: Said
    op: int | None = None
    detail: dict[str, Any] = {}


class Journal:
    """Appends entries to a file, and keeps them. Safe to share between threads."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.entries: list[Entry] = []
        self._writing = threading.Lock()
        self._opened = file.open("a", encoding="utf-8")

    def note(self, said: Said, op: int | None = None, **detail: Any) -> Entry:
        """Write an entry; it is in the file when this returns."""
        with self._writing:
            entry = Entry(at=time.time(), said=said, op=op, detail=detail)
            self._opened.write(json.dumps(entry.model_dump(), ensure_ascii=False) + "\n")
            self._opened.flush()
            self.entries.append(entry)
            return entry

    def close(self) -> None:
        """Close the file."""
        self._opened.close()


def read_journal(file: Path) -> list[Entry]:
    """The entries of a file."""
    return [Entry.model_validate_json(line) for line in file.read_text("utf-8").splitlines()]


class Operation(BaseModel):
    """One operation as the journal tells it. `of`: the operation it is a repeat of, else itself."""

    model_config = ConfigDict(frozen=True)

    number: int
    of: int
    kind: str
    asked: dict[str, Any]
    invoked_at: float
    outcome: Literal["ok", "failed", "unknown"]
    answered_at: float | None
    answer: dict[str, Any]


def operations(entries: Iterable[Entry]) -> list[Operation]:
    """Every operation in the order they were asked; one without an answer is unknown."""
    asked: dict[int, Entry] = {}
    answered: dict[int, Entry] = {}
    for entry in entries:
        if entry.op is not None and entry.said == "invoked":
            asked[entry.op] = entry
        elif entry.op is not None and entry.said in ("ok", "failed", "unknown"):
            answered[entry.op] = entry
    found = []
    for number, entry in asked.items():
        reply = answered.get(number)
        found.append(
            Operation(
                number=number,
                of=entry.detail.get("of", number),
                kind=entry.detail["kind"],
                asked=entry.detail,
                invoked_at=entry.at,
                outcome=reply.said if reply else "unknown",
                answered_at=reply.at if reply else None,
                answer=reply.detail if reply else {},
            )
        )
    return found
