"""(b) Whole lives/s against a bare workflow with as many local activities, commits and signals.

A life: received → classified → dispatched → accepted → replied → confirmed → closed. It is driven in waves by threads,
as people would through several doors; the baseline is driven in the same waves and tells its workflow directly. `lives`
is the engine, worker and relay in one process; `lives-beside-everything` has the read models, the messenger with its
letters to resident and unit, and the notary in that process too, as under `suqiu up`: no baseline does that work, so it
has no goal.
"""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg_pool
from temporalio import activity
from temporalio.client import Client
from temporalio.worker import Worker

from aggregates.event import Actor, Role
from aggregates.known import BY_CODE
from aggregates.petition import commands as c
from bench.bare_workflow import BareWorkflow
from bench.ground import Ground, Result
from office.composition import Office
from office.intake import Offered, submission
from workers.engine.temporal_profile import WorkerSettings
from workers.processes import everything, relaying, working

LIVES = 400
GOAL = 0.6
THREADS = 16


@asynccontextmanager
async def engine(here: Office, client: Client, settings: WorkerSettings) -> AsyncIterator[None]:
    """Worker and relay: what a life needs."""
    async with working(here, client, settings, promote=True), relaying(here, client, settings.task_queue):
        yield


async def lives(ground: Ground, round_number: int, running: Callable[..., Any] = engine) -> float:
    """Ours."""
    here = ground.office
    assert here.intake is not None
    rows = [
        Offered(number, submission({"text": f"路灯坏了，晚上太黑，请维修路灯 {round_number}-{number}"}), None)
        for number in range(LIVES)
    ]
    async with running(here, ground.client, ground.profile.worker):
        with ThreadPoolExecutor(THREADS) as people:
            began = time.perf_counter()
            taken = await asyncio.to_thread(lambda: list(here.intake.take_in(rows, Actor.resident())))
            petitions = [row.petition or "" for row in taken]
            await _until(lambda: _staged(ground, petitions, "petition.dispatched"))
            somebody = _of_its_unit(ground, petitions[0])  # all say the same, so one unit has them all
            for act in (_accept, _reply, _confirm):
                await _all(people, lambda petition, act=act: act(ground, petition, somebody), petitions)
            await _until(lambda: _staged(ground, petitions, "petition.closed"))
            return LIVES / (time.perf_counter() - began)


def _of_its_unit(ground: Ground, petition: str) -> Actor:
    """Somebody of the unit that has it."""
    rules = ground.office.rules
    person = rules.staff_member(rules.unit(ground.office.handler.load(petition).in_charge or "").staff[0])
    return Actor(role=Role(person.role), id=person.id)


def _accept(ground: Ground, petition: str, by: Actor) -> None:
    ground.office.handler.execute(petition, c.Accept(at=datetime.now(UTC), by=by), uuid.uuid4().hex)


def _reply(ground: Ground, petition: str, by: Actor) -> None:
    command = c.Reply(at=datetime.now(UTC), by=by, outcome="resolved", text="已修好", grounds="现场核查")
    ground.office.handler.execute(petition, command, uuid.uuid4().hex)


def _confirm(ground: Ground, petition: str, _: Actor) -> None:
    ground.office.handler.execute(
        petition, c.Confirm(at=datetime.now(UTC), by=Actor.resident(), known=BY_CODE), uuid.uuid4().hex
    )


def _staged(ground: Ground, petitions: list[str], topic: str) -> bool:
    with ground.office.event_log.datastore.get_connection() as connection:
        row = connection.execute(
            "SELECT count(*) AS reached FROM suqiu.events WHERE topic = %s AND originator_id = ANY(%s)",
            (topic, petitions),
        ).fetchone()
    assert row is not None
    return bool(row["reached"] == len(petitions))


