"""The ledger (民情台账): one row a petition, from its first event on. No personal data."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, Literal, LiteralString

from psycopg import Connection, Cursor, sql
from psycopg.rows import TupleRow, class_row, tuple_row

from aggregates.record import Recorded
from projections.cases import Case, Changed, fold_page, state_of
from projections.paging import Page, check_limit, read_cursor, write_cursor
from projections.read_model import ReadModel, copy_rows

NONE = "none"
"""The key for petitions without a value (not yet classified)."""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A petition in the ledger; every instant is timezone-aware.

    `due_at`: end of the running clock, None: none runs; `on_time`: of the last reply, None: no reply yet;
    `needs_human`: a person has to classify it; `urgent`: why it is served first; `residents`: how many ask together;
    `position` and `version`: of its last event.
    """

    petition: str
    receipt: str
    status: str
    open: bool
    category: str | None
    tier: str | None
    matter: str | None
    unit: str | None
    channel: str
    community: str
    anonymous: bool
    urgent: str | None
    residents: int
    received_at: datetime
    due_at: datetime | None
    provisional: bool
    with_leader: bool
    escalations: int
    returns: int
    disputes: int
    outcome: str | None
    on_time: bool | None
    needs_human: bool
    closed_at: datetime | None
    updated_at: datetime
    position: int
    version: int


class Ledger(ReadModel):
    """Folds every event into its petition's row."""

    name: ClassVar[str] = "ledger"
    keeps = Case
    tables: ClassVar[LiteralString] = """
        CREATE TABLE petitions (
            petition    text        PRIMARY KEY,
            receipt     text        NOT NULL,
            status      text        NOT NULL,
            open        boolean     NOT NULL,
            category    text,
            tier        text,
            matter      text,
            unit        text,
            channel     text        NOT NULL,
            community   text        NOT NULL,
            anonymous   boolean     NOT NULL,
            urgent      text,
            residents   integer     NOT NULL,
            received_at timestamptz NOT NULL,
            due_at      timestamptz,
            provisional boolean     NOT NULL,
            with_leader boolean     NOT NULL,
            escalations integer     NOT NULL,
            returns     integer     NOT NULL,
            disputes    integer     NOT NULL,
            outcome     text,
            on_time     boolean,
            needs_human boolean     NOT NULL,
            closed_at   timestamptz,
            updated_at  timestamptz NOT NULL,
            position    bigint      NOT NULL,
            version     bigint      NOT NULL,
            state       json        NOT NULL
        );
        CREATE INDEX ON petitions (received_at, petition);
        CREATE INDEX ON petitions (receipt);
        CREATE INDEX ON petitions (unit) WHERE open;
        CREATE INDEX ON petitions (due_at) WHERE due_at IS NOT NULL;
    """

    def apply(self, cursor: Cursor[TupleRow], page: Sequence[Recorded]) -> None:
        """Replace the rows of the petitions in the page."""
        changed = fold_page(cursor, page)
        known = [change.case.id for change in changed]
        cursor.execute("DELETE FROM petitions WHERE petition = ANY(%s)", (known,))
        copy_rows(cursor, "petitions", (*_COLUMNS, "state"), map(_values, changed))


_COLUMNS = tuple(field.name for field in fields(LedgerRow))


