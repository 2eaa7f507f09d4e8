"""Workflows that run once and end: a message for a gateway, an adoption applied to running petitions.

The log says which are not done. Each of those has a running workflow; one lost with Temporal's database is started
again.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from temporalio.client import Client

from aggregates.messages.events import MessageWritten
from aggregates.messages.telling import roster_of
from aggregates.office.events import Fault
from aggregates.streams import MESSAGES
from eventstore.log import EventLog
from office.clock import Now
from office.rules.adoption import adoptions, begins, unfinished
from rulebook.clocks import open_from
from rulebook.messages import Delivery
from rulebook.model import Rulebook
from workers.messaging.sender import send, waiting_messages
from workers.reading.relay import AT_ONCE, begin_adoption
from workers.rhythm.workflow_standing import Standing, standings_of
from workflows.adoption_contract import ADOPTION, COUNT_AGAIN, workflow_id
from workflows.message_contract import DELIVER

LATE = timedelta(minutes=1)
"""How much later than due a workflow's timer may be."""


class Errand(NamedTuple):
    """Work that is not done: its workflow's id, and its activity. `number`: of an adoption.

    `due_at`: until when its workflow may wait, by the office's clock: when a book is in force, or an office open.
    """

    id: str
    step: str
    number: int | None = None
    due_at: datetime | None = None


class Errands:
    """The messages and adoptions that are not done, and how to start their workflows."""

    def __init__(
        self,
        event_log: EventLog,
        client: Client,
        task_queue: str,
        rules: Rulebook,
        now: Now,
        delivery: Delivery | None,
    ) -> None:
        """Use a log, a client, the petitions' queue, the rules in force and a clock. `delivery` None: no messages."""
        self._petitions = event_log
        self._client = client
        self._task_queue = task_queue
        self._rules = rules
        self._book = rules.id
        self._now = now
        self._delivery = delivery

    def open(self, only: Collection[str] | None = None, beat: Callable[[], None] = lambda: None) -> list[Errand]:
        """All that are not done, adoptions first; `only`: of these workflows, without scanning the log.

        `beat` is called to report progress.

        Raises:
            PersistenceError: the database was lost.
        """
        adopted = only is None or any(id_.startswith(ADOPTION) for id_ in only)
        found = list(self._adoptions(only, beat)) if adopted else []
        if self._delivery is not None:
            messages = None if only is None else {id_ for id_ in only if id_.startswith(MESSAGES)}
            found += map(self.of_message, waiting_messages(self._petitions, messages, beat))
        return found

    def _adoptions(self, only: Collection[str] | None, beat: Callable[[], None]) -> Iterator[Errand]:
        left = unfinished(self._petitions, self._book, beat)
        beat()
        known = adoptions(self._petitions, self._book) if left else []
        for number in left:
            beat()
            id_ = workflow_id(self._book, number)
            if only is None or id_ in only:
                yield Errand(id_, COUNT_AGAIN, number, begins(known[number - 1]))

    def of_message(self, written: MessageWritten) -> Errand:
        """The errand of a message that waits for a gateway."""
        return Errand(written.message, DELIVER, due_at=self._leaves(written))

    def _leaves(self, message: MessageWritten) -> datetime:
        now = self._now()
        if message.not_before is None:
            return now
        roster = roster_of(message.unit, self._rules)
        return open_from(max(now, message.not_before), self._rules, roster)

    async def lost(
        self, open_: Sequence[Errand], fails_after: int, beat: Callable[[], None] = lambda: None
    ) -> list[tuple[Errand, Fault]]:
        """Those without a running workflow, or whose task was tried more than `fails_after` times, or whose timer is
        later than it should be (set by a worker with a wrong clock). `beat` is called to report progress.

        Raises:
            RPCError: Temporal cannot be reached.
        """
        found: list[tuple[Errand, Fault]] = []
        for start in range(0, len(open_), AT_ONCE):
            some = open_[start : start + AT_ONCE]
            standings = await standings_of(self._client, [each.id for each in some], beat)
            for each, how in zip(some, standings, strict=True):
                if fault := self._fault(each, how, fails_after):
                    found.append((each, fault))
        return found

    async def begin(self, errand: Errand, *, replace: bool = False) -> None:
        """Start the workflow; one that runs goes on, or with `replace` is ended first.

        Raises:
            RPCError: Temporal cannot be reached or refuses.
        """
        if errand.number is not None:
            await begin_adoption(self._client, self._book, errand.number, self._task_queue, replace=replace)
        elif self._delivery is not None:
            await send(self._client, errand.id, self._task_queue, self._delivery, replace=replace)

    def _fault(self, errand: Errand, standing: Standing, fails_after: int) -> Fault | None:
        if not standing.running:
            return "ended" if standing.there else "missing"
        if standing.attempt > fails_after:
            return "task_fails"
        here = datetime.now(UTC)
        late = max(errand.due_at or self._now(), self._now()) + LATE - (self._now(here) - here)
        return "waits_for_another_time" if standing.wakes_at and standing.wakes_at > late else None
