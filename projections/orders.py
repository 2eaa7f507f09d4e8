"""Service orders: the list of needs (需求清单), and every promise a team or partner unit made. No personal data."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, LiteralString

from psycopg import Connection, Cursor, sql
from psycopg.rows import TupleRow, class_row, tuple_row

from aggregates.orders.agenda import agenda
from aggregates.orders.state import Order, evolve
from aggregates.record import Recorded
from aggregates.streams import is_order
from projections.cases import OutOfStep
from projections.paging import Page, check_limit, read_cursor, write_cursor
from projections.read_model import ReadModel, copy_rows


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order in the list; `first`: its resident is served first; `due_at`: when the running promise is due.

    `unit`: who claimed it, or was given it; `supporters` and `inspectors` are counts. Every instant is timezone-aware.
    """

    order_id: str
    receipt: str
    kind: str
    service: str | None
    status: str
    open: bool
    first: bool
    source: str
    charge: str
    community: str
    tier: str
    unit: str | None
    petition: str | None
    posted_at: datetime
    due_at: datetime | None
    late: bool
    claims: int
    supporters: int
    inspectors: int
    found_good: int
    ended_at: datetime | None
    updated_at: datetime
    position: int
    version: int


class Orders(ReadModel):
    """Folds events into a row for each order, and one for each of its promises."""

    name: ClassVar[str] = "orders"
    keeps = Order
    tables: ClassVar[LiteralString] = """
        CREATE TABLE orders (
            order_id    text        PRIMARY KEY,
            receipt     text        NOT NULL,
            kind        text        NOT NULL,
            service     text,
            status      text        NOT NULL,
            open        boolean     NOT NULL,
            first       boolean     NOT NULL,
            source      text        NOT NULL,
            charge      text        NOT NULL,
            community   text        NOT NULL,
            tier        text        NOT NULL,
            unit        text,
            petition    text,
            posted_at   timestamptz NOT NULL,
            due_at      timestamptz,
            late        boolean     NOT NULL,
            claims      integer     NOT NULL,
            supporters  integer     NOT NULL,
            inspectors  integer     NOT NULL,
            found_good  integer     NOT NULL,
            ended_at    timestamptz,
            updated_at  timestamptz NOT NULL,
            position    bigint      NOT NULL,
            version     bigint      NOT NULL,
            step        text,
            step_at     timestamptz,
            state       json        NOT NULL
        );
        CREATE INDEX ON orders (posted_at, order_id);
        CREATE INDEX ON orders (unit) WHERE open;
        CREATE INDEX ON orders (step_at) WHERE step_at IS NOT NULL;
        CREATE TABLE promises (
            order_id    text        NOT NULL,
            number      integer     NOT NULL,
            unit        text        NOT NULL,
            partner     boolean     NOT NULL,
            service     text,
            claimed_at  timestamptz NOT NULL,
            promised_by timestamptz NOT NULL,
            outcome     text        NOT NULL,
            ended_at    timestamptz,
            satisfied   boolean,
            score       integer,
            PRIMARY KEY (order_id, number)
        );
        CREATE INDEX ON promises (unit);
    """

    def takes(self, stream: str) -> bool:
        """Orders only."""
        return is_order(stream)

    def apply(self, cursor: Cursor[TupleRow], page: Sequence[Recorded]) -> None:
        """Replace the rows of the orders in the page.

        Raises:
            OutOfStep: an event is not the next one of its order.
        """
        streams = list({record.stream for record in page})
        kept = cursor.execute("SELECT order_id, state::text FROM orders WHERE order_id = ANY(%s)", (streams,))
        states = {order: Order.model_validate_json(state) for order, state in kept}
        last: dict[str, Recorded] = {}
        for record in page:
            before = states.get(record.stream) or Order(id=record.stream)
            if record.version != before.version + 1:
                raise OutOfStep(f"{record.stream}: version {record.version} does not follow {before.version}")
            states[record.stream] = evolve(before, record.event)
            last[record.stream] = record
        for table in ("orders", "promises"):
            gone = sql.SQL("DELETE FROM {} WHERE order_id = ANY(%s)").format(sql.Identifier(table))
            cursor.execute(gone, (streams,))
        changed = [states[stream] for stream in streams]
        copy_rows(
            cursor,
            "orders",
            (*_COLUMNS, "step", "step_at", "state"),
            (_values(state, last[state.id]) for state in changed),
        )
        copy_rows(cursor, "promises", _PROMISE, (row for state in changed for row in _promises(state)))


