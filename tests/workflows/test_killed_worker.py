"""A worker is killed while petitions wait, again and again: every deadline still fires once, none early."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.petition.state import Stage
from machine.embedded_temporal import EmbeddedTemporal
from tests.workflows.town import Town, town

BEGINS = datetime(2025, 9, 29, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
PETITIONS = 6


class Worker:
    """The worker process of a town; killed by its own pid."""

    def __init__(self, here: Town, database: str, temporal: EmbeddedTemporal, master: bytes) -> None:
        self._given = {
            "database": database,
            "address": temporal.address,
            "queue": here.settings.task_queue,
            "offset": str(here.clock.offset.total_seconds()),
            "master": master.hex(),
        }
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        command = [sys.executable, "-m", "tests.workflows.worker_process", json.dumps(self._given)]
        self._process = await asyncio.to_thread(
            subprocess.Popen, command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert self._process.stdout is not None
        assert await asyncio.to_thread(self._process.stdout.readline) == b"ready\n"

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(10)

    def stop(self) -> int:
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(20)


async def test_deadlines_outlive_their_worker(database: str, temporal_server: EmbeddedTemporal) -> None:
    master = os.urandom(32)
    async with town(database, temporal_server, BEGINS, worker=False, master=master) as here:
        worker = Worker(here, database, temporal_server, master)
        await worker.start()
        taken = await here.take_in([{"text": f"请帮帮我 {number}"} for number in range(PETITIONS)])
        petitions = [row.petition or "" for row in taken]
        tiers = ["community", "district", "beyond"] * 2
        for petition, tier in zip(petitions, tiers, strict=True):
            await here.until(petition, lambda state: state.stage is Stage.PROPOSED)
            await here.act(petition, c.Triage, category="administrative", tier=tier)
            await here.until(petition, lambda state: state.stage is Stage.DISPATCHED)

        for _ in range(3):
            worker.kill()
            passing = asyncio.ensure_future(here.forward(petitions, timedelta(days=9)))
            await asyncio.sleep(0.3)  # timers fire on the server while nobody works
            await worker.start()
            await passing
            await asyncio.sleep(0.2)
        for petition in petitions:
            await here.until(petition, lambda state: state.with_leader)

        for petition, tier in zip(petitions, tiers, strict=True):
            risings = here.events(petition, e.PetitionEscalated)
            expected = ["community", "district", "beyond"]
            assert [rising.from_tier for rising in risings] == expected[expected.index(tier) :]
            assert all(rising.at >= rising.missed_due_at for rising in risings), "none early"
            clocks = [rising.missed_due_at for rising in risings]
            assert len(set(clocks)) == len(clocks), "each clock rings once"
            reminders = here.events(petition, e.PetitionReminded)
            rung = [(reminder.due_at, reminder.number) for reminder in reminders if not reminder.next_at]
            assert len(rung) == len(set(rung)) == 2 * len(risings), "each clock reminds twice"
        assert worker.stop() == 0
