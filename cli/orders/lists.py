"""`suqiu order list | lists`: the orders there are, and the three lists (需求、资源、服务清单)."""

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from aggregates.orders.events import Kind
from cli.failures import WrongUse
from cli.figures.ledger import check_paging
from cli.moments import local_times, shown
from cli.options import COMMON, PAGING, Common, Paging
from cli.reads import READS, Reads
from cli.screen import OUT, emit, listing, remark
from projections.words import ORDER_CHARGES, ORDER_KINDS, ORDER_STAGES, both

if TYPE_CHECKING:
    from collections.abc import Sequence

    from projections.orders import OrderRow
    from rulebook.model import Rulebook


def list_(
    *,
    status: str | None = None,
    kind: Kind | None = None,
    service: str | None = None,
    unit: str | None = None,
    open_: Annotated[bool | None, Parameter(name="--open", negative="--closed")] = None,
    first: bool = False,
    late: bool = False,
    reads: Reads = READS,
    paging: Paging = PAGING,
    common: Common = COMMON,
) -> int:
    """List orders, oldest first. No personal data.

    Parameters
    ----------
    status
        posted, claimed, started, delivered, rated, closed or withdrawn.
    kind
        service, need, micro_wish or collective_wish.
    service
        An entry of the list of services.
    unit
        The id of the team or partner unit that has it.
    open_
        Only those something is still owed for; or only those where nothing is.
    first
        Only those whose resident comes first.
    late
        Only those whose promised time has passed.
    """
    from office.reading import hidden_from
    from office.rules.book_in_use import book_in_use
    from office.views import views
    from projections.orders import Filter, list_orders

    settings = common.settings()
    book = book_in_use(settings)
    _check(book, status, service, unit)
    check_paging(paging)
    which = Filter(
        status=status,
        kind=kind,
        service=service,
        unit=unit,
        open=open_,
        first=first or None,
        late=late or None,
    )
    reader = reads.orders_reader(book)
    with views(settings) as connection:
        which = replace(which, hidden=hidden_from(connection, reader, book))
        page = list_orders(connection, which, limit=paging.limit, cursor=paging.after)
    if common.json:
        emit({"total": page.total, "rows": [_row(row, book) for row in page.rows], "next": page.next})
        return 0
    _draw(page.rows, book)
    remark(f"共 {page.total} in all, {len(page.rows)} shown")
    if page.next:
        remark(f"go on with --after {page.next}")
    return 0


def lists(*, reads: Reads = READS, common: Common = COMMON) -> int:
    """三张清单: needs nobody has claimed (70 and more first), resources, and services with who offers them."""
    from office.reading import hidden_from
    from office.rules.book_in_use import book_in_use
    from office.views import views
    from projections.order_sentences import order_names_of
    from projections.orders import needs

    settings = common.settings()
    book = book_in_use(settings)
    agreed = book.service_orders
    if agreed is None:
        raise WrongUse(f"the rulebook {book.id} has no part service_orders")
    reader = reads.orders_reader(book)
    with views(settings) as connection:
        asked = needs(connection, hidden=hidden_from(connection, reader, book))
    offered = {
        service.id: [each.id for each in agreed.providers(book.units).values() if service.id in each.offers]
        for service in agreed.services
    }
    if common.json:
        services = [{**service.model_dump(), "offered_by": offered[service.id]} for service in agreed.services]
        resources = [resource.model_dump() for resource in agreed.resources]
        emit({"needs": [_row(row, book) for row in asked], "resources": resources, "services": services})
        return 0
    names = order_names_of(book)
    OUT.print("需求清单 needs", style="bold")
    _draw(asked, book)
    for title, rows in (
        ("资源清单 resources", [(entry, [entry.lent_by]) for entry in agreed.resources]),
        ("服务清单 services", [(entry, offered[entry.id]) for entry in agreed.services]),
    ):
        table = listing("编号 id", "名称 name", "提供 offered by", "收费 charge", title=title)
        for entry, by in rows:
            offering = "、".join(names(unit, "zh") for unit in by)
            table.add_row(entry.id, f"{entry.name.zh} {entry.name.en}", offering, both(ORDER_CHARGES, entry.charge))
        OUT.print(table)
    return 0


def _check(book: "Rulebook", status: str | None, service: str | None, unit: str | None) -> None:
    """An empty list would look like an answer: names the house does not know are refused."""
    agreed = book.service_orders
    if status is not None and status not in ORDER_STAGES:
        raise WrongUse(f"--status: expected one of {', '.join(ORDER_STAGES)}; found {status!r}")
    if agreed is not None and service is not None:
        agreed.service(service)
    if agreed is not None and unit is not None:
        agreed.provider(unit, book.units)


def _row(row: "OrderRow", book: "Rulebook") -> dict[str, Any]:
    told = local_times(asdict(row), book.zone)
    told["petition"] = None  # which one it came from is shown of one order, to who may read it
    return {"order": told.pop("order_id"), **told}


def _draw(rows: "Sequence[OrderRow]", book: "Rulebook") -> None:
    from projections.order_sentences import order_names_of

    names = order_names_of(book)
    table = listing(
        "受理编号 receipt", "状态 status", "类型 kind", "服务 service", "承接 unit", "承诺 promised by", "优先"
    )
    table.columns[0].no_wrap = True
    for row in rows:
        due = shown(row.due_at, book.zone)
        table.add_row(
            row.receipt,
            both(ORDER_STAGES, row.status),
            both(ORDER_KINDS, row.kind),
            names(row.service, "zh") if row.service else "—",
            names(row.unit, "zh") if row.unit else "—",
            f"[bold red]{due} 未守诺[/]" if row.late else due,
            "70+" if row.first else "",
            style="" if row.open else "dim",
        )
    OUT.print(table)
