"""`suqiu recurring`: matters that come back in a section of the grid."""

from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter

from cli.failures import WrongUse
from cli.figures.export import EXPORT, Column, Export
from cli.figures.ledger import named
from cli.figures.spans import answer, moment
from cli.moments import iso, local_times
from cli.options import COMMON, PAGING, Common, Paging
from cli.reads import READS, Reads
from cli.screen import remark


def recurring(
    *,
    as_of: Annotated[str | None, Parameter(help="By what was on record then (now).")] = None,
    days: Annotated[int | None, Parameter(help="Only this window of the rulebook, in days.")] = None,
    paging: Paging = PAGING,
    files: Export = EXPORT,
    reads: Reads = READS,
    common: Common = COMMON,
) -> int:
    """Show matters that come back in a section of the grid: as often as the rulebook says, within its days.

    Places and matters only, never people.
    """
    from office.clock import wall_clock
    from office.reading import hidden_from
    from office.rules.book_in_use import book_in_use
    from office.views import views
    from projections.recurring import Threshold, clusters
    from projections.sentences import names_of

    settings = common.settings()
    book = book_in_use(settings)
    at = moment(as_of, book, wall_clock())
    windows = [Threshold(each.days, each.at_least) for each in book.recurring.windows] if book.recurring else []
    if days is not None and days not in {window.days for window in windows}:
        known = ", ".join(str(window.days) for window in windows) or "none: the rulebook has no part `recurring`"
        raise WrongUse(f"--days: expected one of {known}; found {days}")
    reader = reads.reader(book)
    with views(settings) as connection:
        asked = [each for each in windows if days in (None, each.days)]
        found = clusters(connection, asked, at, hidden=hidden_from(connection, reader, book))
    names = names_of(book)
    places = {section.id: section.name.zh for section in book.sections}
    columns = (
        Column("片", "section"),
        Column("事项", "matter"),
        Column("天数", "days", "count"),
        Column("件数", "count", "count"),
        Column("阈值", "at least", "count"),
        Column("最早", "first", "moment"),
        Column("最近", "last", "moment"),
        Column("受理编号", "receipts"),
    )
    rows = [
        (
            places.get(each.section, each.section) if each.section else "未注明 not said",
            named(names, each.matter),
            each.days,
            each.count,
            each.at_least,
            each.first_at,
            each.last_at,
            " ".join(each.receipts),
        )
        for each in found
    ]
    json_rows = [local_times(asdict(each), book.zone) for each in found]
    beside = {"as_of": iso(at, book.zone)}
    if not book.recurring:
        remark("the rulebook says nothing of `recurring`: there are no thresholds")
    return answer(
        "反复多发 recurring",
        columns,
        rows,
        book=book,
        common=common,
        files=files,
        json_rows=json_rows,
        beside=beside,
        paging=paging,
    )
