"""The worklist: what each unit has to do now, and what the engine does if it does not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal, LiteralString

from psycopg import Connection, Cursor
from psycopg.rows import TupleRow, class_row, tuple_row

from aggregates.petition.agenda import agenda
from aggregates.petition.state import IN_REVIEW, Stage
from aggregates.record import Recorded
from projections.cases import Case, fold_page, state_of
from projections.paging import BadCursor, Page, check_limit, read_cursor, write_cursor
from projections.read_model import ReadModel, copy_rows

OWED: dict[Stage, str] = {
    Stage.PROPOSED: "triage",
    Stage.RETURNED: "dispatch",
    Stage.DISPATCHED: "accept",
    Stage.ACCEPTED: "reply",
    Stage.UNDER_REVIEW: "decide-review",
    Stage.UNDER_SECOND_REVIEW: "decide-review",
}
"""The command a unit owes in each stage; in other stages the engine or the resident is next."""

ASSIST = "assist"
"""What the unit below owes after an escalation: it keeps working while the tier above is responsible."""

_COLUMNS = (
    "unit, petition, receipt, owes, assisting, status, category, tier, matter, community, urgent, priority, "
    "received_at, due_at, provisional, with_leader, escalations, next_step, next_at, remind_from"
)


@dataclass(frozen=True, slots=True)
class WorkRow:
    """A petition on a unit's list.

    `owes` is the command the unit owes (`triage`, `dispatch`, `accept`, `reply`, `decide-review`) or `assist`; `urgent`
    says why it is served before others, `priority` how soon (1 is first); `next_step` and `next_at` are what the engine
    does by itself if nobody acts. `due_soon`: a first reminder has passed, the deadline has not. Both flags are as of
    the instant asked for.
    """

    unit: str
    petition: str
    receipt: str
    owes: str
    assisting: bool
    status: str
    category: str | None
    tier: str | None
    matter: str | None
    community: str
    urgent: str | None
    priority: int
    received_at: datetime
    due_at: datetime | None
    provisional: bool
    with_leader: bool
    escalations: int
    next_step: str | None
    next_at: datetime | None
    due_soon: bool
    overdue: bool


@dataclass(frozen=True, slots=True)
class Load:
    """A unit's load; `due_soon` and `overdue` are included in `open`, `assisting` is not."""

    unit: str
    open: int
    due_soon: int
    overdue: int
    assisting: int


class Worklist(ReadModel):
    """A row with each petition's state, and one for each unit that owes something for it."""

    name: ClassVar[str] = "worklist"
    keeps = Case
    tables: ClassVar[LiteralString] = """
        CREATE TABLE petitions (
            petition text        PRIMARY KEY,
            step     text,
            step_at  timestamptz,
            state    json        NOT NULL
        );
        CREATE INDEX ON petitions (step_at) WHERE step_at IS NOT NULL;
        CREATE TABLE work (
            unit        text        NOT NULL,
            petition    text        NOT NULL,
            receipt     text        NOT NULL,
            owes        text        NOT NULL,
            assisting   boolean     NOT NULL,
            status      text        NOT NULL,
            category    text,
            tier        text,
            matter      text,
            community   text        NOT NULL,
            urgent      text,
            priority    integer     NOT NULL,
            received_at timestamptz NOT NULL,
            due_at      timestamptz,
            provisional boolean     NOT NULL,
            with_leader boolean     NOT NULL,
            escalations integer     NOT NULL,
            next_step   text,
            next_at     timestamptz,
            remind_from timestamptz,
            PRIMARY KEY (petition, unit)
        );
        CREATE INDEX ON work (unit, priority, COALESCE(due_at, 'infinity'), petition);
    """

    def apply(self, cursor: Cursor[TupleRow], page: Sequence[Recorded]) -> None:
        """Replace the rows of the petitions in the page."""
        changed = [change.case for change in fold_page(cursor, page)]
        known = [case.id for case in changed]
        cursor.execute("DELETE FROM petitions WHERE petition = ANY(%s)", (known,))
        cursor.execute("DELETE FROM work WHERE petition = ANY(%s)", (known,))
        copy_rows(cursor, "petitions", ("petition", "step", "step_at", "state"), map(_petition, changed))
        work = (row for case in changed for row in _rows(case))
        copy_rows(cursor, "work", _COLUMNS.split(", "), work)


def owed_by(case: Case) -> Iterator[tuple[str, str]]:
    """(unit, what it owes) for every unit that has to act on a case; the responsible one first.

    A returned petition is at the desk of its category. One under review is with the reviewing unit only.
    """
    owes = OWED.get(case.stage)
    if owes is None or (case.stage is Stage.PROPOSED and not case.needs_human):
        return
    if case.stage in IN_REVIEW:
        if case.review_unit:
            yield case.review_unit, owes
        return
    responsible = case.desk if case.stage is Stage.RETURNED and case.desk else case.unit
    if responsible:
        yield responsible, owes
    for unit in case.assisting:
        if unit != responsible:
            yield unit, ASSIST


