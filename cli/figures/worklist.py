"""`suqiu worklist`: what a unit has to act on, and what waits at every unit."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from cli.failures import WrongUse
from cli.figures.export import EXPORT, Column, Export, Row, Sheet, export
from cli.figures.ledger import Status, check_names, check_paging, named
from cli.moments import local_times, shown
from cli.options import COMMON, PAGING, Common, Paging
from cli.reads import READS, Reads
from cli.screen import OUT, emit, listing, remark, tell_left_out
from projections.words import OWES, STAGES, STEPS, URGENT, both

if TYPE_CHECKING:
    from psycopg import Connection

    from projections.paging import Page
    from projections.worklist import Load, WorkRow
    from rulebook.model import Rulebook


class Which(NamedTuple):
    """Which of a unit's work."""

    only: Literal["due_soon", "overdue"] | None
    status: str | None
    urgent: bool
    hidden: list[str]


def worklist(
    *,
    unit: str | None = None,
    due_soon: bool = False,
    overdue: bool = False,
    urgent: bool = False,
    status: Status = None,
    reads: Reads = READS,
    paging: Paging = PAGING,
    files: Export = EXPORT,
    common: Common = COMMON,
) -> int:
    """List what a unit has to act on: urgent first, then by deadline. Without a unit: how much waits at each.

    Without a unit it also says how many erasures of personal data wait, and for whom (`resident erasures` lists them).

    Parameters
    ----------
    unit
        The id of the unit.
    due_soon
        Only what a reminder was due for and whose deadline is ahead.
    overdue
        Only what is past its deadline.
    urgent
        Only what is served before others: danger to life, 70 years and more, minors.
    """
    from office.clock import wall_clock
    from office.reading import hidden_from
    from office.rules.book_in_use import book_in_use
    from office.views import views
    from projections.erasures import waiting
    from projections.generation import Generation
    from projections.worklist import Worklist, loads, work_of

    settings = common.settings()
    book = book_in_use(settings)
    check_names(book, status=status, unit=unit)
    check_paging(paging)
    if due_soon and overdue:
        raise WrongUse("--due-soon, --overdue: expected at most one of them")
    if unit is None and (due_soon or overdue or urgent or status):
        raise WrongUse("--due-soon, --overdue, --urgent, --status: expected together with --unit")
    reader = reads.reader(book)
    now = wall_clock()
    with views(settings) as connection:
        hidden = hidden_from(connection, reader, book)
        which = Which("due_soon" if due_soon else "overdue" if overdue else None, status, urgent, hidden)
        if files.asked:
            sheet = (
                _loads_sheet(loads(connection, now, hidden=hidden), book)
                if unit is None
                else Sheet("待办清单", COLUMNS, _every(connection, unit, now, which, book))
            )
            return export(sheet, files, book.zone, json=common.json)
        if unit is None:
            erasures = Counter(row.waits_for for row in waiting(connection))
            _show_loads(loads(connection, now, hidden=hidden), book, erasures, json=common.json)
            return 0
        page = work_of(connection, unit, now, **which._asdict(), limit=paging.limit, cursor=paging.after)
        left_out = [row for row, _ in Generation(Worklist(), connection).waiting()]
    if common.json:
        rows = [local_times(asdict(row), book.zone) for row in page.rows]
        emit({"total": page.total, "rows": rows, "next": page.next, "left_out": [row._asdict() for row in left_out]})
    else:
        _draw(page, unit, book)
        tell_left_out(left_out)
    return 1 if left_out else 0


COLUMNS = (
    Column("受理编号", "receipt"),
    Column("要做", "owes"),
    Column("状态", "status"),
    Column("类别", "category"),
    Column("层级", "tier"),
    Column("事项", "matter"),
    Column("紧急", "urgent"),
    Column("受理时间", "received", "moment"),
    Column("到期", "due", "moment"),
    Column("将到期", "due soon"),
    Column("逾期", "overdue"),
    Column("升级", "escalations", "count"),
    Column("不办则", "or else"),
    Column("届时", "then", "moment"),
)
"""Of a unit's list written to a file."""


