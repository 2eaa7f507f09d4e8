"""`suqiu worker`, `relay`, `project`, `messenger`: the long-running parts, each a process of its own."""

import asyncio
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from cli.failures import WrongUse
from cli.options import COMMON, Common
from cli.running.serving import for_ever, serve
from cli.screen import emit, remark

if TYPE_CHECKING:
    from office.settings import Settings
    from workers.engine.temporal_profile import Profile
    from workers.metrics.endpoint import Endpoint


def worker(
    *,
    promote: Annotated[bool, Parameter(help="Let this build take over from the one that has the tasks now.")] = False,
    common: Common = COMMON,
) -> int:
    """Run a worker: it carries out what is due. As many at once as you like, on as many machines.

    It works by the rulebook that was adopted in the store and refuses to begin where none was: `suqiu rulebook adopt`
    puts one in force, `up` does so by itself. A file in SUQIU_RULEBOOK that differs from it counts for nothing here.

    It needs the database (SUQIU_DATABASE_URL), Temporal (temporal.yaml, SUQIU_TEMPORAL_PROFILE, TEMPORAL_ADDRESS) and
    the master key (SUQIU_MASTER_KEY), or the data folder of a running `up`.
    """
    settings, profile = _start(common)
    return serve(_worker(settings, profile, promote=promote, json=common.json))


def relay(*, common: Common = COMMON) -> int:
    """Run the relay: it starts and wakes workflows from the event log. One works, others stand by.

    With a log key (SUQIU_LOG_KEY, or the data folder's) it signs a checkpoint of the log every minute, too.
    """
    settings, profile = _start(common)
    return serve(_relay(settings, profile, json=common.json))


def project(*, common: Common = COMMON) -> int:
    """Update the read models from the event log. Each is maintained by one process; further ones wait as standby."""
    settings, profile = _start(common)
    return serve(_project(settings, profile, json=common.json))


def messenger(*, common: Common = COMMON) -> int:
    """Write what residents and units are told, and send what a gateway carries. One writes, all of them send.

    Without a gateway everything stands in the outbox (`suqiu outbox`). SUQIU_APPRISE_URLS names gateways, as apprise
    writes them, with blanks between: one with {phone} is for residents, all others are for units ({unit}). It needs
    what a worker needs.
    """
    settings, profile = _start(common)
    return serve(_messenger(settings, profile, json=common.json))


def _start(common: Common) -> "tuple[Settings, Profile]":
    from office.logs import configure_logs
    from workers.engine.temporal_profile import profile_of

    settings = common.settings()
    profile = profile_of(settings)
    configure_logs(settings.log_level or profile.worker.log_level)
    return settings, profile


async def _worker(settings: "Settings", profile: "Profile", *, promote: bool, json: bool) -> None:
    from office.composition import office
    from office.rules.book_in_use import must_be_adopted
    from workers.engine.connecting import connect
    from workers.engine.task_failures import TaskFailures
    from workers.keeping.keeper import keeping_engine
    from workers.metrics.endpoint import open_endpoint
    from workers.metrics.exporting import showing, showing_engine
    from workers.processes import working
    from workers.rhythm.worker import keeping_rhythm

    with office(settings, pool_size=profile.worker.max_concurrent_activities + 4) as ours:
        ours.clock.tell = remark
        if ours.intake is None:
            raise WrongUse(
                "no master key: a worker has to read what residents wrote to classify it; set SUQIU_MASTER_KEY, or "
                "give the data folder that has the key with --data"
            )
        file, in_force = ours.rules_in_force.file, ours.rules
        await asyncio.to_thread(must_be_adopted, ours.rules_in_force)
        if file.hash != in_force.hash:
            remark(
                f"rulebook: SUQIU_RULEBOOK points to another rulebook ({file.hash[:19]}) than the one in force "
                f"({in_force.hash[:19]}); it is ignored. To use it: `suqiu rulebook adopt FILE`"
            )
        endpoint = open_endpoint(profile.worker.metrics_address)
        client = await connect(profile, endpoint.runtime)
        queue = profile.worker.task_queue
        failures = TaskFailures()
        async with (
            working(ours, client, profile.worker, promote=promote, failures=failures),
            keeping_rhythm(ours, client, queue, failures=failures),
            keeping_engine(ours, client, profile.worker, failures),
            showing("worker", endpoint, ours, settings.data),
            showing_engine(endpoint, ours, profile.worker, client),
        ):
            _ready("worker", f"{profile.address}, queue {profile.worker.task_queue}", endpoint, json=json)
            await for_ever()


