"""Stays (承办经过): which unit had a petition from when to when, and what came of it, a row a fact. No personal data.

A stay begins when a petition comes to a unit and ends when it leaves it: answered, returned, moved on, withdrawn or
merged. Before the first unit, after a return, and when it turns out to be of another tier, it is at the desk that
dispatches (`unit` NULL). Every fact has the position of its event and the instant that event was recorded: a question
about a past instant reads the facts recorded until then, and gets the answer of that day. `scorecard.py`,
`settlement.py`, `workload.py` and `ping_pong.py` query these tables.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, LiteralString

from psycopg import Connection, Cursor, sql
from psycopg.rows import TupleRow, class_row

from aggregates.event import ClockName, Counted, Event, Moment, Role
from aggregates.petition import events as e
from aggregates.petition.state import Stage
from aggregates.petition.state.petition import Part
from aggregates.record import Recorded
from projections.cases import Case, advance, state_of
from projections.long_answers import rows_of
from projections.periods import Period
from projections.read_model import ReadModel, copy_rows

STAFF = frozenset({Role.CLERK, Role.OFFICER, Role.LEADER})

COUNTS_AS: Mapping[str, Counted] = {kind.TOPIC: kind.TOLD.counts for kind in e.EVENTS}
"""What an event counts as where staff did it: as its class says, so that no topic is counted by oversight."""

HELD = frozenset({Stage.DISPATCHED, Stage.ACCEPTED})
"""Stages in which `unit` is responsible."""

ENDS = {Stage.REPLIED, Stage.CLOSED, Stage.WITHDRAWN}

CROSSINGS = {Stage.MERGED: ("merged", "unmerged"), Stage.PARKED: ("parked", "unparked")}
"""Stage → the facts for entering and leaving it."""

CONTACT: ClockName = "first_contact"


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact about a stay, and the event it is from.

    `until` (of `came`): when the unit's response window ends; None for the desk, and where steps set aside brought it
    back to a unit, whose window was that of the void stay. `other`: the unit it came from or went to. `unreachable`:
    position of the event showing that nobody can be asked, as the resident gave neither name nor number.
    """

    position: int
    fact: str
    petition: str
    receipt: str
    stay: int
    unit: str | None
    tier: str | None
    began_at: datetime
    topic: str
    at: datetime
    recorded_at: datetime
    by_role: str
    by_id: str
    until: datetime | None = None
    outcome: str | None = None
    on_time: bool | None = None
    satisfied: bool | None = None
    other: str | None = None
    unreachable: int | None = None


class EndedEarly(Part):
    """A stay that a missed deadline ended, and the version of that event, which may be set aside later."""

    version: int
    stay: int
    unit: str | None
    tier: str | None
    began_at: Moment


class Stayed(Case):
    """A case and its current or last stay; `ended_early`: stays that a missed deadline ended."""

    stay: int = -1
    stay_unit: str | None = None
    stay_began_at: Moment | None = None
    staying: bool = False
    unreachable: int | None = None
    ended_early: tuple[EndedEarly, ...] = ()


_COLUMNS = tuple(field.name for field in fields(Fact))


class Stays(ReadModel):
    """Appends the facts of a page; facts are never changed."""

    name: ClassVar[str] = "stays"
    keeps = Stayed
    version = 2
    tables: ClassVar[LiteralString] = """
        CREATE TABLE petitions (
            petition text PRIMARY KEY,
            state    json NOT NULL
        );
        CREATE TABLE facts (
            position    bigint      NOT NULL,
            fact        text        NOT NULL,
            petition    text        NOT NULL,
            receipt     text        NOT NULL,
            stay        integer     NOT NULL,
            unit        text,
            tier        text,
            began_at    timestamptz NOT NULL,
            topic       text        NOT NULL,
            at          timestamptz NOT NULL,
            recorded_at timestamptz NOT NULL,
            by_role     text        NOT NULL,
            by_id       text        NOT NULL,
            until       timestamptz,
            outcome     text,
            on_time     boolean,
            satisfied   boolean,
            other       text,
            unreachable bigint,
            PRIMARY KEY (position, fact, stay)
        );
        CREATE INDEX ON facts (began_at, petition, stay, position);
        CREATE INDEX ON facts (petition, position);
        CREATE INDEX ON facts (fact, at);
    """

    def apply(self, cursor: Cursor[TupleRow], page: Sequence[Recorded]) -> None:
        """Fold the page's petitions, and append the facts of their stays."""
        streams = list({record.stream for record in page})
        kept = cursor.execute("SELECT petition, state::text FROM petitions WHERE petition = ANY(%s)", (streams,))
        cases = {petition: Stayed.model_validate_json(state) for petition, state in kept}
        facts = list(walk(cases, page))
        cursor.execute("DELETE FROM petitions WHERE petition = ANY(%s)", (streams,))
        copy_rows(cursor, "petitions", ("petition", "state"), ((name, state_of(cases[name])) for name in streams))
        copy_rows(cursor, "facts", _COLUMNS, ([getattr(fact, name) for name in _COLUMNS] for fact in facts))


