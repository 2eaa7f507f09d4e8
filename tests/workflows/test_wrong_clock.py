"""A worker whose clock is days off stands beside an honest one on the real engine: it harms nobody, and says so."""

import asyncio
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from aggregates.event import Actor
from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.petition.state import Petition, Stage
from eventstore.clock_guard import TOLERANCE, ClockGuard
from eventstore.sealing import MasterKey
from machine.embedded_temporal import EmbeddedTemporal
from office.clock_watch import ClockWatch
from office.composition import Office, office
from office.intake import Offered, submission
from office.settings import read_settings
from tests.people import CLERK
from tests.workflows.town import profile_for
from workers.engine.clock import engine_ahead
from workers.engine.connecting import connect
from workers.processes import relaying

WITHIN_SECONDS = 60
PETITIONS = 6
EARLY = (e.PetitionReminded, e.PetitionEscalated, e.ClockWarned, e.ClockBreached, e.LeaderReminded)


class Place:
    """A store, an engine's queue, and worker processes whose clocks the test sets."""

    def __init__(self, folder: Path, database: str, temporal: EmbeddedTemporal) -> None:
        self.folder = folder
        self.database = database
        self.temporal = temporal
        self.queue = f"clock-{uuid.uuid4().hex[:10]}"
        self.master = os.urandom(32)
        self._running: list[subprocess.Popen[bytes]] = []

    def set_clock(self, name: str, seconds: float) -> None:
        """Set a process's clock so far off, at once."""
        fresh = self.folder / f"{name}.fresh"
        fresh.write_text(str(seconds))
        fresh.replace(self.folder / f"{name}.clock")

    async def start(self, name: str, **more: str) -> subprocess.Popen[bytes]:
        """Start a worker; it is ready when this returns. `more`: what else it is given."""
        given = {
            "database": self.database,
            "address": self.temporal.address,
            "queue": self.queue,
            "clock": str(self.folder / f"{name}.clock"),
            "master": self.master.hex(),
            **more,
        }
        command = [sys.executable, "-m", "tests.workflows.worker_process", json.dumps(given)]
        with (self.folder / f"{name}.log").open("wb") as log:
            process = await asyncio.to_thread(subprocess.Popen, command, stdout=subprocess.PIPE, stderr=log)
        self._running.append(process)
        assert process.stdout is not None
        assert await asyncio.to_thread(process.stdout.readline) == b"ready\n", self.said(name)
        return process

    def said(self, name: str) -> str:
        """What it has logged."""
        return (self.folder / f"{name}.log").read_text()

    def end(self) -> None:
        """End every process by its own id."""
        for process in self._running:
            process.terminate()
        for process in self._running:
            process.wait(30)


@pytest.fixture
def place(tmp_path: Path, database: str, temporal_server: EmbeddedTemporal) -> Iterator[Place]:
    """A place, whose processes end with the test."""
    made = Place(tmp_path, database, temporal_server)
    yield made
    made.end()


async def until(holds: Callable[[], Any], what: str) -> None:
    """Wait until it holds."""
    for _ in range(WITHIN_SECONDS * 10):
        if await asyncio.to_thread(holds):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"not within {WITHIN_SECONDS} s: {what}")


def take_in(ours: Office, count: int) -> list[str]:
    """Some petitions; their ids."""
    assert ours.intake is not None
    rows = [Offered(n, submission({"text": f"请帮帮我 {n} {uuid.uuid4().hex}"}), None) for n in range(1, count + 1)]
    return [row.petition or "" for row in ours.intake.take_in(rows, Actor.resident())]


def states(ours: Office, petitions: list[str]) -> list[Petition]:
    """As they are on record."""
    return [ours.handler.load(petition) for petition in petitions]


@pytest.mark.parametrize(
    ("off", "said"),
    [(timedelta(days=2), "2 d 0 h ahead"), (timedelta(days=-1), "1 d 0 h behind")],
    ids=["two days ahead", "a day behind"],
)
async def test_beside_an_honest_worker_one_with_a_wrong_clock_does_nothing(
    place: Place, database: str, off: timedelta, said: str
) -> None:
    place.set_clock("honest", 0)
    place.set_clock("other", 0)
    with office(read_settings(database_url=database), pool_size=6, master=MasterKey(place.master)) as ours:
        client = await connect(profile_for(place.temporal, place.queue))
        async with relaying(ours, client, place.queue):
            # Given two workers that share the work, until the clock of one jumps
            honest, _ = await place.start("honest"), await place.start("other")
            began = ours.now()
            before = take_in(ours, 2)
            place.set_clock("other", off.total_seconds())

            # When petitions come in, and a clerk confirms what they are about
            petitions = before + take_in(ours, PETITIONS)
            await until(lambda: all(s.stage is Stage.PROPOSED for s in states(ours, petitions)), "all are classified")
            for petition in petitions:
                triage = c.Triage(at=ours.now(), by=CLERK, category="administrative", tier="community")
                await asyncio.to_thread(ours.handler.execute, petition, triage, f"triage:{petition}")
            await until(lambda: all(s.stage is Stage.DISPATCHED for s in states(ours, petitions)), "all are dispatched")

            # Then the one that is wrong says so, and nothing rings before its time
            await until(lambda: "clock.wrong" in place.said("other"), "it says that its clock is wrong")
            assert said in place.said("other").replace("1 d 23 h", "2 d 0 h").replace("23 h 59 min", "1 d 0 h")
            assert place.said("other").count("clock.wrong") == 1
            assert "clock.wrong" not in place.said("honest")
            records = [record for petition in petitions for record in ours.event_log.read(petition)]
            assert not [record for record in records if isinstance(record.event, EARLY)]
            assert min(record.recorded_at for record in records) > began - TOLERANCE, "and nothing is dated back"
            assert min(record.event.at for record in records) > began - TOLERANCE
            with psycopg.connect(database) as connection:
                ahead = connection.execute("SELECT max(recorded_at) - clock_timestamp() FROM suqiu.events").fetchone()
                assert ahead is not None
                assert ahead[0] < timedelta()
            await until(lambda: _refusing(database) == [False, True], "the heartbeats tell which of the two refuses")

            # And when it is right again, it takes up work, though nobody else does
            honest.terminate()
            await asyncio.to_thread(honest.wait, 30)
            place.set_clock("other", 0)
            later = take_in(ours, 2)
            await until(lambda: all(s.stage is Stage.PROPOSED for s in states(ours, later)), "the other works again")
            assert "clock.right_again" in place.said("other")


