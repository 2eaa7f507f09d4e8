"""`suqiu audit missing` and `accept-loss`: a log that was put back, what it lacks, and a person's word to go on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from cli.doors import staff_called
from cli.evidence.audit import notary_at_hand
from cli.failures import WrongUse
from cli.options import COMMON, Common
from cli.progress import bar
from cli.screen import OUT, emit, remark

if TYPE_CHECKING:
    from aggregates.office.events import Missing
    from evidence.accepting_loss import Accepted
    from evidence.known_heads import PutBack
    from office.composition import Office
    from office.settings import Settings
    from workers.engine.temporal_profile import Profile

LossReason = Literal["copy_restored", "disk_lost", "machine_lost", "mistake"]
"""Those of `aggregates.office`, which `--help` does not load."""
SHOWN = 50
"""Missing petitions named on a screen; --json names all."""


def missing(*, common: Common = COMMON) -> int:
    """Name what a log that was put back lacks: how many events since when, and the petitions Temporal knows of.

    The log is held against the file of checkpoints and what witnesses countersigned (SUQIU_WITNESS_NOTES). Petitions
    and orders are named by id, with the version on record and the one Temporal was told: a workflow the log does not
    know, or knows at an earlier version. Where nothing runs on the data folder, its servers are started for the look.

    Exit 1: something is missing.
    """
    found, lacks = asyncio.run(_looked(common))
    if common.json:
        rows = None if lacks is None else [each.model_dump() for each in lacks]
        emit(
            {
                "put_back": None if found is None else _row(found),
                "total": None if rows is None else len(rows),
                "rows": rows,
            }
        )
        return 1 if found or lacks else 0
    if found is not None:
        OUT.print(f"[red]✗[/] {found.sentence()}", soft_wrap=True)
    if lacks is None:
        remark("Temporal does not answer: which petitions are missing is not known")
    for each in (lacks or ())[:SHOWN]:
        known = "a version nobody noted" if each.known is None else f"version {each.known}"
        here = f"version {each.on_record} on record" if each.on_record else "not on record"
        OUT.print(f"  {each.stream}: {here}; Temporal knows {known}", markup=False)
    if lacks and len(lacks) > SHOWN:
        OUT.print(f"  … and {len(lacks) - SHOWN} more (--json names all)")
    if not found and not lacks:
        OUT.print(
            "[green]✓[/] nothing is missing: the log leads to every checkpoint known here, and knows every workflow"
        )
    return 1 if found or lacks else 0


def accept_loss(
    *,
    by: Annotated[str, Parameter(help="A leader, by id or name.")],
    reason: Annotated[LossReason, Parameter(help="Why the log was put back.")],
    new_key: Annotated[
        Path | None, Parameter(help="Where the new key is written, if SUQIU_LOG_KEY has the old one.")
    ] = None,
    common: Common = COMMON,
) -> int:
    """Accept that what is missing from a log that was put back is lost, and let it be signed again, by a new key.

    On record: the last checkpoint known (size, root, time, key), what is missing, who and why. The old file of
    checkpoints and the old key are set aside and kept; the old key signs nothing more, so that it never signed two logs
    that contradict each other. Give the new public key (`suqiu audit key`) to auditors and witnesses: a witness needs a
    person's word to go on (`suqiu audit witness --accept-loss`). Broken off, it is to be repeated.
    """
    done = asyncio.run(_accepted(common, by, reason, new_key))
    era = done.era
    if common.json:
        emit(
            {
                "position": era.position,
                "kept": era.kept,
                "lost": era.lost,
                "retired_key": str(era.retired),
                "key": str(done.key),
                "checkpoints": None if done.set_aside is None else str(done.set_aside),
                "retired": None if done.retired is None else str(done.retired),
            }
        )
        return 0
    OUT.print(f"[green]✓[/] {era.sentence()}", soft_wrap=True)
    if done.set_aside is not None:
        remark(f"the old checkpoints are kept in {done.set_aside}: give them to `suqiu audit verify --checkpoint`")
    if new_key is not None:
        remark(f"the new key is in {new_key}: set SUQIU_LOG_KEY to it, and keep the file where secrets are kept")
    OUT.print(f"公钥 log key {done.key}", markup=False, soft_wrap=True)
    return 0


async def _looked(common: Common) -> "tuple[PutBack | None, list[Missing] | None]":
    from office.composition import office

    async with _at_hand(common) as (settings, profile):
        with office(settings, pool_size=2) as ours:
            found = await asyncio.to_thread(_put_back, settings, ours)
            return found, await _lacks(ours, profile, found)


async def _accepted(common: Common, by: str, reason: LossReason, new_key: Path | None) -> "Accepted":
    import psycopg

    from aggregates.event import Actor, Role
    from evidence.accepting_loss import (
        Accepted,
        NothingLost,
        change_keys,
        earlier_keys,
        keep_public,
        new_signer,
        next_name,
        set_aside,
        write_down,
    )
    from evidence.eras import eras
    from evidence.known_heads import KeyRetired
    from evidence.log_key import checkpoint_file, log_key_file
    from evidence.notary import Notary
    from office.composition import office

    async with _at_hand(common) as (settings, profile):
        with office(settings, pool_size=2) as ours:
            old = notary_at_hand(ours).verifier
            who = staff_called(by, ours.rules)
            if who.role != "leader":
                raise WrongUse(
                    f"--by: expected a leader, as `suqiu rulebook staff --role leader` lists them; found {by}"
                )
            elsewhere = settings.log_key is not None
            if elsewhere is (new_key is None):
                raise WrongUse(
                    "--new-key FILE: needed, as the key is in SUQIU_LOG_KEY"
                    if elsewhere
                    else "--new-key: only beside SUQIU_LOG_KEY"
                )
            data = settings.data.expanduser()
            beside = new_key or log_key_file(data).with_suffix(".next")
            made = not beside.exists()
            signer = new_signer(beside, next_name(old.name))
            try:
                found = await asyncio.to_thread(_put_back, settings, ours)
                if found is None:
                    beside.unlink()
                    raise NothingLost("nothing is missing: the log leads to every checkpoint known here")
                lacks = await _lacks(ours, profile, found)
                era = await asyncio.to_thread(
                    write_down,
                    ours.event_log,
                    found,
                    lacks,
                    old,
                    earlier_keys(data),
                    signer.verifier,
                    Actor(role=Role.LEADER, id=who.id),
                    reason,
                    ours.rules.hash,
                    ours.now(),
                )
            except KeyRetired:  # broken off after it was written down: what is left is done now
                with psycopg.connect(ours.event_log.datastore.dsn) as connection:
                    era = eras(connection)[-1]
                if era.key != signer.verifier:
                    if made:
                        beside.unlink()
                    raise
            keep_public(data, era.retired, era.at)
            file = checkpoint_file(settings)
            aside = set_aside(file, era.at)
            retired = None if new_key else change_keys(data, beside, era.at)
            Notary(ours.event_log, signer, ours.now, file).checkpoint()
            return Accepted(era, signer.verifier, aside, retired)


def _put_back(settings: "Settings", ours: "Office") -> "PutBack | None":
    import psycopg

    from evidence.known_heads import put_back, sources
    from evidence.log_key import checkpoint_file

    verifier = notary_at_hand(ours).verifier
    with psycopg.connect(ours.event_log.datastore.dsn) as connection:
        return put_back(connection, verifier, sources(checkpoint_file(settings), settings.witness_notes))


async def _lacks(ours: "Office", profile: "Profile | None", found: "PutBack | None") -> "list[Missing] | None":
    from temporalio.service import RPCError

    from office.connection import NotReachable
    from workers.engine.connecting import connect
    from workers.engine.missing_streams import missing_streams

    if profile is None:
        return None
    try:
        client = await connect(profile)
        with bar("流程 workflows", None) as move:
            last_at = ours.now() if found is None else found.kept_at if found.forked else found.last_at
            return await missing_streams(client, ours.event_log, last_at, lambda done: move(done, done))
    except (NotReachable, RPCError):
        return None


@asynccontextmanager
async def _at_hand(common: Common) -> "AsyncIterator[tuple[Settings, Profile | None]]":
    """The store and the engine of these options; where nothing runs on the data folder, its servers, for the moment."""
    from pydantic import SecretStr

    from machine.server_process import ServerFailed
    from machine.servers import machine
    from office.logs import only_errors
    from office.run_info import read_run
    from workers.engine.temporal_profile import profile_of

    only_errors()
    settings = common.settings()
    profile = profile_of(settings)
    nothing_there = not (settings.data.expanduser() / "postgres" / "PG_VERSION").exists()
    if settings.database_url is not None or read_run(settings.data) is not None or nothing_there:
        yield settings, profile
        return
    remark("nothing runs on this folder: its servers are started for the moment")
    async with machine(settings.data, port=0) as here:
        engine: Profile | None = None
        try:
            await here.engine()
            engine = profile.at(here.run.temporal, here.run.namespace)
        except (ServerFailed, OSError):
            remark("the engine does not start: which petitions are missing is not known")
        yield settings.model_copy(update={"database_url": SecretStr(here.run.database)}), engine


def _row(found: "PutBack | None") -> dict[str, object] | None:
    if found is None:
        return None
    known = found.known.checkpoint
    return {
        "size": found.size,
        "last_at": found.last_at,
        "known": known.size,
        "known_at": known.at,
        "known_from": found.known.where,
        "kept": found.kept,
        "kept_at": found.kept_at,
        "missing": found.missing,
        "forked": found.forked,
    }