def _values(changed: Changed) -> tuple[Any, ...]:
    case, last = changed
    return (
        case.id,
        case.receipt,
        case.stage.value,
        case.open,
        case.category,
        case.tier,
        case.matter,
        case.unit,
        case.channel,
        case.community,
        case.anonymous,
        case.urgent,
        case.residents,
        case.received_at,
        case.due_at,
        bool(case.due_at and case.clock and case.clock.provisional),
        case.with_leader,
        case.escalations,
        case.returns,
        case.disputes,
        case.outcome,
        case.on_time,
        case.needs_human,
        case.ended_at,
        last.recorded_at,
        last.position,
        last.version,
        state_of(case),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Filters on petitions; None: no filter. `overdue_at`: the running clock ended before this instant.

    `urgent` True: only petitions served first; False: only the others. `hidden`: petitions left out, as the reader may
    not know of them.
    """

    status: str | None = None
    category: str | None = None
    tier: str | None = None
    unit: str | None = None
    community: str | None = None
    channel: str | None = None
    open: bool | None = None
    needs_human: bool | None = None
    urgent: bool | None = None
    overdue_at: datetime | None = None
    hidden: Sequence[str] | None = None


ALL = Filter()


def list_petitions(
    connection: Connection[Any], which: Filter = ALL, *, limit: int = 50, cursor: str | None = None
) -> Page[LedgerRow]:
    """A page of the ledger, ordered by `received_at`, then petition; pages do not shift when petitions arrive.

    Raises:
        BadCursor, ValueError: `cursor` or `limit` is wrong.
    """
    conditions, values = _conditions(which)
    query = sql.SQL("SELECT {} FROM view_ledger.petitions WHERE {} ORDER BY received_at, petition LIMIT %s").format(
        sql.SQL(", ").join(map(sql.Identifier, _COLUMNS)),
        sql.SQL(" AND ").join([*conditions, *([_AFTER] if cursor else [])]),
    )
    place = read_cursor(cursor) if cursor else ()
    with connection.cursor(row_factory=class_row(LedgerRow)) as answer:
        rows = answer.execute(query, (*values, *place, check_limit(limit) + 1), prepare=False).fetchall()
    last = rows[limit - 1] if len(rows) > limit else None
    after = write_cursor(last.received_at, last.petition) if last else None
    return Page(count(connection, which), tuple(rows[:limit]), after)


def count(connection: Connection[Any], which: Filter = ALL) -> int:
    """The number of petitions."""
    conditions, values = _conditions(which)
    query = sql.SQL("SELECT count(*) FROM view_ledger.petitions WHERE {}").format(sql.SQL(" AND ").join(conditions))
    with connection.cursor(row_factory=tuple_row) as answer:
        row = answer.execute(query, values, prepare=False).fetchone()
    return int(row[0]) if row else 0


def count_by(
    connection: Connection[Any],
    by: Literal["category", "tier", "status", "unit", "community", "channel", "outcome"],
    which: Filter = ALL,
) -> dict[str, int]:
    """The number of petitions by value, most first; those without a value under `none`."""
    conditions, values = _conditions(which)
    query = sql.SQL(
        "SELECT COALESCE({}, {}), count(*) FROM view_ledger.petitions WHERE {} GROUP BY 1 ORDER BY 2 DESC, 1"
    ).format(sql.Identifier(by), NONE, sql.SQL(" AND ").join(conditions))
    with connection.cursor(row_factory=tuple_row) as answer:
        return dict(answer.execute(query, values, prepare=False).fetchall())


def row_of(connection: Connection[Any], petition: str) -> LedgerRow | None:
    """The row of a petition; None: the ledger does not have it, or not yet."""
    query = sql.SQL("SELECT {} FROM view_ledger.petitions WHERE petition = %s").format(
        sql.SQL(", ").join(map(sql.Identifier, _COLUMNS))
    )
    with connection.cursor(row_factory=class_row(LedgerRow)) as answer:
        return answer.execute(query, (petition,)).fetchone()


def petition_of(connection: Connection[Any], receipt: str) -> str | None:
    """The petition with this receipt; None: the ledger does not have it, or not yet (it lags the log by a moment)."""
    query = "SELECT petition FROM view_ledger.petitions WHERE receipt = %s ORDER BY position LIMIT 1"
    with connection.cursor(row_factory=tuple_row) as answer:
        row = answer.execute(query, (receipt,)).fetchone()
    return str(row[0]) if row else None


_AFTER = sql.SQL("(received_at, petition) > (%s::timestamptz, %s)")


def _conditions(which: Filter) -> tuple[list[sql.Composable], list[Any]]:
    conditions: list[sql.Composable] = [sql.SQL("true")]
    values: list[Any] = []
    for field in fields(which):
        value = getattr(which, field.name)
        if value is None:
            continue
        if field.name == "overdue_at":
            conditions.append(sql.SQL("due_at < %s"))
        elif field.name == "hidden":
            conditions.append(sql.SQL("petition <> ALL(%s)"))
        elif field.name == "urgent":
            conditions.append(sql.SQL("(urgent IS NOT NULL) = %s"))
        else:
            conditions.append(sql.SQL("{} = %s").format(sql.Identifier(field.name)))
        values.append(value)
    return conditions, values
