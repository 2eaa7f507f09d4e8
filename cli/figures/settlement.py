"""`suqiu settlement`: at which level things were settled."""

from dataclasses import asdict

from cli.figures.export import EXPORT, Column, Export
from cli.figures.spans import SPAN, Span, about, answer, asked, times
from cli.options import COMMON, Common
from projections.words import OUTCOMES

LEVELS = {"grid": "网格"}


def settlement(*, span: Span = SPAN, files: Export = EXPORT, common: Common = COMMON) -> int:
    """Show at which level things were settled: in the grid (by a section or building lead on the spot), or at a tier.

    An answer counts while it stands: a disputed one does not.
    """
    from office.rules.book_in_use import book_in_use
    from office.views import views
    from projections.settlement import settlement as levels

    settings = common.settings()
    book = book_in_use(settings)
    given = asked(span, book)
    tiers = [tier.id for tier in book.tiers]
    leads = book.grid_leads
    with views(settings) as connection:
        found = levels(connection, given.period, given.as_of, tiers=tiers, leads=leads)
    whole = sum(level.settled for level in found)
    names = LEVELS | {tier.id: tier.name.zh for tier in book.tiers}
    columns = (
        Column("办结层级", "level"),
        Column("办结", "settled", "count"),
        Column("占比", "share", "rate"),
        *(Column(word, outcome, "count") for outcome, word in OUTCOMES.items()),
    )
    shares = [level.settled / whole if whole else None for level in found]
    rows = [
        (f"{names.get(each.level, '')} {each.level}", each.settled, share, each.resolved, each.explained, each.refused)
        for each, share in zip(found, shares, strict=True)
    ]
    json_rows = [{**asdict(each), "share": share} for each, share in zip(found, shares, strict=True)]
    beside = {"settled": whole, **times(given, book)}
    code = answer(
        "办结层级 settlement",
        columns,
        rows,
        book=book,
        common=common,
        files=files,
        json_rows=json_rows,
        beside=beside,
    )
    if not (common.json or files.asked):
        about(given, book)
    return code
