"""Long lists in pages: a total, the rows, and an opaque cursor for the next page."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from rulebook.problems import BadInput

RowT = TypeVar("RowT")
LARGEST = 1_000
"""The most rows of one page."""


class BadCursor(BadInput, ValueError):
    """The cursor was not returned by this list."""


@dataclass(frozen=True, slots=True)
class Page(Generic[RowT]):
    """`total`: length of the whole list; `next`: the cursor of the following page, None: this is the last."""

    total: int
    rows: tuple[RowT, ...]
    next: str | None


def write_cursor(moment: datetime | None, petition: str) -> str:
    """The cursor of a row in a list ordered by a moment and the petition."""
    place = [moment.isoformat() if moment else None, petition]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime | None, str]:
    """The moment and petition in a cursor.

    Raises:
        BadCursor: it was not made by `write_cursor`.
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


def part_of(total: int, *, limit: int, cursor: str | None) -> tuple[slice, str | None]:
    """The slice of a list in memory that is the wanted page, and the cursor of the following one.

    Raises:
        BadCursor: the cursor was not returned by such a list.
        ValueError: the limit is not between 1 and 1000.
    """
    first = 0 if cursor is None else _read_number(cursor)
    last = first + check_limit(limit)
    return slice(first, last), _write_number(last) if last < total else None


def _write_number(number: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([number]).encode()).decode().rstrip("=")


def _read_number(cursor: str) -> int:
    try:
        (number,) = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError, binascii.Error) as error:
        raise BadCursor("cursor: expected one that a list gave out") from error
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise BadCursor("cursor: expected one that a list gave out")
    return number


def check_limit(limit: int) -> int:
    """Return the limit.

    Raises:
        ValueError: it is not between 1 and 1000.
    """
    if not 1 <= limit <= LARGEST:
        raise ValueError(f"limit: expected 1 to {LARGEST}; found {limit}")
    return limit
