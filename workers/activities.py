"""The activities' bodies: read the agenda of a petition or an order, carry out one step of it.

Both are idempotent, as a local activity may run twice: a step is carried out only at the stream version it was due at.
"""

from datetime import datetime, timedelta
from typing import Any

import structlog
from temporalio import activity

from aggregates.command import Command
from aggregates.event import Actor
from aggregates.kinds import kind_of
from aggregates.petition.agenda import Step
from aggregates.petition.commands import Classify
from aggregates.petition.events import PetitionReceived
from office.handling import Handler, StreamHandler
from rulebook.classification import Classifier
from rulebook.proposal import Proposal
from workflows.petition_contract import CARRY_OUT, READ_AGENDA, Attend, Owed

log = structlog.get_logger(__name__)

NOT_BEFORE = timedelta(milliseconds=1)
"""Added to a wait, so that a timer rounded down never fires before its instant."""


class PetitionActivities:
    """The activities of the workflow of a petition, or of another stream that has an agenda."""

    def __init__(self, handler: Handler, classifier: Classifier, *others: StreamHandler[Any]) -> None:
        """Use the petitions' handler, a classifier, and the handlers of other kinds of streams."""
        self._petitions = handler
        self._classifier = classifier
        self._handlers: dict[str, StreamHandler[Any]] = {each.kind.name: each for each in (handler, *others)}

    @activity.defn(name=READ_AGENDA)
    def read_agenda(self, ask: Attend) -> Owed:
        """The stream's next step, and the seconds until it is due."""
        handler = self._handler(ask.petition)
        return self._owed(handler, handler.load(ask.petition), ask.now)

    @activity.defn(name=CARRY_OUT)
    def carry_out(self, ask: Attend) -> Owed:
        """Carry out the step if it is still next at this version and due; returns the next step afterwards."""
        handler = self._handler(ask.petition)
        answer = handler.decide_once(
            ask.petition, f"engine:{ask.step}:{ask.version}", lambda state: self._command(handler, state, ask), ask.now
        )
        whose = {handler.kind.name: ask.petition}
        for event in answer.events if not answer.repeated else ():
            log.info(event.TOPIC, **whose, tier=answer.state.tier, stage=answer.state.stage.value)
        return self._owed(handler, answer.state, ask.now)

    def _handler(self, stream: str) -> StreamHandler[Any]:
        kind = kind_of(stream)
        return self._handlers[kind.name] if kind else self._petitions

    def _command(self, handler: StreamHandler[Any], state: Any, ask: Attend) -> Command | None:
        now = handler.now(ask.now)
        owed = handler.kind.agenda(state)
        if owed.step is None or owed.due_at is None or now < owed.due_at:
            return None
        if owed.step != ask.step or state.version != ask.version:
            return None
        if owed.step is Step.CLASSIFY:
            return Classify(at=now, by=Actor.engine(), proposal=self._classify(state.id))
        return handler.kind.command_for(owed.step, state, now)

    def _classify(self, petition: str) -> Proposal:
        received = self._petitions.log.read(petition)[0]
        assert isinstance(received.event, PetitionReceived)
        texts = self._petitions.log.unseal(received, ("title", "text"))
        return self._classifier.classify(texts["title"] or "", texts["text"] or "")

    def _owed(self, handler: StreamHandler[Any], state: Any, engine: datetime) -> Owed:
        owed = handler.kind.agenda(state)
        wait = owed.due_at - handler.now(engine) if owed.due_at else timedelta()
        return Owed(
            step=owed.step,
            wait_seconds=(wait + NOT_BEFORE).total_seconds() if wait > timedelta() else 0.0,
            version=state.version,
            stage=state.stage,
            category=getattr(state, "category", None),
            tier=state.tier or None,
            due_at=state.due_at,
        )
