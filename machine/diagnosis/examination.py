"""The checks of `suqiu doctor`, of what a start needs and of a running office, in the order of its page.

First this machine, then the store, then the engine. What hangs is bounded: the whole takes half a minute at worst.
"""

import os
from collections.abc import Callable, Iterator
from functools import partial

from temporalio.client import Client

from eventstore.clock_guard import RawClock, system_clock
from machine.diagnosis.check import Check
from machine.diagnosis.checkpoints import look_at_checkpoints, look_at_what_was_signed
from machine.diagnosis.clocks import look_at_clock, look_at_engine_clock, look_at_times
from machine.diagnosis.database import check_database
from machine.diagnosis.deployment import look_at_schedules, look_at_workers
from machine.diagnosis.disks import look_at_disks
from machine.diagnosis.engine import check_temporal
from machine.diagnosis.folder import check_data_folder
from machine.diagnosis.keys import check_master_key, look_at_master_key_age
from machine.diagnosis.log_readers import look_at_readers, look_at_rows, look_at_set_aside
from machine.diagnosis.looking import Site, StoreLook, at_the_engine, at_the_store, bounded
from machine.diagnosis.messages import look_at_gateway
from machine.diagnosis.overdue import look_at_steps
from machine.diagnosis.parts import look_at_parts
from machine.diagnosis.programs import (
    check_postgres_programs,
    check_program,
    check_python,
    check_temporal_program,
)
from machine.diagnosis.role import NAME as ROLE
from machine.diagnosis.role import check_role
from machine.diagnosis.rules import check_rulebook, check_rules_in_force, look_at_adoptions
from machine.diagnosis.store_format import NAME as STORE_FORMAT
from machine.diagnosis.store_format import check_store_format
from office.connection import database_of
from office.run_info import RunInfo, read_run
from office.settings import Settings, SettingsError
from rulebook.model import Rulebook
from workers.engine.temporal_profile import Profile, find_env_file, load_profile

OF_THE_BOOK = (StoreLook("rules adopted", look_at_adoptions),)
OF_ANY_STORE = (
    StoreLook("clock", look_at_clock),
    StoreLook("times", look_at_times),
    StoreLook("parts", look_at_parts),
    StoreLook("unreadable rows", look_at_rows),
    StoreLook("set aside", look_at_set_aside),
    StoreLook("readers", look_at_readers),
    StoreLook("steps", look_at_steps),
    StoreLook("checkpoints", look_at_checkpoints),
    StoreLook("log", look_at_what_was_signed),
    StoreLook("messages", look_at_gateway),
    StoreLook("master key age", look_at_master_key_age),
    StoreLook("database disk", look_at_disks),
)


async def diagnose(settings: Settings, raw: RawClock = system_clock) -> list[Check]:
    """Return every check, in the order a start needs them. `raw` is this machine's clock."""
    run = read_run(settings.data)
    checks = [
        check_program(),
        check_python(),
        check_temporal_program(needed=settings.database_url is None),
        check_postgres_programs(needed=settings.database_url is None),
        *check_data_folder(settings.data, run),
        check_rulebook(settings.rulebook),
        check_master_key(settings),
    ]
    at_store, book = await _store(settings, run, raw)
    checks += at_store
    try:
        profile = load_profile(find_env_file(settings), settings.temporal_profile)
    except SettingsError as error:
        return [*checks, Check("temporal.yaml", False, str(error), "correct the file, or unset the variable")]
    checks.append(Check("temporal.yaml", True, f"profile {profile.name}: {profile.address}"))
    if run is not None:
        profile = profile.at(run.temporal, run.namespace)
    elsewhere = settings.database_url or profile.name != "local" or "TEMPORAL_ADDRESS" in os.environ
    answers, client = await check_temporal(profile, started_by_up=run is None and not elsewhere)
    return [*checks, *answers, *(await _engine(client, profile, book, settings, raw) if client else [])]


async def _store(settings: Settings, run: RunInfo | None, raw: RawClock) -> tuple[list[Check], Rulebook | None]:
    """Checks of the database and its store, and the rulebook in force."""
    checks = await bounded(("database",), lambda: iter([check_database(settings, run)]))
    if not checks[-1].ok or (run is None and settings.database_url is None):
        return checks, None
    dsn = database_of(settings)
    for name, check in ((STORE_FORMAT, check_store_format), (ROLE, check_role)):
        (found,) = await bounded((name,), partial(_one, check, dsn))
        checks.append(found)
        if not found.ok:
            return checks, None
    books: list[Rulebook] = []

    def rules() -> Iterator[Check]:
        check, book = check_rules_in_force(settings)
        books.extend([book] if book else [])
        yield check

    checks += await bounded(("rules in force",), rules)
    book = books[0] if books else None
    site = Site(settings, book, raw)
    looks = (*(OF_THE_BOOK if book else ()), *OF_ANY_STORE)
    return checks + await bounded([look.name for look in looks], lambda: at_the_store(dsn, looks, site)), book


def _one(check: Callable[[str], Check], dsn: str) -> Iterator[Check]:
    yield check(dsn)


async def _engine(
    client: Client, profile: Profile, book: Rulebook | None, settings: Settings, raw: RawClock
) -> list[Check]:
    """Checks of an engine that answers; without a rulebook from the store, only of the workers."""
    checks = [
        await at_the_engine("engine clock", look_at_engine_clock(client, settings, raw)),
        await at_the_engine("worker version", look_at_workers(client, profile.worker)),
    ]
    if book is not None:
        checks.append(await at_the_engine("schedules", look_at_schedules(client, profile.worker, book)))
    return checks
