"""Workflows that are begun once and end: a message for a gateway, an adoption brought to running petitions.

The log says which are not done. As long as one is not, it has a workflow that runs; lost with the engine's memory, it
is begun again.
"""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from temporalio.client import Client

from aggregates.office import Fault
from eventstore.log import PetitionLog
from rulebook.messages import Delivery
from workers.messaging.message_sender import send, waiting_messages
from workers.reading.relay import AT_ONCE, begin_adoption
from workers.rhythm.workflow_standing import Standing, standing_of
from workers.rules.adoption import unfinished
from workflows.adopting import COUNT_AGAIN, workflow_id
from workflows.sending import DELIVER


class Errand(NamedTuple):
    """One that is not done: its workflow's id, and what the workflow is there for. `number`: of an adoption."""

    id: str
    step: str
    number: int | None = None


class Errands:
    """What the log has under way beside petitions and orders, and how each is begun."""

    def __init__(
        self, petitions: PetitionLog, client: Client, task_queue: str, book: str, delivery: Delivery | None
    ) -> None:
        """Use a log, a client and the petitions' queue; the office goes by `book`. No `delivery`: no messages."""
        self._petitions = petitions
        self._client = client
        self._task_queue = task_queue
        self._book = book
        self._delivery = delivery

    def open(self) -> list[Errand]:
        """Every one that is not done, adoptions first.

        Raises:
            PersistenceError: the database was lost.
        """
        found = [
            Errand(workflow_id(self._book, number), COUNT_AGAIN, number)
            for number in unfinished(self._petitions, self._book)
        ]
        if self._delivery is not None:
            found += [Errand(message, DELIVER) for message in waiting_messages(self._petitions)]
        return found

    async def lost(self, open_: Sequence[Errand], fails_after: int) -> list[tuple[Errand, Fault]]:
        """Those that no workflow attends to, or one whose task was tried more than `fails_after` times.

        Raises:
            RPCError: Temporal cannot be reached.
        """
        found: list[tuple[Errand, Fault]] = []
        for start in range(0, len(open_), AT_ONCE):
            some = open_[start : start + AT_ONCE]
            standings = await asyncio.gather(*(standing_of(self._client, each.id) for each in some))
            found += [
                (each, fault) for each, how in zip(some, standings, strict=True) if (fault := _fault(how, fails_after))
            ]
        return found

    async def begin(self, errand: Errand, *, replace: bool = False) -> None:
        """Begin it; one that runs goes on, or is ended first: `replace`.

        Raises:
            RPCError: Temporal cannot be reached or refuses.
        """
        if errand.number is not None:
            await begin_adoption(self._client, self._book, errand.number, self._task_queue, replace=replace)
        elif self._delivery is not None:
            await send(self._client, errand.id, self._task_queue, self._delivery, replace=replace)


def _fault(standing: Standing, fails_after: int) -> Fault | None:
    if standing.running:
        return "task_fails" if standing.attempt > fails_after else None
    return "ended" if standing.there else "missing"
