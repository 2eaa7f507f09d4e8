"""What the engine does for a service order: read its agenda, carry out one step of it. As `activities.py`."""

from datetime import datetime, timedelta

import structlog

from aggregates.command import Command
from aggregates.orders.agenda import agenda
from aggregates.orders.decisions import command_for
from aggregates.orders.state import Order
from office.order_handling import OrderHandler
from workers.activities import NOT_BEFORE
from workflows.messages import Attend, Owed

log = structlog.get_logger(__name__)


class OrderSteps:
    """Attends to orders; idempotent, as a local activity may run twice."""

    def __init__(self, handler: OrderHandler) -> None:
        """Use a handler."""
        self._handler = handler

    def read_agenda(self, ask: Attend) -> Owed:
        """What the order owes next."""
        return self._owed(self._handler.load(ask.petition), ask.now)

    def carry_out(self, ask: Attend) -> Owed:
        """Do the step, if it is still the one owed at this version and is due; answer what is owed then."""
        answer = self._handler.decide_once(
            ask.petition, f"engine:{ask.step}:{ask.version}", lambda state: self._command(state, ask), ask.now
        )
        for event in answer.events if not answer.repeated else ():
            log.info(event.TOPIC, order=ask.petition, tier=answer.state.tier, stage=answer.state.stage.value)
        return self._owed(answer.state, ask.now)

    def _command(self, state: Order, ask: Attend) -> Command | None:
        now = self._handler.now(ask.now)
        step, due_at = agenda(state)
        if step is None or due_at is None or step != ask.step or state.version != ask.version or now < due_at:
            return None
        return command_for(step, now)

    def _owed(self, state: Order, engine: datetime) -> Owed:
        step, due_at = agenda(state)
        wait = due_at - self._handler.now(engine) if due_at else timedelta()
        return Owed(
            step=step,
            wait_seconds=(wait + NOT_BEFORE).total_seconds() if wait > timedelta() else 0.0,
            version=state.version,
            stage=state.stage,
            tier=state.tier or None,
            due_at=state.due_at,
        )
