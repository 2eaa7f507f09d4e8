"""A petition's state as read models keep it: the one `evolve` of the house, and what only people look at beside it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from psycopg import Cursor
from psycopg.rows import TupleRow

from aggregates.event import Event, Moment
from aggregates.petition import events as e
from aggregates.petition.state import Petition, Stage, evolve
from aggregates.record import Recorded


class OutOfStep(Exception):
    """An event does not follow the state kept: the tables are wrong, rebuild them."""


class Case(Petition):
    """A petition and what the lists show beside its state. No personal data.

    `desk` is the unit of the proposed category, where a person decides; `person_decides` what the last proposal asked
    for; `on_time` the last reply held against its clock; `ended_at` when it was closed or withdrawn, None again once it
    is disputed or reviewed.
    """

    desk: str | None = None
    person_decides: bool = False
    on_time: bool | None = None
    ended_at: Moment | None = None

    @property
    def needs_human(self) -> bool:
        """Whether it waits for a person to decide where it belongs: proposed below the line, or returned."""
        return self.stage is Stage.RETURNED or (self.stage is Stage.PROPOSED and self.person_decides)


class Changed(NamedTuple):
    """A case after a page, and the last record of the page that changed it."""

    case: Case
    last: Recorded


def advance(case: Case, record: Recorded) -> Case:
    """The case after one more event.

    Raises:
        OutOfStep: the event is not the next one of this petition.
    """
    if record.version != case.version + 1:
        raise OutOfStep(f"{record.stream}: version {record.version} does not follow {case.version}")
    after = evolve(case, record.event)
    assert isinstance(after, Case)
    beside = _beside(record.event)
    return after.model_copy(update=beside) if beside else after


def fold_page(cursor: Cursor[TupleRow], page: Sequence[Recorded]) -> list[Changed]:
    """The cases a page changes, folded from the `state` their rows in `petitions` keep.

    Raises:
        OutOfStep: see `advance`.
    """
    streams = list({record.stream for record in page})
    kept = cursor.execute("SELECT petition, state::text FROM petitions WHERE petition = ANY(%s)", (streams,))
    cases = {petition: Case.model_validate_json(state) for petition, state in kept}
    last: dict[str, Recorded] = {}
    for record in page:
        cases[record.stream] = advance(cases.get(record.stream) or Case(id=record.stream), record)
        last[record.stream] = record
    return [Changed(cases[petition], record) for petition, record in last.items()]


def state_of(case: Case) -> str:
    """What a row keeps of a case, to fold on from there."""
    return case.model_dump_json(exclude_defaults=True)


def _beside(event: Event) -> dict[str, Any]:
    match event:
        case e.PetitionClassified():
            return {"desk": event.unit, "person_decides": event.needs_human}
        case e.PetitionReplied():
            return {"on_time": event.on_time}
        case e.PetitionClosed() | e.PetitionWithdrawn():
            return {"ended_at": event.at}
        case e.ReviewDecided():
            return {"ended_at": None if event.outcome == "revoked" else event.at}
        case e.PetitionDisputed() | e.ReviewRequested():
            return {"ended_at": None}
        case _:
            return {}