class Bare:
    """The baseline's activities and acts: one row to a commit."""

    def __init__(self, pool: psycopg_pool.ConnectionPool) -> None:
        self._pool = pool

    @activity.defn(name="bare-read")
    def read(self, number: int) -> None:
        """Read the rows of one life."""
        with self._pool.connection() as connection:
            connection.execute("SELECT body FROM bench_lives WHERE life = %s", (number,), prepare=True).fetchall()

    @activity.defn(name="bare-write")
    def write(self, number: int) -> None:
        """Commit one row."""
        with self._pool.connection() as connection:
            connection.execute(
                "INSERT INTO bench_lives (life, body) VALUES (%s, %s)", (number, b"x" * 600), prepare=True
            )

    def rows(self) -> int:
        """Rows so far."""
        with self._pool.connection() as connection:
            row = connection.execute("SELECT count(*) FROM bench_lives").fetchone()
        assert row is not None
        return int(row[0])


async def bare(ground: Ground, round_number: int) -> float:
    """The same life without an engine of ours around it."""
    with psycopg_pool.ConnectionPool(ground.dsn, min_size=4, max_size=24, kwargs={"autocommit": True}) as pool:
        with pool.connection() as connection:
            connection.execute("DROP TABLE IF EXISTS bench_lives")
            connection.execute("CREATE TABLE bench_lives (id bigserial PRIMARY KEY, life int, body bytea)")
            connection.execute("CREATE INDEX ON bench_lives (life)")
        bodies = Bare(pool)
        queue = f"bare-{round_number}"
        slots = ground.profile.worker.max_concurrent_activities
        with ThreadPoolExecutor(slots) as threads, ThreadPoolExecutor(THREADS) as people:
            async with Worker(
                ground.client,
                task_queue=queue,
                workflows=[BareWorkflow],
                activities=[bodies.read, bodies.write],
                activity_executor=threads,
                max_concurrent_local_activities=slots,
            ):
                began = time.perf_counter()
                numbers = list(range(LIVES))
                await _all(people, bodies.write, numbers)
                await _tell(numbers, lambda number: _start(ground.client, queue, number))
                await _until(lambda: bodies.rows() == 3 * LIVES)
                for _ in range(3):
                    await _all(people, bodies.write, numbers)
                    await _tell(numbers, lambda number: _signal(ground.client, queue, number))
                await _until(lambda: bodies.rows() == 7 * LIVES)
                return LIVES / (time.perf_counter() - began)


async def _start(client: Client, queue: str, number: int) -> None:
    await client.start_workflow("bare", number, id=f"{queue}-{number}", task_queue=queue)


async def _signal(client: Client, queue: str, number: int) -> None:
    await client.get_workflow_handle(f"{queue}-{number}").signal("hear")


async def _all(people: ThreadPoolExecutor, act: Callable[[Any], None], over: list[Any]) -> None:
    loop = asyncio.get_running_loop()
    await asyncio.gather(*(loop.run_in_executor(people, act, one) for one in over))


async def _tell(numbers: list[int], tell: Callable[[int], Coroutine[Any, Any, None]]) -> None:
    few = asyncio.Semaphore(32)

    async def one(number: int) -> None:
        async with few:
            await tell(number)

    await asyncio.gather(*(one(number) for number in numbers))


async def _until(holds: Callable[[], bool]) -> None:
    for _ in range(6_000):
        if await asyncio.to_thread(holds):
            return
        await asyncio.sleep(0.02)
    raise TimeoutError("not within two minutes")


async def measure(ground: Ground, rounds: int) -> Result:
    """Both in turn, `rounds` times."""
    ours, baseline = [], []
    for number in range(rounds):
        baseline.append(await bare(ground, number))
        ours.append(await lives(ground, number))
    return Result("whole lives / a bare workflow of the same shape", "lives/s", ours, baseline, GOAL)


async def measure_beside_everything(ground: Ground, rounds: int) -> Result:
    """The same, with everything that `suqiu up` runs in the process."""
    ours, baseline = [], []
    for number in range(rounds):
        baseline.append(await bare(ground, number))
        ours.append(await lives(ground, number, everything))
    name = "whole lives with read models, letters and notary beside them / the same bare workflow"
    return Result(name, "lives/s", ours, baseline, 0.0)
