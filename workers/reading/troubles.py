"""Classifies errors: one that concerns everybody, as a lost server, or only the stream at hand."""

import psycopg
from eventsourcing.persistence import InterfaceError, OperationalError
from temporalio.service import RPCError, RPCStatusCode

from aggregates.record import Recorded, Unreadable
from eventstore.clock_guard import ClockWrong
from eventstore.codec import UnreadableEvent
from eventstore.sealing import CannotOpen

OF_ONE = frozenset(
    {
        RPCStatusCode.ALREADY_EXISTS,
        RPCStatusCode.DATA_LOSS,
        RPCStatusCode.FAILED_PRECONDITION,
        RPCStatusCode.INVALID_ARGUMENT,
        RPCStatusCode.OUT_OF_RANGE,
    }
)
"""Status codes with which Temporal speaks of one workflow; any other may come for every workflow."""


class Hangs(Exception):
    """Nothing progressed in a page: a call never returned."""


def concerns_all(error: BaseException) -> bool:
    """Whether the next stream may meet the error too: a lost server, a wrong clock here, another master key."""
    if isinstance(error, RPCError):
        return error.status not in OF_ONE
    lost = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
    return isinstance(error, (*lost, OSError, TimeoutError, Hangs, ClockWrong, CannotOpen))


def of_no_stream(error: BaseException) -> bool:
    """Whether the error is never one stream's, however often only that one meets it: no other had to write."""
    return isinstance(error, ClockWrong)


def stopped_at(record: Recorded, error: BaseException) -> Unreadable:
    """The row at which a stream stops, with the error's type as the reason: its text could quote the row."""
    reason = f"cannot be handled: {type(error).__name__}"
    if isinstance(error, UnreadableEvent) and error.row is not None:
        reason = f"cannot be handled before {error.row}"
    elif isinstance(error, RPCError):
        reason += f" {error.status.name}"
    return Unreadable(record.position, record.stream, record.version, record.event.TOPIC, reason)
