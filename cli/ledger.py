"""`suqiu ledger`: the list of everything (民情台账)."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from cli.failures import WrongUse
from cli.moments import local_times, shown
from cli.options import COMMON, PAGING, Common, Paging
from cli.screen import OUT, emit, listing, remark
from cli.words import STAGES, both

if TYPE_CHECKING:
    from projections.ledger import LedgerRow
    from projections.paging import Page
    from projections.sentences import Names
    from rulebook.model import Rulebook


def ledger(
    *,
    status: str | None = None,
    category: str | None = None,
    tier: str | None = None,
    unit: str | None = None,
    community: str | None = None,
    open_: Annotated[bool | None, Parameter(name="--open", negative="--closed")] = None,
    overdue: bool = False,
    needs_human: bool = False,
    paging: Paging = PAGING,
    common: Common = COMMON,
) -> int:
    """List petitions, oldest first. No personal data.

    Parameters
    ----------
    status
        received, proposed, triaged, dispatched, accepted, returned, replied, confirmed, closed or withdrawn.
    category
        administrative, public_service, legal or stability.
    tier
        community, district or beyond.
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
    """
    from projections.ledger import Filter, list_petitions
    from workers.rulebooks import read_rulebook
    from workers.views import views

    settings = common.settings()
    book = read_rulebook(settings.rulebook)
    check_names(book, status=status, category=category, tier=tier, unit=unit)
    now = datetime.now(UTC)
    which = Filter(
        status=status,
        category=category,
        tier=tier,
        unit=unit,
        community=community,
        open=open_,
        needs_human=needs_human or None,
        overdue_at=now if overdue else None,
    )
    check_paging(paging)
    with views(settings) as connection:
        page = list_petitions(connection, which, limit=paging.limit, cursor=paging.after)
    if common.json:
        emit({"total": page.total, "rows": [_row(row, book, now) for row in page.rows], "next": page.next})
        return 0
    _draw(page, book, now)
    return 0


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
            both(STAGES, row.status),
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
