"""`suqiu outbox`: what residents and units are told, and what became of it."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from cli.failures import WrongUse
from cli.figures.ledger import check_names, check_paging
from cli.moments import iso, local_times, shown
from cli.options import COMMON, PAGING, Common, Paging
from cli.screen import OUT, emit, listing, remark
from cli.words import Words
from projections.words import AUDIENCES, DELIVERIES, both

if TYPE_CHECKING:
    from projections.outbox import OutboxRow
    from projections.paging import Page
    from rulebook.model import Rulebook


BESIDE_THE_ID = 90
"""Columns the rest of a line of the list needs."""


def outbox(
    *,
    status: str | None = None,
    receipt: str | None = None,
    to: str | None = None,
    unit: str | None = None,
    read: str | None = None,
    by: str | None = None,
    reason: str | None = None,
    paging: Paging = PAGING,
    common: Common = COMMON,
) -> int:
    """List what residents and units are told, oldest first, without its text; or open one text, saying why.

    Parameters
    ----------
    status
        outbox (for staff to pass on), unreachable (no contact is known), waiting, delivered or failed.
    receipt
        Only messages about this petition.
    to
        resident, unit or lead.
    unit
        Only messages to this unit.
    read
        Open the text of the message with this id: a resident's, for who may read the petition; a unit's, for that unit,
        leaders of its tier or above and the committee. Who looked, and why, is recorded.
    by
        Who reads the list, or opens the text: a staff id or name of the rulebook. Without a name, messages about
        petitions that complain about a unit are left out.
    reason
        Why, as `-`, which asks or reads standard input, or `@FILE`: typed here, others on this machine see it.
    """
    if read is not None:
        said = Words(common).of({"reason": reason}, needed=("reason",) if by is not None else ())
        return _read(read, by, said.get("reason"), common)
    if reason is not None:
        raise WrongUse("--reason: expected together with --read")
    from cli.doors import actor
    from office.identity import normalised
    from office.reading import hidden_from
    from office.rules.book_in_use import book_in_use
    from office.views import views
    from projections.outbox import Filter, list_messages

    settings = common.settings()
    book = book_in_use(settings)
    for option, value, known in (("--status", status, DELIVERIES), ("--to", to, AUDIENCES)):
        if value is not None and value not in known:
            raise WrongUse(f"{option}: expected one of {', '.join(known)}; found {value!r}")
    check_names(book, unit=unit)
    check_paging(paging)
    reader = actor(by, book) if by is not None else None
    with views(settings) as connection:
        hidden = hidden_from(connection, reader, book)
        receipt = normalised(receipt) if receipt else None
        which = Filter(status=status, receipt=receipt, audience=to, unit=unit, hidden=hidden)
        page = list_messages(connection, which, limit=paging.limit, cursor=paging.after)
    if common.json:
        rows = [local_times(asdict(row), book.zone) for row in page.rows]
        emit({"total": page.total, "rows": rows, "next": page.next})
    else:
        _draw(page, book)
    return 0


def _read(message: str, by: str | None, reason: str | None, common: Common) -> int:
    if by is None or not (reason or "").strip():
        raise WrongUse("--read: expected who opens it and why, with --by and --reason")
    from cli.doors import actor, intake_of, opened
    from office.letters import open_message

    with opened(common) as ours:
        intake_of(ours)
        event, texts = open_message(ours, message, actor(by, ours.rules), (reason or "").strip())
        zone = ours.rules.zone
    if common.json:
        emit(
            {
                "message": message,
                "receipt": event.receipt,
                "to": event.to,
                "unit": event.unit,
                "template": event.template,
                "template_version": event.template_version,
                "written_at": iso(event.at, zone),
                **texts,
            }
        )
        return 0
    for language, text in texts.items():
        OUT.print(language, style="bold cyan", markup=False)
        OUT.print(text or "—", markup=False, soft_wrap=True)
    remark("查阅已记录 the look is on record")
    return 0


def _draw(page: "Page[OutboxRow]", book: "Rulebook") -> None:
    table = listing("写成 written", "受理编号 receipt", "给 to", "内容 template · id", "状态 status", "次数")
    for column in (0, 1):
        table.columns[column].no_wrap = True
    longest = max((len(row.message) for row in page.rows), default=0)
    if OUT.width >= longest + BESIDE_THE_ID:
        table.columns[3].min_width = longest  # an id is copied whole
    names = {entry.id: entry.name.zh for entry in book.units}
    for row in page.rows:
        to = both(AUDIENCES, row.audience) + (f" {names.get(row.unit, row.unit)}" if row.unit else "")
        status = both(DELIVERIES, row.status) + (f" {row.code}" if row.code else "")
        if row.status == "waiting" and row.not_before and row.not_before > row.written_at:
            status += f" {shown(row.not_before, book.zone)} 起"
        table.add_row(
            shown(row.written_at, book.zone),
            row.receipt,
            to,
            f"{row.template} v{row.template_version}\n[dim]{row.message}[/]",
            f"[bold red]{status}[/]" if row.status == "failed" else status,
            str(row.attempts or ""),
        )
    OUT.print(table)
    remark(f"共 {page.total} in all, {len(page.rows)} shown")
    if page.next:
        remark(f"go on with --after {page.next}")
