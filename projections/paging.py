"""Long lists in pages: a total, the rows, and an opaque cursor to go on from."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

RowT = TypeVar("RowT")
LARGEST = 1_000
"""Rows of one page."""


class BadCursor(ValueError):
    """Not a cursor this list gave out."""


@dataclass(frozen=True, slots=True)
class Page(Generic[RowT]):
    """`total` counts the whole list; `next` is the cursor of the following page, None at the end."""

    total: int
    rows: tuple[RowT, ...]
    next: str | None


def write_cursor(moment: datetime | None, petition: str) -> str:
    """The place of a row in a list ordered by a moment and the petition."""
    place = [moment.isoformat() if moment else None, petition]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime | None, str]:
    """The place again.

    Raises:
        BadCursor: it is none.
    """
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        moment, petition = place
        parsed = datetime.fromisoformat(moment) if moment is not None else None
    except (ValueError, TypeError, binascii.Error) as error:
        raise BadCursor("cursor: expected one that a list gave out") from error
    if not isinstance(petition, str) or (parsed is not None and parsed.tzinfo is None):
        raise BadCursor("cursor: expected one that a list gave out")
    return parsed, petition


def check_limit(limit: int) -> int:
    """The limit again.

    Raises:
        ValueError: it is not between 1 and 1000.
    """
    if not 1 <= limit <= LARGEST:
        raise ValueError(f"limit: expected 1 to {LARGEST}; found {limit}")
    return limit
