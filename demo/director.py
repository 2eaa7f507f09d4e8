"""The director: goes from instant to instant of the story, and waits at each until the real engine has done its part.

The next instant is the earlier of the script's next act and the next step due on an agenda. People act through the
usual commands; the engine takes its steps itself, once its workflow's own time has been fast-forwarded.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from aggregates.event import Actor
from aggregates.known import Known
from aggregates.orders.state import Order
from aggregates.petition.state import Petition
from demo import cast
from demo.chronicle import Chronicle, Happening, OrderHappening, due_at
from demo.order_script import OrderAct, ScriptedOrder
from demo.order_script import command as order_command
from demo.script import (
    TRIAGED_AFTER,
    Act,
    Confirm,
    Dispute,
    Merge,
    NewCode,
    Resume,
    Scripted,
    Triage,
    Withdraw,
)
from demo.stage import Stage
from office.intake import Intake, Offered
from office.order_handling import OrderDesk
from rulebook.model import Rulebook
from rulebook.problems import Expected

LOOK_EVERY_SECONDS = 0.01
FORWARD_AGAIN_SECONDS = 1.5
STUCK_AFTER_SECONDS = 30.0
A_LITTLE_MORE = timedelta(seconds=1)
"""Added to a fast-forward: a wait is measured from when the workflow asked, a moment after the event."""


class StoryStuck(Expected):
    """The engine did not act in time; the message says what was waited for."""


class Cue(NamedTuple):
    """An act at an instant: submit or order (`act` None), triage or another act."""

    at: datetime
    entry: Scripted | ScriptedOrder
    act: Triage | Act | OrderAct | None


def cues(script: tuple[Scripted, ...], rules: Rulebook, orders: tuple[ScriptedOrder, ...] = ()) -> list[Cue]:
    """Every act of the script, in order of time."""
    found = []
    for order in orders:
        found.append(Cue(order.posted.replace(tzinfo=rules.zone), order, None))
        found += [Cue(act.at.replace(tzinfo=rules.zone), order, act) for act in order.acts]
    for entry in script:
        submitted = entry.submitted.replace(tzinfo=rules.zone)
        found.append(Cue(submitted, entry, None))
        if entry.triage is not None:
            found.append(Cue(submitted + TRIAGED_AFTER, entry, entry.triage))
        found += [Cue(entry.when(act).replace(tzinfo=rules.zone), entry, act) for act in entry.acts]
    return sorted(found, key=lambda cue: cue.at)


class Director:
    """Plays one script on one stage."""

    def __init__(
        self,
        stage: Stage,
        script: tuple[Scripted, ...],
        tell: Callable[[Happening | OrderHappening, Scripted | ScriptedOrder], None],
        orders: tuple[ScriptedOrder, ...] = (),
    ) -> None:
        """Play a script; `tell` gets every event read from the log, with its entry in the script."""
        self._stage = stage
        self._rules = stage.office.rules
        self._cues = cues(script, self._rules, orders)
        self._ids: dict[str, str] = {}
        self._entries: dict[str, Scripted | ScriptedOrder] = {}
        self.codes: dict[str, str] = {}
        """What the residents were told, by petition: it stands nowhere else."""

        def told(it: Happening | OrderHappening) -> None:
            tell(it, self._entries[it.record.stream])

        self.chronicle = Chronicle(stage.office.event_log, told, told)

    async def play(self, until: datetime) -> None:
        """Play to the end of the story.

        Raises:
            StoryStuck: the engine did not take a due step in time.
            Refused, UnknownPetition: the script asks for an act that is not allowed.
        """
        waiting = list(reversed(self._cues))
        while True:
            due = self.chronicle.next_due()
            at = min((t for t in (due, waiting[-1].at if waiting else None) if t is not None), default=None)
            if at is None or at > until:
                break
            self._stage.clock.move(at)
            await self._settle(at)  # what is due at this instant comes before what people do at it
            while waiting and waiting[-1].at <= at:
                await self._perform(waiting.pop())
                await self._settle(at)
        self._stage.clock.move(until)

    async def _perform(self, cue: Cue) -> None:
        entry, act = cue.entry, cue.act
        if isinstance(entry, ScriptedOrder):
            await asyncio.to_thread(self._order, entry, act if isinstance(act, OrderAct) else None)
        elif act is None:
            await asyncio.to_thread(self._submit, entry)
        elif not isinstance(act, OrderAct):
            await asyncio.to_thread(self._act, cue, act)

    def _order(self, entry: ScriptedOrder, act: OrderAct | None) -> None:
        """Post an order, or act on it."""
        ours = self._stage.office
        if act is None:
            assert ours.intake is not None
            desk = OrderDesk(ours.handler, ours.orders, ours.intake, community=self._rules.id)
            said = entry.model_dump(include={"service", "age", "text", "name", "phone", "address"})
            posted = desk.post(f"demo-{entry.key}", Actor.resident(), kind="service", **said)
            assert posted.code is not None
            self.codes[posted.order] = posted.code
            self._ids[entry.key] = posted.order
            self._entries[posted.order] = entry
            return
        order = self._ids[entry.key]
        state = ours.orders.load(order)
        command = order_command(act, state, self._rules, self._known(state) if act.do == "rate" else None)
        ours.orders.execute(order, command, f"demo:{entry.key}:{act.do}")

    def _submit(self, entry: Scripted) -> None:
        """Submit a petition; its events are reported once they are in the log."""
        offered = Offered(1, cast.submission(entry), None)
        (taken,) = self._intake.take_in([offered], cast.at_the_door(entry, self._rules))
        if taken.petition is None:
            raise StoryStuck(f"{entry.key}: was not taken in: {taken.error}")
        assert taken.code is not None
        self.codes[taken.petition] = taken.code
        self._ids[entry.key] = taken.petition
        self._entries[taken.petition] = entry

    def _act(self, cue: Cue, act: Triage | Act) -> None:
        petition = self._ids[cue.entry.key]
        handler = self._stage.office.handler
        if isinstance(act, Merge):
            command = cast.merged(act, handler.load(self._ids[act.into]), cue.at, self._rules)
        else:
            state = handler.load(petition)
            known = self._known(state) if isinstance(act, Withdraw | Confirm | Dispute | Resume) else None
            command = cast.command(act, state, cue.at, self._rules, known)
        answer = handler.execute(petition, command, f"demo:{cue.entry.key}:{command.NAME}:{cue.at.isoformat()}")
        if isinstance(act, NewCode):
            self.codes[petition] = self._intake.codes.give(petition, answer.state.resident)

    def _known(self, state: Petition | Order) -> Known:
        """The resident gives the code that they were told."""
        return self._intake.codes.known(state.id, state.resident, self.codes[state.id], self._stage.clock())

    @property
    def _intake(self) -> Intake:
        assert self._stage.office.intake is not None
        return self._stage.office.intake

    async def _settle(self, at: datetime) -> None:
        """Wait until the log shows every due step done; fast-forward workflows that wait."""
        begun = time.monotonic()
        forwarded: dict[tuple[str, int], float] = defaultdict(lambda: -FORWARD_AGAIN_SECONDS)
        while True:
            await asyncio.to_thread(self.chronicle.read_on)
            due = self.chronicle.due(at)
            if not due:
                return
            now = time.monotonic() - begun
            if now > STUCK_AFTER_SECONDS:
                raise StoryStuck(self._sentence(due[0], at))
            spans = {
                petition.id: span
                for petition in due
                if (span := _waited(petition))
                and now - forwarded[petition.id, petition.version] > FORWARD_AGAIN_SECONDS
            }
            for petition in due:
                if petition.id in spans:
                    forwarded[petition.id, petition.version] = now
            if spans:
                await asyncio.gather(*(self._stage.fast_forward(*forward) for forward in spans.items()))
            else:
                await asyncio.sleep(LOOK_EVERY_SECONDS)

    def _sentence(self, petition: Petition | Order, at: datetime) -> str:
        return (
            f"{self._entries[petition.id].key} ({petition.receipt}) is owed something since {due_at(petition)}; at the "
            f"story's {at.astimezone(self._rules.zone)} the engine has not done it within {STUCK_AFTER_SECONDS:.0f} s"
        )


def _waited(petition: Petition | Order) -> timedelta | None:
    """How long its workflow waits by its own clock; None: a person's act has just woken it."""
    due = due_at(petition)
    assert due is not None
    assert petition.last_at is not None
    return due - petition.last_at + A_LITTLE_MORE if due > petition.last_at else None
