"""Evidence of a run that has settled: the log read as it stands, and every check the program has of itself asked."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection
from temporalio.client import Client, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError
from temporalio.worker import Replayer

from aggregates.erasures.events import ResidentErased
from aggregates.record import Recorded
from aggregates.replay.steps import InForce
from aggregates.streams import is_petition
from eventstore.codec import UnreadableEvent, decode, sealed_fields
from eventstore.log import EventLog
from eventstore.recorder import Datastore
from eventstore.sealing import MasterKey
from evidence.auditing import verify
from evidence.checkpoint_file import notes_in
from evidence.log_key import log_key_file, verifier_of
from evidence.replaying import HEARD_WITHIN, books_of, cases, in_force_of, replayed
from office.rules.rulebooks import messages_file, read_messages, read_rulebook
from projections import read_models
from projections.generation import Generation
from projections.read_model import ReadModel
from tests.faults.clock import Timeline, TownClock
from tests.faults.evidence import Evidence, Said, timeline_of
from tests.faults.given import QUEUE
from tests.faults.journal import Entry
from tests.faults.onlooker import IMPOSSIBLE
from tests.projections.conftest import tables_of
from workers.petition_worker import sandbox
from workers.rhythm.reconciling import reconcile
from workflows.adoption import AdoptionWorkflow
from workflows.message import MessageWorkflow
from workflows.order import OrderWorkflow
from workflows.petition import PetitionWorkflow
from workflows.rhythm import RhythmWorkflow

PAGE = 2_000
LOOKS = 4
"""Times the reconciler looks before a difference counts: what it meets on its way is not one."""
SHOWN = 3


def gather(folder: Path, dsn: str, master: bytes, entries: list[Entry], client: Client | None) -> Evidence:
    """Ask everything; without a client, nothing of the engine. What keeps the read models has come to rest."""
    with closing(Datastore(dsn)) as datastore:
        log = EventLog(datastore, MasterKey(master))
        rules = read_rulebook(folder / "book")
        letters = read_messages(messages_file(folder / "book"))
        records, unreadable = _records(log)
        engine = asyncio.run(_engine(log, client, folder)) if client else ((), ())
        delivered = folder / "delivered"
        with psycopg.connect(dsn, autocommit=True) as connection:
            places = dict(connection.execute("SELECT name, position FROM suqiu.readers").fetchall())
            views = _views(log, connection)
        books = books_of(log, rules)
        may = by_the_wall(in_force_of(log, rules, books), timeline_of(entries))
        told = ((case.petition, replayed(case, books, may)) for case in cases(log))
        verifier = verifier_of(str(log_key_file(folder).with_suffix(".pub")))
        notes = folder / "checkpoints.txt"
        elsewhere = [(notes.name, note) for note in notes_in(notes.read_text("utf-8"))] if notes.exists() else []
        audit = verify(dsn, verifier, elsewhere, processes=1)
        return Evidence(
            entries=entries,
            records=records,
            rules=rules,
            letters=letters,
            head=log.head(),
            unreadable=frozenset(unreadable),
            replays=[
                Said(petition, "; ".join(str(each) for each in found.differences[:SHOWN]))
                for petition, found in told
                if not found.identical and petition not in unreadable
            ],
            audit=[Said(str(audit.wrong.stream or audit.wrong.position), audit.wrong.what)] if audit.wrong else [],
            views=views,
            histories=engine[0],
            reconciled=engine[1],
            keys=_keys(log, records),
            places=places,
            delivered=delivered.read_text("utf-8").split() if delivered.exists() else [],
        )


def by_the_wall(may: InForce, timeline: Timeline) -> InForce:
    """A process may hear of an adoption a moment late: of the wall's clock, though the town's jumped days in it."""

    def allowed(at: datetime, noted: datetime) -> frozenset[str]:
        now = may(at, noted)
        earlier = timeline.town(timeline.wall(noted) - HEARD_WITHIN.total_seconds())
        return now | may(at, min(earlier, noted)) if now else now

    return allowed


def _records(log: EventLog) -> tuple[list[Recorded], set[str]]:
    records: list[Recorded] = []
    unreadable: set[str] = set()
    place = 0
    while rows := log.recorder.page(place, PAGE):
        for row in rows:
            try:
                event = decode(row.topic, row.state)
            except UnreadableEvent:
                unreadable.add(row.stream)
            else:
                records.append(Recorded(row.position, row.stream, row.version, row.recorded_at, row.command_id, event))
        place = rows[-1].position
    return records, unreadable


def _views(log: EventLog, connection: Connection[Any]) -> list[Said]:
    return [said for model in read_models() for said in _view(model, log, connection)]


def _view(model: ReadModel, log: EventLog, connection: Connection[Any]) -> Iterator[Said]:
    """What a model's tables have that a straight run over the log has not, and the other way round."""
    fresh = Generation(model, connection, f"{model.schema}_fresh")
    fresh.drop()
    fresh.create()
    place = 0
    try:
        while page := log.entries(place, PAGE):
            place = fresh.apply(place, page)
    except psycopg.Error as error:
        fresh.drop()
        yield Said(model.name, f"cannot be made anew: {str(error).splitlines()[0]}")
        return
    served, made = tables_of(connection, model.schema), tables_of(connection, fresh.schema)
    fresh.drop()
    for table, rows in made.items():
        kept = served.get(table, [])
        if kept != rows:
            missing, more = set(rows) - set(kept), set(kept) - set(rows)
            shown = "; ".join((*(f"missing {row}" for row in missing), *(f"too much {row}" for row in more)))
            yield Said(f"{model.name}.{table}", shown[:400] or "a row too often")