def walk(cases: dict[str, Stayed], page: Iterable[Recorded]) -> Iterator[Fact]:
    """The facts of a page, in order; `cases` is updated to its end.

    Raises:
        OutOfStep: an event is not the next one of its petition.
    """
    for record in page:
        before = cases.get(record.stream) or Stayed(id=record.stream)
        after = advance(before, record)
        assert isinstance(after, Stayed)
        told, cases[record.stream] = _told(before, after, record)
        yield from told


def _told(before: Stayed, after: Stayed, record: Recorded) -> tuple[list[Fact], Stayed]:
    facts: list[Fact] = []
    event = record.event

    def note(case: Stayed, fact: str, **more: Any) -> None:
        assert case.stay_began_at is not None
        facts.append(
            Fact(
                position=record.position,
                fact=fact,
                petition=case.id,
                receipt=case.receipt,
                stay=case.stay,
                unit=case.stay_unit,
                tier=case.tier,
                began_at=case.stay_began_at,
                topic=event.TOPIC,
                at=event.at,
                recorded_at=record.recorded_at,
                by_role=event.by.role.value,
                by_id=event.by.id,
                **more,
            )
        )

    if isinstance(event, e.PetitionReceived) and event.anonymous and event.phone is None:
        after = after.model_copy(update={"unreachable": record.position})
    elif isinstance(event, e.ResidentJoined) and event.phone is not None:
        after = after.model_copy(update={"unreachable": None})
    if before.stay >= 0:
        here = before.model_copy(update={"receipt": after.receipt})
        for fact, more in _said(event):
            note(here, fact, **more)
        for stage, (into, out) in CROSSINGS.items():
            if stage in (before.stage, after.stage) and before.stage is not after.stage:
                note(here, into if after.stage is stage else out)
        if _contacted(before, after):
            note(here, "contacted")
    for stay in _set_aside(before, event):
        note(stay, "set_aside")
    unit, begins = _comes_to(before, after, event)
    after = _remembered(before, after, record)
    if begins:
        if before.staying:
            note(before, "left", other=unit)
        came = {"stay": before.stay + 1, "stay_unit": unit, "stay_began_at": event.at, "staying": True}
        after = after.model_copy(update=came)
        until = after.return_by if unit and not isinstance(event, e.StepsSetAside) else None
        note(after, "came", other=before.stay_unit, unreachable=after.unreachable, until=until)
    elif after.stage in ENDS:
        after = after.model_copy(update={"staying": False})
    return facts, after


def _set_aside(before: Stayed, event: Event) -> Iterator[Stayed]:
    """Stays that only void steps ended or began: they count for nobody."""
    if not isinstance(event, e.StepsSetAside):
        return
    early = _cut(before, event)
    for each in early:
        stay = {"stay": each.stay, "stay_unit": each.unit, "tier": each.tier, "stay_began_at": each.began_at}
        yield before.model_copy(update=stay)
    if early and before.stay not in {each.stay for each in early}:
        yield before


def _cut(before: Stayed, event: e.StepsSetAside) -> list[EndedEarly]:
    """Stays that these void steps ended, first one first."""
    return [each for each in before.ended_early if each.version in event.versions]


