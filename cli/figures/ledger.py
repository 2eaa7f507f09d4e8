"""`suqiu ledger`: the list of everything (民情台账)."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from cli.failures import WrongUse
from cli.figures.export import EXPORT, Column, Export, Row, Sheet, export
from cli.moments import local_times, shown
from cli.options import COMMON, PAGING, Common, Paging
from cli.reads import READS, Reads
from cli.screen import OUT, emit, listing, remark, tell_left_out
from projections.words import CHANNELS, OUTCOMES, STAGES, URGENT, both

if TYPE_CHECKING:
    from psycopg import Connection

    from projections.ledger import Filter, LedgerRow
    from projections.paging import Page
    from projections.sentences import Names
    from rulebook.model import Rulebook


Status = Annotated[str | None, Parameter(help=f"One of {', '.join(STAGES)}.")]


def ledger(
    *,
    status: Status = None,
    category: str | None = None,
    tier: str | None = None,
    unit: str | None = None,
    community: str | None = None,
    open_: Annotated[bool | None, Parameter(name="--open", negative="--closed")] = None,
    overdue: bool = False,
    needs_human: bool = False,
    urgent: bool = False,
    reads: Reads = READS,
    paging: Paging = PAGING,
    files: Export = EXPORT,
    common: Common = COMMON,
) -> int:
    """List petitions, oldest first. No personal data. Written to a file, the list is whole, whatever --limit says.

    Parameters
    ----------
    category
        The id of a category of the rulebook (`suqiu rulebook check` lists them).
    tier
        The id of a tier of the rulebook.
    unit
        The id of the unit that has it.
    community
        The community that took it in.
    open_
        Only those something is still owed for; or only those where nothing is.
    overdue
        Only those whose running clock has ended.
    needs_human
        Only those that wait for a person to say where they belong.
    urgent
        Only those served before others: danger to life, 70 years and more, minors.
    """
    from office.clock import wall_clock
    from office.reading import hidden_from
    from office.rules.book_in_use import book_in_use
    from office.views import views
    from projections.generation import Generation
    from projections.ledger import Filter, Ledger, list_petitions

    settings = common.settings()
    book = book_in_use(settings)
    check_names(book, status=status, category=category, tier=tier, unit=unit)
    now = wall_clock()
    which = Filter(
        status=status,
        category=category,
        tier=tier,
        unit=unit,
        community=community,
        open=open_,
        needs_human=needs_human or None,
        urgent=urgent or None,
        overdue_at=now if overdue else None,
    )
    check_paging(paging)
    reader = reads.reader(book)
    with views(settings) as connection:
        which = replace(which, hidden=hidden_from(connection, reader, book))
        if files.asked:
            sheet = Sheet("民情台账", COLUMNS, _every(connection, which, book, now))
            return export(sheet, files, book.zone, json=common.json)
        page = list_petitions(connection, which, limit=paging.limit, cursor=paging.after)
        left_out = [row for row, _ in Generation(Ledger(), connection).waiting()]
    if common.json:
        rows = [_row(row, book, now) for row in page.rows]
        emit({"total": page.total, "rows": rows, "next": page.next, "left_out": [row._asdict() for row in left_out]})
    else:
        _draw(page, book, now)
        tell_left_out(left_out)
    return 1 if left_out else 0


COLUMNS = (
    Column("受理编号", "receipt"),
    Column("状态", "status"),
    Column("类别", "category"),
    Column("层级", "tier"),
    Column("事项", "matter"),
    Column("承办单位", "unit"),
    Column("渠道", "channel"),
    Column("受理地", "community"),
    Column("紧急", "urgent"),
    Column("人数", "residents", "count"),
    Column("受理时间", "received", "moment"),
    Column("到期", "due", "moment"),
    Column("暂定", "provisional"),
    Column("逾期", "overdue"),
    Column("升级", "escalations", "count"),
    Column("退单", "returns", "count"),
    Column("异议", "disputes", "count"),
    Column("结果", "outcome"),
    Column("按时", "on time"),
    Column("待甄别", "needs a person"),
    Column("办结时间", "closed", "moment"),
)
"""Of the list written to a file."""


def _every(connection: "Connection[Any]", which: "Filter", book: "Rulebook", now: datetime) -> "Iterator[Row]":
    """The whole list, page by page."""
    from projections.ledger import list_petitions
    from projections.paging import LARGEST
    from projections.sentences import names_of

    names = names_of(book)
    after: str | None = None
    while True:
        page = list_petitions(connection, which, limit=LARGEST, cursor=after)
        for row in page.rows:
            yield (
                row.receipt,
                both(STAGES, row.status),
                *(name and names(name, "zh") for name in (row.category, row.tier, row.matter, row.unit)),
                both(CHANNELS, row.channel),
                row.community,
                row.urgent and both(URGENT, row.urgent),
                row.residents,
                row.received_at,
                row.due_at,
                row.provisional,
                row.due_at is not None and row.due_at < now,
                row.escalations,
                row.returns,
                row.disputes,
                row.outcome and both(OUTCOMES, row.outcome),
                row.on_time,
                row.needs_human,
                row.closed_at,
            )
        after = page.next
        if after is None:
            return


def check_names(
    book: "Rulebook",
    *,
    status: str | None = None,
    category: str | None = None,
    tier: str | None = None,
    unit: str | None = None,
) -> None:
    """Refuse names the house does not know: an empty list would look like an answer.

    Raises:
        WrongUse, UnknownName: a filter names nothing.
    """
    if status is not None and status not in STAGES:
        raise WrongUse(f"--status: expected one of {', '.join(STAGES)}; found {status!r}")
    for look_up, name in ((book.category, category), (book.tier, tier), (book.unit, unit)):
        if name is not None:
            look_up(name)


def check_paging(paging: Paging) -> None:
    """Refuse what no page can be.

    Raises:
        WrongUse: the limit is out of range.
        BadCursor: the cursor is none.
    """
    from projections.paging import LARGEST, read_cursor

    if not 1 <= paging.limit <= LARGEST:
        raise WrongUse(f"--limit: expected 1 to {LARGEST}; found {paging.limit}")
    if paging.after is not None:
        read_cursor(paging.after)


def _row(row: "LedgerRow", book: "Rulebook", now: datetime) -> dict[str, object]:
    overdue = row.due_at is not None and row.due_at < now
    return {**local_times(asdict(row), book.zone), "overdue": overdue}


def _draw(page: "Page[LedgerRow]", book: "Rulebook", now: datetime) -> None:
    from projections.sentences import names_of

    names = names_of(book)
    table = listing("受理编号 receipt", "状态 status", "类别 category", "层级 tier", "承办 unit", "到期 due", "升级")
    table.columns[0].no_wrap = True
    for row in page.rows:
        late = row.due_at is not None and row.due_at < now
        due = shown(row.due_at, book.zone) + (" 暂定" if row.provisional else "")
        table.add_row(
            row.receipt,
            both(STAGES, row.status) + (" [bold red]急[/]" if row.urgent else ""),
            named(names, row.category),
            named(names, row.tier),
            named(names, row.unit),
            f"[bold red]{due} 逾期[/]" if late else due,
            str(row.escalations or ""),
            style="" if row.open else "dim",
        )
    OUT.print(table)
    remark(f"共 {page.total} in all, {len(page.rows)} shown")
    if page.next:
        remark(f"go on with --after {page.next}")


def named(names: "Names", id_: str | None) -> str:
    """What people call it in Chinese; a dash for nothing."""
    return "—" if id_ is None else names(id_, "zh")
