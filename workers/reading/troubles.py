"""Whose trouble an error is: everybody's, as a lost server, or that of the one stream that was at hand."""

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
"""What Temporal answers about one workflow; whatever else it says, it may say of any."""


class Hangs(Exception):
    """Nothing got on in a page: something that was asked never answered."""


def concerns_all(error: BaseException) -> bool:
    """Whether the next stream may meet it too: a server is lost or does not answer, this process has a wrong clock or
    another master key.
    """
    if isinstance(error, RPCError):
        return error.status not in OF_ONE
    lost = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
    return isinstance(error, (*lost, OSError, TimeoutError, Hangs, ClockWrong, CannotOpen))


def of_no_stream(error: BaseException) -> bool:
    """Whether it is never one stream's trouble, however often that one alone meets it: it alone had to write."""
    return isinstance(error, ClockWrong)


def stopped_at(record: Recorded, error: BaseException) -> Unreadable:
    """The row at which a stream stops; what an error says could quote the row, so it is named and not quoted."""
    reason = f"cannot be handled: {type(error).__name__}"
    if isinstance(error, UnreadableEvent) and error.row is not None:
        reason = f"cannot be handled before {error.row}"
    elif isinstance(error, RPCError):
        reason += f" {error.status.name}"
    return Unreadable(record.position, record.stream, record.version, record.event.TOPIC, reason)