def _keys(log: EventLog, records: list[Recorded]) -> list[Said]:
    """What can still be read although it was erased."""
    erased = {r.event.subject: r.position for r in records if isinstance(r.event, ResidentErased)}
    return [
        Said(record.stream, f"version {record.version} of an erased resident can be read")
        for record in records
        if record.position < erased.get(getattr(record.event, "resident", ""), 0)
        and sealed_fields(type(record.event))
        and any(getattr(record.event, name) is not None for name in sealed_fields(type(record.event)))
        and not log.is_erased(record)
    ]


async def _engine(log: EventLog, client: Client, folder: Path) -> tuple[list[Said], list[Said]]:
    histories = await _histories(log, client)
    rules = read_rulebook(folder / "book")
    delivery = read_messages(messages_file(folder / "book")).delivery
    found: list[Said] = []
    for _ in range(LOOKS):
        clock = TownClock(folder / "shift")
        try:
            told = await reconcile(log, client, QUEUE, rules, clock, delivery=delivery, repair=False)
        except (*IMPOSSIBLE, UnreadableEvent) as error:
            return histories, [Said("reconciler", f"{type(error).__name__}: {error}")]
        found = [
            Said(each.petition, f"{each.fault}: owes {each.step} at {each.expected_at}, wakes at {each.found_at}")
            for each in told.differences
        ]
        if not found:
            break
        await asyncio.sleep(5)
    return histories, found


async def _histories(log: EventLog, client: Client) -> list[Said]:
    """Every history the engine keeps, replayed on today's workflows."""
    known = {f"{run.id} {run.run_id}": (run.id, run.run_id) async for run in client.list_workflows()}
    begun = [stream for stream in log.begun("p-") if is_petition(stream)]
    known |= {f"{stream} ": (stream, None) for stream in begun if not any(k.startswith(stream) for k in known)}

    async def each() -> AsyncIterator[WorkflowHistory]:
        for workflow, run in known.values():
            try:
                yield await client.get_workflow_handle(workflow, run_id=run).fetch_history()
            except RPCError:  # not there: the reconciler says so
                continue

    kinds = [PetitionWorkflow, OrderWorkflow, AdoptionWorkflow, MessageWorkflow, RhythmWorkflow]
    replayer = Replayer(workflows=kinds, workflow_runner=sandbox(), data_converter=pydantic_data_converter)
    async with replayer.workflow_replay_iterator(each()) as told:
        return [
            Said(result.history.workflow_id, str(result.replay_failure).splitlines()[0][:300])
            async for result in told
            if result.replay_failure is not None
        ]