def _remembered(before: Stayed, after: Stayed, record: Recorded) -> Stayed:
    """The case with the stay that a deadline just ended, in case that step is set aside for a wrong clock later."""
    event = record.event
    if not isinstance(event, e.PetitionEscalated) or event.cause != "deadline" or before.stay_began_at is None:
        return after
    ended = EndedEarly(
        version=record.version,
        stay=before.stay,
        unit=before.stay_unit,
        tier=before.tier,
        began_at=before.stay_began_at,
    )
    return after.model_copy(update={"ended_early": (*before.ended_early, ended)})


def _contacted(before: Stayed, after: Stayed) -> bool:
    """Whether the resident was just contacted before the first-contact clock was missed."""
    ran, stopped = before.clocks.get(CONTACT), after.clocks.get(CONTACT)
    if ran is None or stopped is None or ran.stopped_at is not None or ran.breached_at is not None:
        return False
    return stopped.stopped_at is not None and after.stage is not Stage.WITHDRAWN


def _comes_to(before: Stayed, after: Stayed, event: Event) -> tuple[str | None, bool]:
    """Who has the petition after an event, and whether that begins a new stay."""
    if isinstance(event, e.PetitionReceived | e.PetitionReturned):
        return None, True
    if isinstance(event, e.PetitionReclassified) and not event.unit_stays:
        return None, before.stay_unit is not None
    if isinstance(event, e.StepsSetAside) and (early := _cut(before, event)):
        return early[0].unit, True
    if after.stage in HELD and after.unit is not None:
        return after.unit, not before.staying or after.unit != before.stay_unit
    return before.stay_unit, False


def _said(event: Event) -> Iterator[tuple[str, dict[str, Any]]]:  # noqa: PLR0912 - one arm a fact
    """The facts that an event states about the current stay."""
    if event.by.role in STAFF and (counted := COUNTS_AS[event.TOPIC]) != "looked":
        yield counted, {}
    match event:
        case e.PetitionEscalated(cause="deadline"):
            yield "missed", {"other": event.unit}
        case e.PetitionReturned():
            yield "returned", {}
        case e.PetitionTransferred():
            yield "transferred", {"other": event.unit}
        case e.PetitionReplied():
            yield "answered", {"outcome": event.outcome, "on_time": event.on_time}
        case e.FollowUpAsked():
            yield "asked", {}
        case e.PetitionConfirmed():
            yield "confirmed", {"satisfied": event.satisfied}
        case e.PetitionDisputed():
            yield "disputed", {}
        case e.PetitionWithdrawn():
            yield "withdrawn", {}
        case e.PetitionClosed(reason="unanswered"):
            yield "silent", {}
        case e.ReviewRequested():
            yield "review_asked", {}
        case e.ReviewDecided():
            yield "reviewed", {"outcome": event.outcome, "on_time": event.on_time}
        case e.ClockBreached() if event.clock == CONTACT:
            yield "contact_missed", {}
        case _:
            return


_SELECT = sql.SQL("SELECT {} FROM view_stays.facts").format(sql.SQL(", ").join(map(sql.Identifier, _COLUMNS)))


def facts_of_stays(connection: Connection[Any], period: Period, as_of: datetime) -> Iterator[Fact]:
    """All facts of the stays that began in a period, by stay, in order, recorded until `as_of`."""
    which = sql.SQL(
        " WHERE began_at >= %s AND began_at < %s AND recorded_at <= %s ORDER BY petition, stay, position, fact"
    )
    yield from rows_of(connection, _SELECT + which, (period.starts, period.ends, as_of), row_factory=class_row(Fact))


def facts_of_petitions(
    connection: Connection[Any], having: Sequence[str], period: Period | None, as_of: datetime
) -> Iterator[Fact]:
    """All facts of the petitions that have one of the facts `having`, in a period or ever; by petition, in order.

    Only those recorded until `as_of`.
    """
    which = sql.SQL(
        " WHERE recorded_at <= %(as_of)s AND petition IN (SELECT petition FROM view_stays.facts"
        " WHERE fact = ANY(%(having)s) AND recorded_at <= %(as_of)s"
        " AND (%(starts)s::timestamptz IS NULL OR (at >= %(starts)s AND at < %(ends)s)))"
        " ORDER BY petition, position, stay, fact"
    )
    span = {"starts": period.starts if period else None, "ends": period.ends if period else None}
    values = {"having": list(having), "as_of": as_of, **span}
    yield from rows_of(connection, _SELECT + which, values, row_factory=class_row(Fact))