def _petition(case: Case) -> tuple[Any, ...]:
    """The row for `steps.py`: the engine's next step, and when it is due."""
    step, due_at = agenda(case)
    return case.id, step.value if step else None, due_at, state_of(case)


def _rows(case: Case) -> Iterator[tuple[Any, ...]]:
    upcoming = agenda(case)
    clock = case.clock if case.due_at else None
    for unit, owes in owed_by(case):
        yield (
            unit,
            case.id,
            case.receipt,
            owes,
            owes == ASSIST,
            case.stage.value,
            case.category,
            case.tier,
            case.matter,
            case.community,
            case.urgent,
            case.priority,
            case.received_at,
            case.due_at,
            bool(clock and clock.provisional),
            case.with_leader,
            case.escalations,
            upcoming.step.value if upcoming.step else None,
            upcoming.due_at,
            clock.reminders[0] if clock and clock.reminders else None,
        )


_FLAGS = (
    "COALESCE(remind_from <= %(now)s AND due_at >= %(now)s, false) AS due_soon, "
    "COALESCE(due_at < %(now)s, false) AS overdue"
)

_OF_UNIT = f"""
    FROM (
        SELECT *, {_FLAGS} FROM view_worklist.work WHERE unit = %(unit)s AND petition <> ALL(%(hidden)s)
    ) AS flagged
    WHERE (%(only)s::text IS NULL OR CASE %(only)s::text WHEN 'overdue' THEN overdue ELSE due_soon END)
        AND (%(status)s::text IS NULL OR status = %(status)s) AND (NOT %(urgent)s OR urgent IS NOT NULL)
"""  # noqa: S608 - constants of this file

_LIST = f"""
    SELECT unit, petition, receipt, owes, assisting, status, category, tier, matter, community, urgent, priority,
        received_at, due_at, provisional, with_leader, escalations, next_step, next_at, due_soon, overdue
    {_OF_UNIT} AND (priority, COALESCE(due_at, 'infinity'), petition)
        > (%(priority)s, %(moment)s::timestamptz, %(petition)s)
    ORDER BY priority, COALESCE(due_at, 'infinity'), petition LIMIT %(limit)s
"""

_LOADS = f"""
    SELECT unit, count(*) FILTER (WHERE NOT assisting) AS open,
        count(*) FILTER (WHERE NOT assisting AND due_soon) AS due_soon,
        count(*) FILTER (WHERE NOT assisting AND overdue) AS overdue,
        count(*) FILTER (WHERE assisting) AS assisting
    FROM (SELECT unit, assisting, {_FLAGS} FROM view_worklist.work WHERE petition <> ALL(%(hidden)s)) AS flagged
    GROUP BY unit ORDER BY overdue DESC, due_soon DESC, open DESC, unit
"""  # noqa: S608 - constants of this file


def work_of(
    connection: Connection[Any],
    unit: str,
    now: datetime,
    *,
    only: Literal["due_soon", "overdue"] | None = None,
    status: str | None = None,
    urgent: bool = False,
    hidden: Sequence[str] = (),
    limit: int = 50,
    cursor: str | None = None,
) -> Page[WorkRow]:
    """A page of a unit's list as of `now`: urgent first, then by deadline (overdue first), those without one last.

    `only`: rows with this flag; `status`: in this stage; `urgent`: only urgent ones; `hidden`: petitions left out. The
    total counts these rows.

    Raises:
        BadCursor, ValueError: `cursor` or `limit` is wrong.
    """
    moment, (priority, petition) = _place(cursor) if cursor else ("-infinity", (0, ""))
    which = {"unit": unit, "now": now, "only": only, "status": status, "urgent": urgent, "hidden": list(hidden)}
    place = {"priority": priority, "moment": moment or "infinity", "petition": petition}
    with connection.cursor(row_factory=class_row(WorkRow)) as answer:
        rows = answer.execute(_LIST, {**which, **place, "limit": check_limit(limit) + 1}).fetchall()
    with connection.cursor(row_factory=tuple_row) as answer:
        total = answer.execute(f"SELECT count(*) {_OF_UNIT}", which).fetchone()
    last = rows[limit - 1] if len(rows) > limit else None
    after = write_cursor(last.due_at, f"{last.priority}:{last.petition}") if last else None
    return Page(int(total[0]) if total else 0, tuple(rows[:limit]), after)


def _place(cursor: str) -> tuple[datetime | None, tuple[int, str]]:
    """The moment, priority and petition in a cursor."""
    moment, place = read_cursor(cursor)
    priority, _, petition = place.partition(":")
    if not priority.isdecimal():
        raise BadCursor("cursor: expected one that this list gave out")
    return moment, (int(priority), petition)


def loads(connection: Connection[Any], now: datetime, *, hidden: Sequence[str] = ()) -> list[Load]:
    """The load of every unit that has something to do as of `now`, the most pressed first; `hidden`: left out."""
    with connection.cursor(row_factory=class_row(Load)) as answer:
        return answer.execute(_LOADS, {"now": now, "hidden": list(hidden)}).fetchall()
