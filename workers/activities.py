"""The activities' bodies: read a petition's agenda, carry out one step of it.

Both are idempotent, as a local activity may run twice: a step is carried out only at the version it was owed at.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Protocol

import structlog
from temporalio import activity

from aggregates.command import Command
from aggregates.event import Actor
from aggregates.petition.agenda import Step, agenda
from aggregates.petition.commands import Classify
from aggregates.petition.decisions import command_for
from aggregates.petition.events import PetitionReceived
from aggregates.petition.state import Petition
from office.handling import Handler
from rulebook.classification import Classifier, Proposal
from workflows.messages import CARRY_OUT, READ_AGENDA, Attend, Owed

log = structlog.get_logger(__name__)

NOT_BEFORE = timedelta(milliseconds=1)
"""Added to a wait, so that a timer rounded down never fires before the instant it was set for."""


class Attends(Protocol):
    """What another kind of stream is asked in the petition's place."""

    def read_agenda(self, ask: Attend) -> Owed:
        """What the stream owes next."""

    def carry_out(self, ask: Attend) -> Owed:
        """Do the step, if it is still owed; answer what is owed then."""


NONE_BESIDE: Mapping[str, Attends] = MappingProxyType({})


class PetitionActivities:
    """What the petition's workflow asks of this process; and, by the first letters of the id, other streams' too."""

    def __init__(self, handler: Handler, classifier: Classifier, beside: Mapping[str, Attends] = NONE_BESIDE) -> None:
        """Use a handler and a classifier; `beside` names who attends to streams that are no petition's."""
        self._handler = handler
        self._classifier = classifier
        self._beside = beside

    @activity.defn(name=READ_AGENDA)
    def read_agenda(self, ask: Attend) -> Owed:
        """What the petition owes next."""
        if other := self._other(ask.petition):
            return other.read_agenda(ask)
        return self._owed(self._handler.load(ask.petition), ask.now)

    @activity.defn(name=CARRY_OUT)
    def carry_out(self, ask: Attend) -> Owed:
        """Do the step, if it is still the one owed at this version and is due; answer what is owed then."""
        if other := self._other(ask.petition):
            return other.carry_out(ask)
        answer = self._handler.decide_once(
            ask.petition, f"engine:{ask.step}:{ask.version}", lambda state: self._command(state, ask), ask.now
        )
        for event in answer.events if not answer.repeated else ():
            log.info(
                event.TOPIC,
                petition=ask.petition,
                tier=answer.petition.tier,
                stage=answer.petition.stage.value,
            )
        return self._owed(answer.petition, ask.now)

    def _other(self, stream: str) -> Attends | None:
        return next((other for first, other in self._beside.items() if stream.startswith(first)), None)

    def _command(self, state: Petition, ask: Attend) -> Command | None:
        now = self._handler.now(ask.now)
        step, due_at = agenda(state)
        if step is None or due_at is None or step != ask.step or state.version != ask.version or now < due_at:
            return None
        if step is Step.CLASSIFY:
            return Classify(at=now, by=Actor.engine(), proposal=self._classify(state.id))
        return command_for(step, state, now)

    def _classify(self, petition: str) -> Proposal:
        received = self._handler.log.read(petition)[0]
        assert isinstance(received.event, PetitionReceived)
        texts = self._handler.log.unseal(received, ("title", "text"))
        return self._classifier.classify(texts["title"] or "", texts["text"] or "")

    def _owed(self, state: Petition, engine: datetime) -> Owed:
        step, due_at = agenda(state)
        wait = due_at - self._handler.now(engine) if due_at else timedelta()
        return Owed(
            step=step,
            wait_seconds=(wait + NOT_BEFORE).total_seconds() if wait > timedelta() else 0.0,
            version=state.version,
            stage=state.stage,
            category=state.category,
            tier=state.tier,
            due_at=state.due_at,
        )
