"""What reports have in common: the span they are about, the instant whose record they follow, how they are answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from cyclopts import Parameter

from cli.failures import WrongUse
from cli.figures.export import Column, Export, Row, Sheet, export
from cli.moments import not_ahead, read_day, read_moment, shown
from cli.options import Common, Paging
from cli.screen import OUT, emit, listing, remark, remarks

if TYPE_CHECKING:
    from projections.periods import Period
    from rulebook.model import Rulebook

DESK = "desk"
"""How the desk that dispatches is called where units are: what waits there has none."""


@Parameter(name="*")
@dataclass(frozen=True)
class Span:
    """Which days a report is about, and by whose knowledge."""

    period: Annotated[
        str | None,
        Parameter(
            help="A day, month, quarter, half or year: 2025-10-09, 2025-10, 2025-Q4, 2025-H2, 2025 (this month)."
        ),
    ] = None
    from_: Annotated[str | None, Parameter(name="--from", help="First day, as 2025-10-01.")] = None
    to: Annotated[str | None, Parameter(help="Last day, as 2025-10-31 (today).")] = None
    as_of: Annotated[
        str | None, Parameter(help="By what was on record then, as 2025-11-03T09:00 (now): the same report, later.")
    ] = None


SPAN = Span()


class Asked(NamedTuple):
    """The period, and the instant until which the record is read."""

    period: "Period"
    as_of: datetime


def asked(span: Span, book: "Rulebook") -> Asked:
    """What the options mean; remarks go beside the answer.

    Raises:
        BadPeriod, WrongUse: they mean nothing.
    """
    from office.clock import wall_clock
    from projections.periods import days, month_of, period_of

    now = wall_clock()
    as_of = moment(span.as_of, book, now)
    if span.period is not None and (span.from_ or span.to):
        raise WrongUse("--period, --from, --to: expected either a period or days")
    if span.to is not None and span.from_ is None:
        raise WrongUse("--to: expected together with --from")
    if span.from_ is not None:
        today = now.astimezone(book.zone).date()
        notes: list[str] = []
        first = read_day("--from", span.from_, book.zone, notes)
        last = read_day("--to", span.to, book.zone, notes) if span.to else today
        remarks(notes)
        return Asked(days(first, last, book.zone), as_of)
    period = month_of(as_of, book.zone) if span.period is None else period_of(span.period, book.zone)
    return Asked(period, as_of)


def moment(as_of: str | None, book: "Rulebook", now: datetime) -> datetime:
    """The instant typed as `--as-of`; now, if none was.

    Raises:
        WrongUse: it is none, or has not been yet.
    """
    if as_of is None:
        return now
    notes: list[str] = []
    read = not_ahead("--as-of", read_moment("--as-of", as_of, book.zone, notes), now)
    remarks(notes)
    return read


def answer(
    title: str,
    columns: Sequence[Column],
    rows: Sequence[Row],
    *,
    book: "Rulebook",
    common: Common,
    files: Export,
    json_rows: Sequence[Mapping[str, Any]],
    beside: Mapping[str, Any],
    paging: Paging | None = None,
) -> int:
    """Answer a report as it was asked for: in files, as JSON (`beside` stands beside its rows), or as a table.

    With `paging` a page of it; files are whole.

    Raises:
        WrongUse: the limit is none.
        BadCursor: the cursor is none.
    """
    if files.asked:
        return export(Sheet(title.split(maxsplit=1)[0], columns, rows), files, book.zone, json=common.json)
    total, following = len(rows), None
    if paging is not None:
        from projections.paging import LARGEST, part_of

        if not 1 <= paging.limit <= LARGEST:
            raise WrongUse(f"--limit: expected 1 to {LARGEST}; found {paging.limit}")
        part, following = part_of(total, limit=paging.limit, cursor=paging.after)
        rows, json_rows = rows[part], json_rows[part]
    if common.json:
        page = {} if paging is None else {"next": following}
        emit({"total": total, "rows": list(json_rows), **page, **beside})
        return 0
    table = listing(*(column.header for column in columns), title=title)
    for column, drawn in zip(columns, table.columns, strict=True):
        drawn.justify = "left" if column.kind == "text" else "right"
    for row in rows:
        table.add_row(*(_cell(cell, column, book) for cell, column in zip(row, columns, strict=True)))
    OUT.print(table)
    if paging is not None:
        remark(f"共 {total} in all, {len(rows)} shown" + (f"; go on with --after {following}" if following else ""))
    return 0


def about(given: Asked, book: "Rulebook") -> None:
    """Say which days a report is about, and what it knows."""
    remark(f"{given.period.label} · 按 {shown(given.as_of, book.zone)} 在册记录 by what was on record then")


def times(given: Asked, book: "Rulebook") -> dict[str, Any]:
    """The same for programs."""
    from cli.moments import iso

    return {
        "period": given.period.label,
        "from": iso(given.period.starts, book.zone),
        "to": iso(given.period.ends, book.zone),
        "as_of": iso(given.as_of, book.zone),
    }


def unit_name(book: "Rulebook", unit: str | None) -> str:
    """A unit as people call it; the desk for none."""
    if unit is None:
        return "受理派单台 desk"
    return next((known.name.zh for known in book.units if known.id == unit), unit)


def percent(rate: float | None) -> str:
    """A share as people read it."""
    return "—" if rate is None else f"{rate:.1%}"


def _cell(cell: Any, column: Column, book: "Rulebook") -> str:
    if isinstance(cell, datetime):
        return shown(cell, book.zone)
    if column.kind == "rate":
        return percent(cell)
    return "—" if cell is None else str(cell)
