"""A petition's state in the read models: folded by the same `evolve` as decisions, plus fields for lists only."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from psycopg import Cursor
from psycopg.rows import TupleRow

from aggregates.event import Event, Moment
from aggregates.petition import events as e
from aggregates.petition.state import Petition, Stage, evolve
from aggregates.record import Recorded


class OutOfStep(Exception):
    """An event does not follow the version stored: the tables are wrong, rebuild them."""


class Case(Petition):
    """A petition with what the lists show besides its state. No personal data.

    `desk`: the unit of the proposed category, where a person decides; `person_decides`: whether the last proposal needs
    a person; `on_time`: whether the last reply was; `ended_at`: when it was closed or withdrawn, None again once
    disputed or reviewed.
    """

    desk: str | None = None
    person_decides: bool = False
    on_time: bool | None = None
    ended_at: Moment | None = None

    @property
    def needs_human(self) -> bool:
        """Whether a person has to classify it: proposed below the confidence line, or returned."""
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
    """The cases that a page changes, folded from the `state` column of `petitions`.

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
    """A case as JSON for the `state` column."""
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
