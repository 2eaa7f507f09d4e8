"""The only place that builds concrete things: which log, which clock, which classifier, which server.

Production composes the wall clock; tests and the demo compose another `Now`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from eventstore.clock_guard import ClockGuard, RawClock, system_clock
from eventstore.group_commit import GroupCommit
from eventstore.log import PetitionLog
from eventstore.recorder import Datastore
from eventstore.sealing import MasterKey
from eventstore.store_format import must_be_known
from rulebook.classification import Classifier
from rulebook.model import Rulebook
from workers.clock import Now
from workers.clock_watch import ClockWatch
from workers.evidence.log_key import checkpoint_file, log_signer
from workers.evidence.notary import Notary
from workers.evidence.time_stamps import time_stamps
from workers.handling import Handler
from workers.intake import Intake
from workers.keys.master_key import master_key
from workers.machine.data_folder import read_run
from workers.messaging.gateways import AppriseGateway, Gateway, Outbox
from workers.rules.adoption import goes_by
from workers.rules.rulebooks import messages_file, read_rulebook
from workers.rules.rules_in_force import ClassifierInForce, RulesInForce
from workers.service_orders.order_handling import OrderHandler
from workers.settings import Profile, Settings, find_env_file, load_profile

if TYPE_CHECKING:
    from temporalio.client import Client
    from temporalio.runtime import Runtime

CONNECT_SECONDS = 5


class NotReachable(Exception):
    """A server is not there, or nothing says where it is; the message says what to do."""


@dataclass(frozen=True)
class Office:
    """Everything one process works with."""

    rules_in_force: RulesInForce
    petitions: PetitionLog
    handler: Handler
    orders: OrderHandler
    intake: Intake | None
    classifier: Classifier
    now: Now
    templates: Path
    clock: ClockWatch
    notary: Notary | None = None

    @property
    def rules(self) -> Rulebook:
        """The rulebook in force now."""
        return self.rules_in_force.at(self.now())


def database_of(settings: Settings) -> str:
    """The DSN of the store: `SUQIU_DATABASE_URL`, else what a running `up` announces in the data folder.

    Raises:
        NotReachable: neither says where.
    """
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    run = read_run(settings.data)
    if run is None:
        raise NotReachable(
            f"nothing runs on {settings.data}: start `suqiu up --data {settings.data}`, or set SUQIU_DATABASE_URL"
        )
    return run.database


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

    Everything goes by this machine's clock, put right by the database's within the tolerance; `now` tells a story of
    another time instead. Either way the process is judged by `raw`, its clock as it is (`eventstore/clock_guard.py`).

    Raises:
        NotReachable: the database is not there.
        RulebookError, RulebookUnreadable, SettingsError, CannotOpen: what is given is wrong.
        OtherRulebook: the store goes by another rulebook.
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
    signer = log_signer(settings)
    stamps = time_stamps(settings)
    datastore = Datastore(dsn, pool_size=pool_size)
    try:
        petitions = PetitionLog(datastore, key, guard)
        goes_by(petitions, rules)
        with GroupCommit(petitions) as commit:
            in_force = RulesInForce(petitions, rules)
            yield Office(
                rules_in_force=in_force,
                petitions=petitions,
                handler=Handler(petitions, commit, in_force, now),
                orders=OrderHandler(petitions, commit, in_force, now),
                intake=Intake(petitions, in_force, now, community=rules.id) if key else None,
                classifier=ClassifierInForce(in_force, now),
                now=now,
                templates=messages_file(settings.rulebook),
                clock=ClockWatch(petitions),
                notary=Notary(petitions, signer, now, checkpoint_file(settings), stamps, settings.witness_notes)
                if signer
                else None,
            )
    finally:
        datastore.close()


def gateway_of(settings: Settings) -> Gateway:
    """By which way messages leave: the addresses of `SUQIU_APPRISE_URLS` (blanks between), else the outbox alone.

    Raises:
        BadGateway: an address is none.
    """
    if settings.apprise_urls is None or not (urls := settings.apprise_urls.get_secret_value().split()):
        return Outbox()
    return AppriseGateway(urls)


def profile_of(settings: Settings) -> Profile:
    """Where Temporal is: the profile of `temporal.yaml`, at the address a running `up` announces if one does.

    Raises:
        SettingsError: the file or the profile is wrong.
    """
    profile = load_profile(find_env_file(settings), settings.temporal_profile)
    run = read_run(settings.data)
    if settings.temporal_profile == "local" and run is not None:
        there = profile.at(run.temporal, run.namespace)
        return replace(there, starts_beside=run.pid) if not run.engine else there
    return profile


async def connect(profile: Profile, runtime: "Runtime | None" = None) -> "Client":
    """A client of the profile's server; `runtime`: the one of the part's endpoint, None: one that shows no figures.

    Raises:
        NotReachable: it does not answer.
    """
    if profile.starts_beside is not None:
        raise NotReachable(
            f"the engine (Temporal) of `suqiu up` (pid {profile.starts_beside}) is still starting: what is submitted "
            "is taken in all the same; repeat this in a moment"
        )
    # Here and not above: most commands of a shell need no engine, and it takes a fifth of a second to load.
    from temporalio.client import Client
    from temporalio.contrib.pydantic import pydantic_data_converter

    from workers.logs import temporal_runtime

    try:
        return await Client.connect(
            **profile.connect_options(),
            data_converter=pydantic_data_converter,
            runtime=runtime or temporal_runtime(),
        )
    except (RuntimeError, OSError) as error:
        raise NotReachable(f"Temporal at {profile.address} cannot be reached: {error}") from error
