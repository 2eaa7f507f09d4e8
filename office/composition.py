"""Builds what one process works with: which log, which clock, which classifier, which keys.

Production composes the wall clock; tests and the demo compose another `Now`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from eventstore.clock_guard import ClockGuard, RawClock, system_clock
from eventstore.group_commit import GroupCommit
from eventstore.log import EventLog
from eventstore.recorder import Datastore
from eventstore.sealing import MasterKey
from eventstore.store_format import must_be_known
from office.clock import Now
from office.clock_watch import ClockWatch
from office.connection import CONNECT_SECONDS, NotReachable, database_of
from office.handling import Handler
from office.intake import Intake
from office.keys.master_key import master_key
from office.order_handling import OrderHandler
from office.rules.adoption import goes_by
from office.rules.rulebooks import messages_file, read_rulebook
from office.rules.rules_in_force import ClassifierInForce, RulesInForce
from office.settings import Settings
from rulebook.classification import Classifier
from rulebook.model import Rulebook


@dataclass(frozen=True)
class Office:
    """Everything one process works with."""

    rules_in_force: RulesInForce
    event_log: EventLog
    handler: Handler
    orders: OrderHandler
    intake: Intake | None
    classifier: Classifier
    now: Now
    templates: Path
    clock: ClockWatch
    settings: Settings

    @property
    def rules(self) -> Rulebook:
        """The rulebook in force now."""
        return self.rules_in_force.at(self.now())


@contextmanager
def office(
    settings: Settings,
    *,
    now: Now | None = None,
    pool_size: int = 8,
    master: MasterKey | None = None,
    raw: RawClock = system_clock,
) -> Iterator[Office]:
    """Open the store and what works on it, for as long as the block runs.

    Acts take this machine's time, corrected by the database's within the tolerance; `now` gives a simulated time
    instead. Either way `raw`, the machine's clock, is compared with the database's (`eventstore/clock_guard.py`).

    Raises:
        NotReachable: the database cannot be reached.
        RulebookError, RulebookUnreadable, SettingsError, CannotOpen: rulebook, settings or master key are wrong.
        OtherRulebook: the store has adopted a rulebook of another id.
        StoreIsNewer: a newer program wrote the store; nothing was touched.
    """
    rules = read_rulebook(settings.rulebook)
    dsn = database_of(settings)
    guard = ClockGuard(raw, settings.clock_tolerance, story=now is not None)
    now = now or guard.now
    try:
        with psycopg.connect(dsn, connect_timeout=CONNECT_SECONDS) as connection:
            must_be_known(connection)
            guard.ask(connection)
    except psycopg.Error as error:
        raise NotReachable(f"the database cannot be reached: {str(error).strip().splitlines()[0]}") from error
    key = master or master_key(settings)
    datastore = Datastore(dsn, pool_size=pool_size)
    try:
        event_log = EventLog(datastore, key, guard)
        goes_by(event_log, rules)
        with GroupCommit(event_log) as commit:
            in_force = RulesInForce(event_log, rules)
            yield Office(
                rules_in_force=in_force,
                event_log=event_log,
                handler=Handler(event_log, commit, in_force, now),
                orders=OrderHandler(event_log, commit, in_force, now),
                intake=Intake(event_log, in_force, now, community=rules.id) if key else None,
                classifier=ClassifierInForce(in_force, now),
                now=now,
                templates=messages_file(settings.rulebook),
                clock=ClockWatch(event_log),
                settings=settings,
            )
    finally:
        datastore.close()