def _every(connection: "Connection[Any]", unit: str, now: datetime, which: Which, book: "Rulebook") -> "Iterator[Row]":
    """A unit's whole list, page by page."""
    from projections.paging import LARGEST
    from projections.sentences import names_of
    from projections.worklist import work_of

    names = names_of(book)
    after: str | None = None
    while True:
        page = work_of(connection, unit, now, **which._asdict(), limit=LARGEST, cursor=after)
        for row in page.rows:
            yield (
                row.receipt,
                both(OWES, row.owes),
                both(STAGES, row.status),
                *(name and names(name, "zh") for name in (row.category, row.tier, row.matter)),
                row.urgent and both(URGENT, row.urgent),
                row.received_at,
                row.due_at,
                row.due_soon,
                row.overdue,
                row.escalations,
                row.next_step and both(STEPS, row.next_step),
                row.next_at,
            )
        after = page.next
        if after is None:
            return


def _loads_sheet(every: "list[Load]", book: "Rulebook") -> Sheet:
    columns = (
        Column("承办单位", "unit"),
        Column("单位编号", "id"),
        Column("待办", "open", "count"),
        Column("将到期", "due soon", "count"),
        Column("逾期", "overdue", "count"),
        Column("协办", "assisting", "count"),
    )
    names = {entry.id: entry.name.zh for entry in book.units}
    rows = [
        (names.get(load.unit, load.unit), load.unit, load.open, load.due_soon, load.overdue, load.assisting)
        for load in every
    ]
    return Sheet("各单位待办", columns, rows)


def _show_loads(every: "list[Load]", book: "Rulebook", erasures: "Counter[str | None]", *, json: bool) -> None:
    office, leader = erasures["office"], erasures["leader"]
    if json:
        rows = [asdict(load) for load in every]
        emit({"total": len(every), "rows": rows, "next": None, "erasures": {"office": office, "leader": leader}})
        return
    table = listing("承办单位 unit", "id", "待办 open", "将到期 due soon", "逾期 overdue", "协办 assisting")
    for load in every:
        late = f"[bold red]{load.overdue}[/]" if load.overdue else "0"
        soon = f"[yellow]{load.due_soon}[/]" if load.due_soon else "0"
        names = {entry.id: entry.name.zh for entry in book.units}
        table.add_row(names.get(load.unit, load.unit), load.unit, str(load.open), soon, late, str(load.assisting))
    for column in table.columns[2:]:
        column.justify = "right"
    OUT.print(table)
    if office or leader:
        remark(
            f"删除个人信息申请 erasures: {office} 件待办理 wait for the office, {leader} 件待领导批准 for a leader "
            "(`suqiu resident erasures`)"
        )


def _draw(page: "Page[WorkRow]", unit: str, book: "Rulebook") -> None:
    from projections.sentences import names_of

    names = names_of(book)
    name = book.unit(unit).name
    table = listing(
        "受理编号 receipt",
        "要做 owes",
        "状态 status",
        "类别 category",
        "到期 due",
        "不办则 or else",
        title=f"{name.zh} {name.en}",
    )
    table.columns[0].no_wrap = True
    for row in page.rows:
        due = shown(row.due_at, book.zone) + (" 暂定" if row.provisional else "")
        colour = "bold red" if row.overdue else "yellow" if row.due_soon else ""
        table.add_row(
            row.receipt,
            both(OWES, row.owes),
            both(STAGES, row.status) + (" [bold red]急[/]" if row.urgent else ""),
            named(names, row.category),
            f"[{colour}]{due}[/]" if colour else due,
            f"{both(STEPS, row.next_step)} {shown(row.next_at, book.zone)}" if row.next_step else "—",
        )
    OUT.print(table)
    remark(f"共 {page.total} in all, {len(page.rows)} shown")
    if page.next:
        remark(f"go on with --after {page.next}")
