"""Workload of units and staff, and in proportion to the number of residents.

Staff appear by their pseudonymous id, to see who carries too much; nobody is rated or ranked.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import class_row, tuple_row

from projections.periods import Period
from projections.stays import STAFF


@dataclass(frozen=True, slots=True)
class UnitLoad:
    """A unit: petitions that came in the period, answered in it, and open at the instant asked for.

    `unit` None is the desk that dispatches: petitions there have no unit yet, or none any more.
    """

    unit: str | None
    came: int
    answered: int
    open: int


@dataclass(frozen=True, slots=True)
class StaffLoad:
    """A member of staff in the period: petitions taken in, worked on, answered, and acts in all."""

    staff: str
    taken_in: int
    worked_on: int
    answered: int
    acts: int


class TownLoad(NamedTuple):
    """The community: petitions received in the period, and open at the instant asked for."""

    received: int
    open: int


_OPEN = """
    SELECT petition, stay, unit FROM view_stays.facts WHERE recorded_at <= %(as_of)s GROUP BY petition, stay, unit
    HAVING NOT bool_or(fact IN ('left', 'answered', 'withdrawn'))
        AND count(*) FILTER (WHERE fact = 'merged') <= count(*) FILTER (WHERE fact = 'unmerged')
"""

_UNITS = f"""
    WITH open_stays AS ({_OPEN}), opened AS (SELECT unit, count(*) AS open FROM open_stays GROUP BY unit),
    moved AS (
        SELECT unit, count(*) FILTER (WHERE fact = 'came') AS came,
            count(*) FILTER (WHERE fact = 'answered') AS answered
        FROM view_stays.facts seen
        WHERE fact IN ('came', 'answered') AND at >= %(starts)s AND at < %(ends)s AND recorded_at <= %(as_of)s
            AND NOT EXISTS (  -- a wrong clock's stay counts for nobody
                SELECT FROM view_stays.facts aside WHERE aside.petition = seen.petition AND aside.stay = seen.stay
                    AND aside.fact = 'set_aside' AND aside.recorded_at <= %(as_of)s)
        GROUP BY unit
    )
    SELECT COALESCE(moved.unit, opened.unit) AS unit, COALESCE(came, 0) AS came, COALESCE(answered, 0) AS answered,
        COALESCE(open, 0) AS open
    FROM moved FULL JOIN opened ON COALESCE(moved.unit, '') = COALESCE(opened.unit, '')
    ORDER BY open DESC, came DESC, unit NULLS FIRST
"""  # noqa: S608 - constants of this file

_STAFF = """
    SELECT by_id AS staff, count(DISTINCT petition) FILTER (WHERE fact = 'came') AS taken_in,
        count(DISTINCT petition) FILTER (WHERE fact <> 'came') AS worked_on,
        count(*) FILTER (WHERE fact = 'answered') AS answered,
        count(*) FILTER (WHERE fact <> 'answered') AS acts
    FROM view_stays.facts
    WHERE (fact IN ('acted', 'responded', 'answered') OR (fact = 'came' AND stay = 0)) AND by_role = ANY(%(roles)s)
        AND at >= %(starts)s AND at < %(ends)s AND recorded_at <= %(as_of)s
    GROUP BY by_id ORDER BY worked_on DESC, taken_in DESC, by_id
"""

_TOWN = f"""
    SELECT (
        SELECT count(*) FROM view_stays.facts WHERE fact = 'came' AND stay = 0
            AND at >= %(starts)s AND at < %(ends)s AND recorded_at <= %(as_of)s
    ), (SELECT count(DISTINCT petition) FROM ({_OPEN}) AS open_stays)
"""  # noqa: S608 - constants of this file


def unit_loads(connection: Connection[Any], period: Period, as_of: datetime) -> list[UnitLoad]:
    """Every unit that had something to do, most open first, by what was recorded until `as_of`."""
    with connection.cursor(row_factory=class_row(UnitLoad)) as answer:
        return answer.execute(_UNITS, _values(period, as_of)).fetchall()


def staff_loads(connection: Connection[Any], period: Period, as_of: datetime) -> list[StaffLoad]:
    """Every member of staff who did something in the period, by what was recorded until `as_of`."""
    with connection.cursor(row_factory=class_row(StaffLoad)) as answer:
        return answer.execute(_STAFF, _values(period, as_of)).fetchall()


def town_load(connection: Connection[Any], period: Period, as_of: datetime) -> TownLoad:
    """The whole community, by what was recorded until `as_of`."""
    with connection.cursor(row_factory=tuple_row) as answer:
        row = answer.execute(_TOWN, _values(period, as_of)).fetchone()
    return TownLoad(*row) if row else TownLoad(0, 0)


def per_thousand(count: int, residents: int) -> float:
    """The count per 1,000 residents, rounded to two places."""
    return round(count * 1000 / residents, 2)


def _values(period: Period, as_of: datetime) -> dict[str, Any]:
    roles = [role.value for role in STAFF]
    return {"starts": period.starts, "ends": period.ends, "as_of": as_of, "roles": roles}