def _refusing(database: str) -> list[bool]:
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT COALESCE((detail ->> 'clock_refused')::boolean, false) FROM suqiu.parts "
            "WHERE name = 'worker' ORDER BY 1"
        )
        return [row[0] for row in rows]


async def test_a_worker_that_begins_with_a_wrong_clock_takes_nothing(place: Place, database: str) -> None:
    place.set_clock("other", 7200)
    with office(read_settings(database_url=database), pool_size=4, master=MasterKey(place.master)) as ours:
        client = await connect(profile_for(place.temporal, place.queue))
        async with relaying(ours, client, place.queue):
            await place.start("other")
            petitions = take_in(ours, 2)
            await until(lambda: "clock.wrong" in place.said("other"), "it says that its clock is wrong")
            await asyncio.sleep(2)
            assert [state.stage for state in states(ours, petitions)] == [Stage.RECEIVED] * 2
            place.set_clock("other", 0)
            await until(lambda: all(s.stage is Stage.PROPOSED for s in states(ours, petitions)), "all are classified")


async def test_a_worker_whose_clock_differs_from_the_engine_s_alone_takes_no_step_and_an_honest_one_does(
    place: Place, database: str
) -> None:
    """The database, asked for its time, agrees with the wrong clock: only the engine's steps can tell."""
    place.set_clock("honest", 0)
    place.set_clock("other", 0)
    with office(read_settings(database_url=database), pool_size=4, master=MasterKey(place.master)) as ours:
        client = await connect(profile_for(place.temporal, place.queue))
        async with relaying(ours, client, place.queue):
            # Given a worker that has begun a petition, until its clock jumps
            await place.start("other", agreeing="yes")
            (petition,) = take_in(ours, 1)
            await until(lambda: ours.handler.load(petition).stage is Stage.PROPOSED, "it is classified")
            place.set_clock("other", timedelta(days=2).total_seconds())

            # When a step falls due, then it is not done there, and that worker asks the engine and polls no more
            triage = c.Triage(at=ours.now(), by=CLERK, category="administrative", tier="community")
            await asyncio.to_thread(ours.handler.execute, petition, triage, f"triage:{petition}")
            await until(lambda: "worker.stopped" in place.said("other"), "it polls no more")
            assert "Temporal says" in place.said("other")
            assert "the database says" not in place.said("other")
            assert ours.handler.load(petition).stage is Stage.TRIAGED
            await until(lambda: _refusing(database) == [True], "its heartbeat tells")
            with psycopg.connect(database) as connection:
                told = connection.execute(
                    "SELECT (detail ->> 'clock_ahead_of_engine_seconds')::float FROM suqiu.parts WHERE name = 'worker'"
                ).fetchone()
            assert told is not None
            assert told[0] == pytest.approx(timedelta(days=2).total_seconds(), abs=60)

            # And an honest worker takes it
            honest = await place.start("honest")
            await until(lambda: ours.handler.load(petition).stage is Stage.DISPATCHED, "an honest one takes it")
            assert "clock.wrong" not in place.said("honest")

            # And when the clock is right again, so does the other one
            honest.terminate()
            await asyncio.to_thread(honest.wait, 30)
            place.set_clock("other", 0)
            (later,) = take_in(ours, 1)
            await until(lambda: ours.handler.load(later).stage is Stage.PROPOSED, "the other works again")
            assert "clock.right_again" in place.said("other")
            assert place.said("other").count("clock.wrong") == 1


@pytest.mark.parametrize("off", [timedelta(hours=2), timedelta(days=-1), timedelta()])
async def test_the_engine_is_asked_for_its_time(
    database: str, temporal_server: EmbeddedTemporal, off: timedelta
) -> None:
    with office(read_settings(database_url=database), pool_size=2, master=MasterKey(bytes(32))) as ours:
        client = await connect(profile_for(temporal_server, "clock"))
        ours.event_log.guard.raw = ClockGuard(lambda: datetime.now(UTC) + off).raw
        watch = ClockWatch(ours.event_log)
        answer = await engine_ahead(client, watch.guard.raw)
        assert answer is not None
        assert abs(answer[0] - off) < timedelta(seconds=10)
        watch.hear_engine(*answer)
        assert (watch.wrong is not None) is bool(off)
        if watch.wrong is not None:
            assert "Temporal says" in str(watch.wrong)


def test_a_terminal_that_is_gone_ends_nothing_that_watches_its_clock(database: str) -> None:
    """Given nobody to tell, when the clock goes wrong, then that is known all the same."""
    heard: list[str] = []

    def tell(sentence: str) -> None:
        heard.append(sentence)
        raise BrokenPipeError

    with office(read_settings(database_url=database), pool_size=2, master=MasterKey(bytes(32))) as ours:
        ours.event_log.guard.raw = lambda: datetime.now(UTC) + timedelta(hours=2)
        watch = ClockWatch(ours.event_log)
        watch.tell = tell
        watch.look()
        assert watch.wrong is not None
        assert len(heard) == 1
