"""`suqiu commitments`: what units promised and kept, and what partner units signed (共建承诺)."""

from dataclasses import asdict

from cli.options import COMMON, Common
from cli.screen import OUT, emit, listing
from projections.words import both

STATES = {"kept": "已兑现", "running": "进行中", "missed": "未兑现"}


def commitments(*, unit: str | None = None, common: Common = COMMON) -> int:
    """Show per team and partner unit what was claimed, kept and not kept, and how far signed commitments are.

    Parameters
    ----------
    unit
        The id of a team or partner unit; all without it.
    """
    from office.clock import wall_clock
    from office.rules.book_in_use import book_in_use
    from office.views import views
    from projections.commitments import commitments as signed_by
    from projections.commitments import units
    from projections.order_sentences import order_names_of

    settings = common.settings()
    book = book_in_use(settings)
    if unit is not None and book.service_orders is not None:
        book.service_orders.provider(unit, book.units)
    with views(settings) as connection:
        promised = units(connection, book, unit)
        signed = signed_by(connection, book, wall_clock(), unit)
    if common.json:
        rows = [asdict(row) for row in promised]
        emit({"total": len(rows), "rows": rows, "commitments": [asdict(row) for row in signed]})
        return 0
    names = order_names_of(book)
    table = listing(
        "单位 unit", "认领 claimed", "守诺 kept", "未守诺 broken", "退回 released", "进行 running", "评分 mean"
    )
    for row in promised:
        figures = (row.claimed, row.kept, row.broken, row.released, row.running)
        mean = "—" if row.mean is None else f"{row.mean:.2f}（{row.scores}）"
        table.add_row(names(row.unit, "zh"), *(str(figure) for figure in figures), mean)
    OUT.print(table)
    table = listing("共建单位 partner", "承诺 commitment", "完成 delivered", "期限 days", "状态 state")
    for each in signed:
        done = f"{each.delivered} / {each.times}"
        dates = f"{each.since} – {each.until}"
        table.add_row(names(each.partner, "zh"), names(each.commitment, "zh"), done, dates, both(STATES, each.state))
    OUT.print(table)
    return 0