_COLUMNS = tuple(field.name for field in fields(OrderRow))
_PROMISE = (
    *("order_id", "number", "unit", "partner", "service"),
    *("claimed_at", "promised_by", "outcome", "ended_at", "satisfied", "score"),
)


def _values(state: Order, last: Recorded) -> tuple[Any, ...]:
    promise = state.promise
    step, step_at = agenda(state)
    return (
        state.id,
        state.receipt,
        state.kind,
        state.service,
        state.stage.value,
        state.open,
        state.first,
        state.source,
        state.charge,
        state.community,
        state.tier,
        state.unit,
        state.petition,
        state.posted_at,
        state.due_at,
        promise is not None and promise.outcome == "broken",
        len(state.promises),
        len(state.supporters),
        len(state.inspectors),
        state.found_good,
        state.ended_at,
        last.recorded_at,
        last.position,
        last.version,
        step.value if step else None,
        step_at,
        state.model_dump_json(exclude_defaults=True),
    )


def _promises(state: Order) -> list[tuple[Any, ...]]:
    return [
        (
            *(state.id, each.number, each.unit, each.partner, state.service),
            *(each.claimed_at, each.promised_by, each.outcome, each.ended_at, each.satisfied, each.score),
        )
        for each in state.promises
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Filters on orders; None: no filter. `hidden`: petitions whose orders are left out: not for this reader."""

    status: str | None = None
    kind: str | None = None
    service: str | None = None
    unit: str | None = None
    tier: str | None = None
    open: bool | None = None
    first: bool | None = None
    late: bool | None = None
    hidden: Sequence[str] | None = None


ALL = Filter()


def list_orders(
    connection: Connection[Any], which: Filter = ALL, *, limit: int = 50, cursor: str | None = None
) -> Page[OrderRow]:
    """A page of orders, oldest first.

    Raises:
        BadCursor, ValueError: `cursor` or `limit` is wrong.
    """
    conditions, values = _conditions(which)
    query = sql.SQL("SELECT {} FROM view_orders.orders WHERE {} ORDER BY posted_at, order_id LIMIT %s").format(
        sql.SQL(", ").join(map(sql.Identifier, _COLUMNS)),
        sql.SQL(" AND ").join([*conditions, *([_AFTER] if cursor else [])]),
    )
    place = read_cursor(cursor) if cursor else ()
    with connection.cursor(row_factory=class_row(OrderRow)) as answer:
        rows = answer.execute(query, (*values, *place, check_limit(limit) + 1), prepare=False).fetchall()
    last = rows[limit - 1] if len(rows) > limit else None
    after = write_cursor(last.posted_at, last.order_id) if last else None
    return Page(_count(connection, conditions, values), tuple(rows[:limit]), after)


def needs(connection: Connection[Any], limit: int = 200, *, hidden: Sequence[str] = ()) -> tuple[OrderRow, ...]:
    """The list of needs: unclaimed orders, those of residents served first at the top, then oldest first.

    `hidden`: petitions whose orders are left out.
    """
    query = sql.SQL(
        "SELECT {} FROM view_orders.orders WHERE status = 'posted' AND (petition IS NULL OR petition <> ALL(%s)) "
        "ORDER BY first DESC, posted_at, order_id LIMIT %s"
    ).format(sql.SQL(", ").join(map(sql.Identifier, _COLUMNS)))
    with connection.cursor(row_factory=class_row(OrderRow)) as answer:
        return tuple(answer.execute(query, (list(hidden), check_limit(limit))).fetchall())


_AFTER = sql.SQL("(posted_at, order_id) > (%s::timestamptz, %s)")


def _count(connection: Connection[Any], conditions: Sequence[sql.Composable], values: Sequence[Any]) -> int:
    query = sql.SQL("SELECT count(*) FROM view_orders.orders WHERE {}").format(sql.SQL(" AND ").join(conditions))
    with connection.cursor(row_factory=tuple_row) as answer:
        row = answer.execute(query, values, prepare=False).fetchone()
    return int(row[0]) if row else 0


def _conditions(which: Filter) -> tuple[list[sql.Composable], list[Any]]:
    given = {field.name: getattr(which, field.name) for field in fields(which)}
    chosen = {name: value for name, value in given.items() if value is not None}
    kept_out = sql.SQL("(petition IS NULL OR petition <> ALL(%s))")
    conditions = [kept_out if name == "hidden" else sql.SQL("{} = %s").format(sql.Identifier(name)) for name in chosen]
    return [sql.SQL("true"), *conditions], list(chosen.values())
