"""Commitments: what each unit promised, kept and broke; what partner units signed, and how much of it is delivered.

Units are counted, never residents. A mean of ratings is shown only from the rulebook's minimum number on.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row, tuple_row

from rulebook.model import Rulebook
from rulebook.orders import Partner


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit's promises; `broken`: not kept in time, delivered later or not; `mean` None: too few scores."""

    unit: str
    partner: bool
    claimed: int
    running: int
    kept: int
    broken: int
    released: int
    withdrawn: int
    rated: int
    satisfied: int
    scores: int
    mean: float | None


@dataclass(frozen=True, slots=True)
class CommitmentRow:
    """What a partner signed, how often it was delivered within its days, and its `state`."""

    partner: str
    commitment: str
    times: int
    delivered: int
    since: str
    until: str
    state: str


_UNITS = """
    SELECT unit, bool_or(partner) AS partner, count(*) AS claimed,
        count(*) FILTER (WHERE outcome = 'running') AS running,
        count(*) FILTER (WHERE outcome = 'kept') AS kept,
        count(*) FILTER (WHERE outcome IN ('broken', 'late')) AS broken,
        count(*) FILTER (WHERE outcome = 'released') AS released,
        count(*) FILTER (WHERE outcome = 'withdrawn') AS withdrawn,
        count(satisfied) AS rated,
        count(*) FILTER (WHERE satisfied) AS satisfied,
        count(score) AS scores,
        CASE WHEN count(score) >= %s THEN round(avg(score), 2)::float8 END AS mean
    FROM view_orders.promises WHERE %s::text IS NULL OR unit = %s
    GROUP BY unit ORDER BY unit
"""

_DELIVERED = """
    SELECT count(*) FROM view_orders.promises
    WHERE unit = %s AND outcome IN ('kept', 'late') AND (%s::text IS NULL OR service = %s)
        AND (ended_at AT TIME ZONE %s)::date BETWEEN %s AND %s
"""


def units(connection: Connection[Any], book: Rulebook, unit: str | None = None) -> list[UnitRow]:
    """A row for every unit that ever claimed an order, or for one of them."""
    shown_from = book.service_orders.rating.shown_from if book.service_orders else 1
    with connection.cursor(row_factory=class_row(UnitRow)) as answer:
        return answer.execute(_UNITS, (shown_from, unit, unit)).fetchall()


def commitments(
    connection: Connection[Any], book: Rulebook, now: datetime, unit: str | None = None
) -> list[CommitmentRow]:
    """The commitments of the rulebook's partner units: `kept`, `running` or, after its last day, `missed`."""
    partners = book.service_orders.partners if book.service_orders else ()
    return [
        row for partner in partners if unit in (None, partner.id) for row in _of_partner(connection, partner, book, now)
    ]


def _of_partner(connection: Connection[Any], partner: Partner, book: Rulebook, now: datetime) -> list[CommitmentRow]:
    today, rows = now.astimezone(book.zone).date(), []
    for signed in partner.commitments:
        asked = (partner.id, signed.service, signed.service, book.time_zone, signed.since, signed.until)
        with connection.cursor(row_factory=tuple_row) as answer:
            found = answer.execute(_DELIVERED, asked).fetchone()
        delivered = int(found[0]) if found else 0
        state = "kept" if delivered >= signed.times else "running" if today <= signed.until else "missed"
        dates = (signed.since.isoformat(), signed.until.isoformat())
        rows.append(CommitmentRow(partner.id, signed.id, signed.times, delivered, *dates, state))
    return rows
