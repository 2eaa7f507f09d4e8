"""`suqiu ping-pong`: what units sent on to each other."""

from dataclasses import asdict
from typing import Any

from cli.figures.export import EXPORT, Column, Export
from cli.figures.spans import SPAN, Span, about, answer, asked, times, unit_name
from cli.moments import iso
from cli.options import COMMON, PAGING, Common, Paging
from cli.reads import READS, Reads
from cli.screen import remark


def ping_pong(
    *,
    petitions: bool = False,
    span: Span = SPAN,
    paging: Paging = PAGING,
    files: Export = EXPORT,
    reads: Reads = READS,
    common: Common = COMMON,
) -> int:
    """Show what units sent on to each other by return or transfer, by pair of units.

    Parameters
    ----------
    petitions
        List the petitions that were sent on twice or more, with their way, instead of the pairs.
    """
    from office.reading import hidden_from
    from office.rules.book_in_use import book_in_use
    from office.views import views
    from projections.ping_pong import ping_pong as sent_on

    settings = common.settings()
    book = book_in_use(settings)
    given = asked(span, book)
    reader = reads.reader(book)
    with views(settings) as connection:
        found = sent_on(connection, given.period, given.as_of)
        hidden = hidden_from(connection, reader, book)
    chains = [each for each in found.chains if each.petition not in hidden]
    if petitions:
        columns = [
            Column("受理编号", "receipt"),
            Column("次数", "hops", "count"),
            Column("经过", "way"),
            Column("最近", "last", "moment"),
        ]
        rows: list[Any] = [
            (each.receipt, each.hops, " → ".join(unit_name(book, unit) for unit in each.units), each.last_at)
            for each in chains
        ]
        json_rows: list[dict[str, Any]] = [
            {**each._asdict(), "last_at": iso(each.last_at, book.zone)} for each in chains
        ]
    else:
        columns = [
            Column("自", "from"),
            Column("至", "to"),
            Column("退单", "returns", "count"),
            Column("转办", "transfers", "count"),
        ]
        rows = [
            (unit_name(book, pair.from_unit), unit_name(book, pair.to_unit), pair.returns, pair.transfers)
            for pair in found.pairs
        ]
        json_rows = [asdict(pair) for pair in found.pairs]
    beside = {"hops": sum(pair.hops for pair in found.pairs), "back_and_forth": len(chains), **times(given, book)}
    code = answer(
        "往返转退 ping-pong",
        columns,
        rows,
        book=book,
        common=common,
        files=files,
        json_rows=json_rows,
        beside=beside,
        paging=paging,
    )
    if not (common.json or files.asked):
        remark(f"转退 {beside['hops']} 次 hops · 两次以上 {beside['back_and_forth']} 件 sent on twice or more")
        about(given, book)
    return code
