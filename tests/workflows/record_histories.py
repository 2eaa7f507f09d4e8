"""Records golden histories: `python -m tests.workflows.record_histories NAME` writes `histories/NAME-*.json`.

A release adds its own and keeps all earlier ones: petitions that began under them may still be waiting somewhere.
"""

import asyncio
import json
import re
import sys
import tempfile
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from eventsourcing.persistence import OperationalError

from aggregates.event import Actor
from aggregates.orders import commands as o
from aggregates.petition import commands as c
from aggregates.petition.events import ClocksRecomputed
from aggregates.petition.state import Stage
from machine.embedded_postgres import EmbeddedPostgres
from machine.embedded_temporal import TIME_SKIPPING, EmbeddedTemporal
from machine.interpreter_exit import run_and_leave
from machine.ports import choose_ports
from office.logs import configure_logs
from office.rules.adoption import adopt
from tests.people import OFFICER
from tests.workflows import order_town
from tests.workflows.town import Town, town
from workers.activities import PetitionActivities
from workflows.adoption_contract import workflow_id

HISTORIES = Path(__file__).parent / "histories"
ELSEWHERE = {"order_risen_and_late": "orders", "book_adopted": "adoptions"}
"""Stories of other workflows than the petition's, and the folder of their histories."""
BEGINS = datetime(2025, 9, 29, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
CLEAR = "路灯坏了好几天，晚上走路很黑，请维修路灯"


async def answered(here: Town) -> str:
    """Classified by the engine, answered, confirmed, closed."""
    petition = await here.submit(CLEAR)
    await here.until(petition, lambda state: state.stage is Stage.DISPATCHED)
    await here.act(petition, c.Accept, OFFICER)
    await here.act(petition, c.Reply, OFFICER, outcome="resolved", text="已修好", grounds="现场核查")
    await here.act(petition, c.Confirm, Actor.resident())
    return petition


async def unanswered_follow_up(here: Town) -> str:
    """Answered; the resident is asked and says nothing; closed."""
    petition = await here.submit(CLEAR + "。")
    await here.until(petition, lambda state: state.stage is Stage.DISPATCHED)
    await here.act(petition, c.Reply, OFFICER, outcome="explained", text="已说明", grounds="规定")
    skipping = asyncio.ensure_future(
        here.skipper.fast_forward(here.client.get_workflow_handle(petition), timedelta(days=20))
    )
    await here.until(petition, lambda state: state.stage is Stage.CLOSED)
    await skipping
    return petition


async def up_to_the_leader(here: Town) -> str:
    """Nobody answers through every tier; then the leader does, and the resident disputes, confirms, closes."""
    petition = await here.submit("请帮帮我")
    await here.until(petition, lambda state: state.stage is Stage.PROPOSED)
    await here.act(petition, c.Triage, category="stability", tier="community")
    await here.until(petition, lambda state: state.stage is Stage.DISPATCHED)
    await here.forward([petition], timedelta(days=24))
    await here.until(petition, lambda state: state.with_leader)
    for _ in range(2):
        await here.act(petition, c.Reply, OFFICER, outcome="resolved", text="已办", grounds="协调会")
        await here.act(petition, c.Dispute, Actor.resident(), reason="没有解决")
    await here.act(petition, c.Reply, OFFICER, outcome="resolved", text="已办", grounds="协调会")
    await here.act(petition, c.Confirm, Actor.resident())
    return petition


async def by_the_queue(here: Town) -> str:
    """The database is away for a while; the steps go to the queue; then it is withdrawn."""
    real, tries = PetitionActivities._owed, 0

    def failing(self: PetitionActivities, state: object, engine: datetime) -> object:
        nonlocal tries
        tries += 1
        if tries <= 4:
            raise OperationalError("away")
        return real(self, state, engine)

    PetitionActivities._owed = failing  # type: ignore[method-assign,assignment]
    petition = await here.submit(CLEAR + "！")
    await here.until(petition, lambda state: state.stage is Stage.DISPATCHED)
    PetitionActivities._owed = real  # type: ignore[method-assign]
    await here.act(petition, c.Withdraw, Actor.resident())
    return petition


async def order_risen_and_late(here: Town) -> str:
    """An order nobody claims rises; it is claimed, the promise is broken, it is delivered, rated, closed."""
    order = await order_town.post(here, kind="service", service="homework-help", text="想有人教数学")
    await order_town.attended(here, order)
    await here.forward([order], timedelta(days=17))  # over National Day
    await order_town.until(here, order, lambda state: state.tier == "district")
    promised_by = here.clock() + timedelta(days=2)
    await order_town.act(here, order, o.Claim, unit="partner-school", promised_by=promised_by)
    await here.forward([order], timedelta(days=3))
    await order_town.until(here, order, lambda state: state.promises[-1].outcome == "broken")
    await order_town.act(here, order, o.Deliver)
    await order_town.act(here, order, o.Rate, Actor.resident(), score=3)
    return order


async def book_adopted(here: Town) -> str:
    """A petition waits; a book with another closing time is adopted; its clocks are counted again."""
    petition = await here.submit(CLEAR + "？")
    await here.until(petition, lambda state: state.stage is Stage.DISPATCHED)
    book = here.office.rules_in_force.file
    hours = book.office_hours.model_copy(update={"closes": time(17)})
    for each in (book, book.model_copy(update={"office_hours": hours})):
        await asyncio.to_thread(adopt, here.office.event_log, each, Actor.engine(), here.clock())
    await here.until(petition, lambda _: bool(here.events(petition, ClocksRecomputed)))
    return workflow_id(book.id, 2)


def scrubbed(value: Any) -> Any:
    """A history without what it says of the machine it was recorded on."""
    if isinstance(value, dict):
        return {key: scrubbed(inner) for key, inner in value.items() if key != "stackTrace"}
    if isinstance(value, list):
        return [scrubbed(inner) for inner in value]
    return re.sub(r"\d+@[\w.-]+", "recorded", value) if isinstance(value, str) else value


async def record(name: str) -> int:
    """Record each story."""
    configure_logs("error")
    with tempfile.TemporaryDirectory(prefix="suqiu-") as folder:
        home = Path(folder)
        await asyncio.to_thread(home.chmod, 0o711)
        postgres = EmbeddedPostgres(home / "pg", logs=home / "logs")
        ports = choose_ports(0)
        temporal = EmbeddedTemporal(
            home / "temporal" / "temporal.db",
            port=ports.temporal,
            ui_port=ports.temporal_ui,
            logs=home / "logs",
            options=TIME_SKIPPING,
        )
        await asyncio.gather(asyncio.to_thread(postgres.start), asyncio.to_thread(temporal.start))
        try:
            async with town(postgres.dsn(), temporal, BEGINS) as here:
                # What lets the people's time go by comes last: the engine's clock of a new workflow has not moved.
                at_once = (by_the_queue, answered, unanswered_follow_up, book_adopted)
                for story in (*at_once, up_to_the_leader, order_risen_and_late):
                    handle = here.client.get_workflow_handle(await story(here))
                    await asyncio.wait_for(handle.result(), 30)
                    history = scrubbed(json.loads((await handle.fetch_history()).to_json()))
                    folder_of = HISTORIES / ELSEWHERE.get(story.__name__, "")
                    path = folder_of / f"{name}-{story.__name__.replace('_', '-')}.json"
                    path.write_text(json.dumps(history, indent=1) + "\n", "utf-8")
        finally:
            temporal.stop()
            postgres.stop()
    return 0


if __name__ == "__main__":
    run_and_leave(record(sys.argv[1]))
