"""The rulebook that commands use: the one in force in the store, not the file of their settings.

A name, a unit or a deadline that is shown is then the one that is enforced, whoever adopted it and wherever.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import psycopg

from aggregates.adoption import standing
from eventstore.log import EventLog
from eventstore.recorder import Datastore
from office.clock import wall_clock
from office.connection import CONNECT_SECONDS, NotReachable, database_of
from office.rules.adoption import adoptions, goes_by
from office.rules.rulebooks import read_rulebook
from office.rules.rules_in_force import RulesInForce
from office.settings import Settings
from rulebook.model import Rulebook
from rulebook.problems import Expected


class NothingAdopted(Expected):
    """The store has no adopted rulebook; the message says how to adopt one."""


def book_in_use(settings: Settings, at: datetime | None = None) -> Rulebook:
    """The book in force in the store at an instant (default: now); the file while none was adopted.

    Raises:
        NotReachable: the database cannot be reached.
        OtherRulebook: the store has adopted a rulebook of another id.
        RulebookError, RulebookUnreadable: the file is wrong, or cannot be read.
    """
    file = read_rulebook(settings.rulebook)
    with _log(settings) as event_log:
        goes_by(event_log, file)
        return RulesInForce(event_log, file).at(at or wall_clock())


def book_at_hand(settings: Settings, at: datetime | None = None) -> Rulebook:
    """As `book_in_use`, but the file's book where no store can be reached.

    Raises:
        OtherRulebook, RulebookError, RulebookUnreadable: see `book_in_use`.
    """
    try:
        return book_in_use(settings, at)
    except NotReachable:
        return read_rulebook(settings.rulebook)


def not_in_force(settings: Settings, file: Rulebook) -> str | None:
    """Why a rulebook's file is not in force in the store of these settings, and what to do; None: it is, or no store.

    Only adoptions of the file's own id are considered.
    """
    try:
        with _log(settings) as event_log:
            known = adoptions(event_log, file.id)
    except NotReachable:
        return None
    days = {each.rulebook: each.effective_from for each in known}
    match standing(known, file):
        case "last":
            return None
        case "older":
            later = max(days.values())
            return (
                f"effective_from: {file.effective_from} is before {later}, from which another is adopted: this file "
                "is not in force. Set `effective_from` to the first day it is to hold, then `suqiu rulebook adopt FILE`"
            )
        case "same_day":
            return (
                f"effective_from: another one is adopted from {file.effective_from} on, and what has been in force is "
                "not changed. Set `effective_from` to the first day of the change, then `suqiu rulebook adopt FILE`"
            )
        case _:
            return "not in force here until it is adopted: `suqiu rulebook adopt FILE`"


def must_be_adopted(rules: RulesInForce) -> None:
    """Refuse to work by a book that was never adopted: its decisions could not be replayed from the log.

    Raises:
        NothingAdopted: the store has no adoption of a book of this id.
    """
    if not rules.adopted:
        raise NothingAdopted(
            f"no rulebook {rules.file.id} was adopted in this store: put one in force first, "
            "`suqiu rulebook adopt FILE` (`suqiu up` does it by itself)"
        )


@contextmanager
def _log(settings: Settings) -> Iterator[EventLog]:
    dsn = database_of(settings)
    try:
        psycopg.connect(dsn, connect_timeout=CONNECT_SECONDS).close()
    except psycopg.Error as error:
        raise NotReachable(f"the database cannot be reached: {str(error).strip().splitlines()[0]}") from error
    datastore = Datastore(dsn, pool_size=1)
    try:
        yield EventLog(datastore, None)
    finally:
        datastore.close()
