"""The activity of the adoption's workflow: recompute the clocks of petitions received within one stretch of the log."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Literal

import structlog
from temporalio import activity

from aggregates.adoption import RulebookAdopted, content_of
from aggregates.command import Command
from aggregates.event import Actor, Header
from aggregates.office.decisions import carry_out
from aggregates.office.events import adoption_stream
from aggregates.petition.commands import Recompute
from aggregates.petition.decisions import Refused
from aggregates.petition.events import PetitionReceived
from aggregates.petition.state import Petition, Stage
from aggregates.record import Recorded, sift
from eventstore.codec import UnreadableEvent
from eventstore.log import Append
from eventstore.once import append_once
from office.handling import Handler
from office.rules.adoption import adoptions, begins
from workers.activities import NOT_BEFORE
from workflows.adoption_contract import COUNT_AGAIN, Adopted, Turn

log = structlog.get_logger(__name__)

STRETCH = 2_000
"""Events of the log per try of the activity."""
AT_ONCE = 4
"""Petitions recomputed side by side: they share commits."""

Cause = Literal["calendar", "rulebook"]


class NoSuchAdoption(Exception):
    """The rulebook has no adoption of this number."""


class AdoptionActivities:
    """The activity's body. Idempotent: a petition is recomputed once for each adoption."""

    def __init__(self, handler: Handler) -> None:
        """Use the petitions' handler, which decides under the rulebook in force."""
        self._handler = handler

    @activity.defn(name=COUNT_AGAIN)
    def count_again(self, turn: Turn) -> Adopted:
        """Recompute the clocks of the petitions received in the next stretch of the log.

        Raises:
            NoSuchAdoption: the rulebook has no adoption of this number.
            PersistenceError: the database was lost; it is safe to repeat.
        """
        far = turn.adopted
        known = adoptions(self._handler.log, far.book)
        if far.number > len(known):
            raise NoSuchAdoption(f"{far.book}: {len(known)} adoptions on record, none with the number {far.number}")
        wait = begins(known[far.number - 1]) - self._handler.now(turn.now)
        if wait > timedelta():
            return far.model_copy(update={"in_force_in_seconds": (wait + NOT_BEFORE).total_seconds()})
        page = self._handler.log.entries(far.position, STRETCH)
        new = [record.stream for record in sift(page).readable if isinstance(record.event, PetitionReceived)]
        cause, command_id = _cause(known, far.number), f"adoption:{far.book}:{far.number}"
        at = self._handler.now(turn.now)

        def one(petition: str) -> bool:
            return self._count(petition, cause, at, command_id)

        moved = 0
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="adoption") as threads:
            for number, changed in enumerate(threads.map(one, new), 1):
                moved += changed
                activity.heartbeat(number)
        far = far.model_copy(
            update={
                "position": page[-1].position if page else far.position,
                "head": self._handler.log.head(),
                "petitions": far.petitions + len(new),
                "moved": far.moved + moved,
                "done": not page,
                "in_force_in_seconds": 0.0,
            }
        )
        if far.done:
            self._write(far, known[far.number - 1], at)
            log.info("adoption.done", book=far.book, number=far.number, petitions=far.petitions, moved=far.moved)
        return far

    def _write(self, far: Adopted, adopted: RulebookAdopted, at: datetime) -> None:
        """Record once that the adoption is carried out: an engine that lost its state does not begin it again."""
        stream, header = adoption_stream(far.book, far.number), Header(at, Actor.engine(), adopted.rulebook)

        def decide(records: list[Recorded]) -> Append | None:
            done = carry_out(records, header, far.book, far.number, petitions=far.petitions, moved=far.moved)
            return Append(stream, 0, (done,), f"adoption:{far.book}:{far.number}", at) if done else None

        append_once(self._handler.log, stream, decide)

    def _count(self, petition: str, cause: Cause, at: datetime, command_id: str) -> bool:
        """Whether a clock of the petition moved."""

        def command(state: Petition) -> Command | None:
            if not state.open and state.stage is not Stage.MERGED:
                return None
            # A petition may have been changed after the workflow's time was read.
            return Recompute(at=max(at, state.last_at or at), by=Actor.engine(), cause=cause)

        try:
            return bool(self._handler.decide_once(petition, command_id, command).events)
        except Refused as refused:
            if refused.code not in ("unchanged", "not-now"):
                log.warning("adoption.refused", petition=petition, code=refused.code)
            return False
        except UnreadableEvent as error:
            log.warning("adoption.left_out", petition=petition, reason=str(error))
            return False


def _cause(known: list[RulebookAdopted], number: int) -> Cause:
    """`calendar` when nothing but the calendars differs from the book adopted before."""
    if number < 2:
        return "rulebook"
    before, after = (content_of(each) | {"calendars": []} for each in known[number - 2 : number])
    return "calendar" if before == after else "rulebook"
