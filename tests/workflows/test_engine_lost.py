"""Temporal's database is gone, or an old copy of it is put back, under workers that run: all ends as the log says."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from aggregates.orders.state import Stage as OrderStage
from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.petition.state import Stage
from aggregates.streams import is_petition
from eventstore.build import build_id
from machine.embedded_temporal import TIME_SKIPPING, EmbeddedTemporal
from machine.ports import choose_ports
from tests.people import OFFICER
from tests.workflows import order_town
from tests.workflows.test_engine_kept import MORNING, eventually, kept
from tests.workflows.test_reconcile import dispatched, look, waits
from tests.workflows.town import Town, town
from workers.keeping import keeper as keeping
from workers.petition_worker import current_build
from workers.rhythm.schedules import missing_schedules
from workers.rhythm.workflow_standing import standing_of
from workers.workflow_replay import replay_workflow

pytestmark = [pytest.mark.engine, pytest.mark.timeout(400)]
WITHIN = 150
"""Seconds in which everything is back, on a busy machine."""
CLEAR = "路灯坏了好几天，晚上走路很黑，请维修路灯"


class Server:
    """A Temporal of the test's own, whose database can be lost or put back."""

    def __init__(self, folder: Path) -> None:
        ports = choose_ports(0)
        self.database = folder / "temporal" / "temporal.db"
        self.temporal = EmbeddedTemporal(
            self.database, port=ports.temporal, ui_port=ports.temporal_ui, logs=folder, options=TIME_SKIPPING
        )

    async def stopped(self, then: Callable[[], None]) -> None:
        """Stop it, do something to its files, start it again at the same place."""
        await asyncio.to_thread(self.temporal.stop)
        await asyncio.to_thread(then)
        await asyncio.to_thread(self.temporal.start)

    def lose(self) -> None:
        """The database is gone."""
        for file in self.files():
            file.unlink()

    def copy(self, folder: Path) -> None:
        """Keep a copy."""
        folder.mkdir()
        for file in self.files():
            shutil.copy(file, folder)

    def put_back(self, folder: Path) -> None:
        """The copy is the database now."""
        self.lose()
        for file in folder.iterdir():
            shutil.copy(file, self.database.parent)

    def files(self) -> list[Path]:
        """The database and its write-ahead log."""
        return list(self.database.parent.glob("temporal.db*"))


@asynccontextmanager
async def own_server(tmp_path: Path) -> AsyncIterator[Server]:
    server = Server(tmp_path)
    await asyncio.to_thread(server.temporal.start)
    try:
        yield server
    finally:
        await asyncio.to_thread(server.temporal.stop)


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "LOOK_EVERY_SECONDS", 2.0)


async def many(here: Town) -> dict[str, list[str]]:
    """Petitions at many stages, and orders."""
    stages = {
        "proposed": [await here.submit(f"请帮帮我 {number}") for number in range(4)],
        "dispatched": [await dispatched(here, f"请帮帮他 {number}") for number in range(8)],
        "accepted": [await dispatched(here, f"请帮帮她 {number}") for number in range(4)],
        "replied": [await dispatched(here, f"请帮帮他们 {number}") for number in range(4)],
        "withdrawn": [await dispatched(here, f"请帮帮大家 {number}") for number in range(4)],
        "orders": [
            await order_town.post(here, kind="service", service="homework-help", text=f"想有人教数学 {number}")
            for number in range(3)
        ],
    }
    for petition in stages["proposed"]:
        await here.until(petition, lambda state: state.stage is Stage.PROPOSED)
    for petition in stages["accepted"]:
        await here.act(petition, c.Accept, OFFICER)
    for petition in stages["replied"]:
        await here.act(petition, c.Reply, OFFICER, outcome="explained", text="已说明", grounds="规定")
    for petition in stages["withdrawn"]:
        await here.act(petition, c.Withdraw, e.Actor.resident())
    for order in stages["orders"]:
        await order_town.attended(here, order)
    return stages


async def all_wait_rightly(here: Town) -> bool:
    """Whether nothing differs from the log, and what Temporal needs is there."""
    try:
        return (
            await current_build(here.client, here.settings.deployment_name) == build_id()
            and not await missing_schedules(here.client, here.office.rules, here.settings.task_queue)
            and not (await look(here, repair=False)).differences
        )
    except Exception:  # noqa: BLE001 - the server is about to be there again
        return False


async def test_the_database_is_lost_under_a_running_worker_and_everything_comes_back_by_itself(
    database: str, tmp_path: Path
) -> None:
    async with (
        own_server(tmp_path) as server,
        town(database, server.temporal, MORNING, worker=False) as here,
        kept(here),
    ):
        stages = await many(here)
        await eventually(lambda: all_wait_rightly(here), WITHIN)
        due = {petition: await waits(here, petition) for petition in stages["dispatched"] + stages["replied"]}

        await server.stopped(server.lose)
        await eventually(lambda: all_wait_rightly(here), WITHIN)

        for petition, moment in due.items():
            assert abs(await waits(here, petition) - moment) < timedelta(seconds=20)
        for petition in stages["withdrawn"]:
            assert not (await standing_of(here.client, petition)).running
        await here.forward(stages["dispatched"], timedelta(hours=9))
        for petition in stages["dispatched"]:
            await here.until(petition, lambda state: state.tier == "district")
            (risen,) = here.events(petition, e.PetitionEscalated)
            assert risen.at >= risen.missed_due_at, "not early"
        for order in stages["orders"]:
            assert (await order_town.until(here, order, lambda _: True)).stage is OrderStage.POSTED


async def test_an_old_copy_of_the_database_is_put_back_and_all_ends_as_the_log_says(
    database: str, tmp_path: Path
) -> None:
    async with (
        own_server(tmp_path) as server,
        town(database, server.temporal, MORNING, worker=False) as here,
        kept(here),
    ):
        stages = await many(here)
        await eventually(lambda: all_wait_rightly(here), WITHIN)
        await server.stopped(lambda: server.copy(tmp_path / "copy"))

        risen, replied, closed = stages["dispatched"][:2], stages["accepted"], stages["replied"]
        for petition in replied:
            await here.act(petition, c.Reply, OFFICER, outcome="resolved", text="已修好", grounds="现场核查")
        for petition in closed:
            await here.act(petition, c.Confirm, e.Actor.resident())
            await here.until(petition, lambda state: not state.open)
        new = [await dispatched(here, f"请帮帮新来的 {number}") for number in range(4)]
        await here.forward(risen, timedelta(hours=9))
        for petition in risen:
            await here.until(petition, lambda state: state.tier == "district")
        await eventually(lambda: all_wait_rightly(here), WITHIN)
        before = {petition: len(here.events(petition)) for each in stages.values() for petition in each}

        await server.stopped(lambda: server.put_back(tmp_path / "copy"))
        await eventually(lambda: all_wait_rightly(here), WITHIN)

        for petition in new:
            await waits(here, petition)
        for petition in [*closed, *stages["withdrawn"]]:
            assert not (await standing_of(here.client, petition)).running, "surplus is ended"
        assert {petition: len(here.events(petition)) for petition in before} == before, "nothing is done twice"
        await here.forward(stages["dispatched"] + new, timedelta(hours=9))
        for petition in stages["dispatched"] + new:
            await here.until(petition, lambda state: state.tier == "district")
            (once,) = here.events(petition, e.PetitionEscalated)
            assert once.at >= once.missed_due_at
        for petition in before:
            if is_petition(petition):
                replayed = await replay_workflow(here.client, petition)
                assert (replayed.kept, replayed.difference) == (True, None), "no worker remembered what is no more"
