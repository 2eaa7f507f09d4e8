"""Applies a page although some rows fail: bisection finds which, and nothing is applied twice."""

from collections.abc import Sequence
from pathlib import PurePath
from traceback import extract_tb
from typing import Any

from psycopg import Connection, Cursor, InterfaceError, OperationalError
from psycopg.rows import TupleRow

from aggregates.record import Recorded, Unreadable
from projections.read_model import ReadModel


def apply_what_can_be(
    model: ReadModel, connection: Connection[Any], cursor: Cursor[TupleRow], records: Sequence[Recorded]
) -> list[Unreadable]:
    """Apply rows in order, in the caller's transaction; returns the first row of each stream that fails.

    Later rows of such a stream are left out.

    Raises:
        Exception: the model's own error, if it can apply none of several streams.
        OperationalError, InterfaceError: the database was lost.
    """
    stops: dict[str, Unreadable] = {}
    raised: list[Exception] = []

    def some(part: Sequence[Recorded]) -> None:
        part = [record for record in part if record.stream not in stops]
        if not part:
            return
        try:
            with connection.transaction():
                model.apply(cursor, part)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # noqa: BLE001 - the model's own trouble with these rows
            if len(part) > 1:
                some(part[: len(part) // 2])
                some(part[len(part) // 2 :])
            else:
                raised.append(error)
                stops[part[0].stream] = _stop(part[0], error)

    some(records)
    streams = {record.stream for record in records}
    if len(streams) > 1 and streams == set(stops):
        raise raised[0]
    return list(stops.values())


def _stop(record: Recorded, error: Exception) -> Unreadable:
    """The row and the error's type and place, without its text, which could quote the row."""
    last = extract_tb(error.__traceback__)[-1]
    reason = f"cannot be applied: {type(error).__name__} in {PurePath(last.filename).name}, line {last.lineno}"
    return Unreadable(record.position, record.stream, record.version, record.event.TOPIC, reason)