async def _relay(settings: "Settings", profile: "Profile", *, json: bool) -> None:
    from evidence.known_heads import hold, sources
    from evidence.log_key import checkpoint_file
    from evidence.notary import notary_of
    from office.composition import office
    from workers.engine.connecting import connect
    from workers.metrics.endpoint import open_endpoint
    from workers.metrics.exporting import showing, showing_engine
    from workers.processes import relaying, signing

    with office(settings, pool_size=4) as ours:
        if (notary := notary_of(ours)) is not None:
            files = sources(checkpoint_file(settings), settings.witness_notes)
            await asyncio.to_thread(hold, ours.event_log.datastore.dsn, notary.verifier, files)
        ours.clock.tell = remark
        endpoint = open_endpoint(profile.worker.metrics_address)
        client = await connect(profile, endpoint.runtime)
        async with (
            relaying(ours, client, profile.worker.task_queue),
            signing(ours),
            showing("relay", endpoint, ours, settings.data),
            showing_engine(endpoint, ours, profile.worker, client),
        ):
            _ready("relay", f"{profile.address}, queue {profile.worker.task_queue}", endpoint, json=json)
            await for_ever()


async def _messenger(settings: "Settings", profile: "Profile", *, json: bool) -> None:
    from office.composition import office
    from workers.engine.connecting import connect
    from workers.engine.task_failures import TaskFailures
    from workers.keeping.keeper import keeping_engine
    from workers.messaging.gateways import gateway_of
    from workers.messaging.sender import AT_ONCE
    from workers.metrics.endpoint import open_endpoint
    from workers.metrics.exporting import showing, showing_engine
    from workers.processes import messaging

    gateway = gateway_of(settings)
    with office(settings, pool_size=AT_ONCE + 4) as ours:
        ours.clock.tell = remark
        if ours.intake is None:
            raise WrongUse(
                "no master key: what residents are told is sealed; set SUQIU_MASTER_KEY, or give the data folder that "
                "has the key with --data"
            )
        endpoint = open_endpoint(profile.worker.metrics_address)
        client = await connect(profile, endpoint.runtime)
        failures = TaskFailures()
        async with (
            messaging(ours, client, profile.worker.task_queue, gateway, failures),
            keeping_engine(ours, client, profile.worker, failures, ground=False),
            showing("messenger", endpoint, ours, settings.data),
            showing_engine(endpoint, ours, profile.worker, client),
        ):
            _ready("messenger", f"by {gateway.name}, {profile.address}", endpoint, json=json)
            await for_ever()


async def _project(settings: "Settings", profile: "Profile", *, json: bool) -> None:
    from office.composition import office
    from workers.metrics.endpoint import open_endpoint
    from workers.metrics.exporting import showing
    from workers.processes import projecting

    with office(settings, pool_size=6) as ours:
        ours.clock.tell = remark
        endpoint = open_endpoint(profile.worker.metrics_address)
        async with projecting(ours), showing("project", endpoint, ours, settings.data):
            _ready("project", "the read models", endpoint, json=json)
            await for_ever()


def _ready(part: str, where: str, endpoint: "Endpoint", *, json: bool) -> None:
    if json:
        emit({"ready": True, "part": part, "where": where, "metrics": endpoint.url})
    else:
        figures = f"; metrics at {endpoint.url}" if endpoint.url else ""
        remark(f"suqiu {part}: ready ({where}{figures}); Ctrl-C ends it")
