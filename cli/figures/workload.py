"""`suqiu workload`: what units and staff have on their hands."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from cli.figures.export import EXPORT, Column, Export
from cli.figures.spans import SPAN, Span, about, answer, asked, times, unit_name
from cli.options import COMMON, Common
from cli.screen import remark

if TYPE_CHECKING:
    from rulebook.model import Rulebook


def workload(*, staff: bool = False, span: Span = SPAN, files: Export = EXPORT, common: Common = COMMON) -> int:
    """Show what each unit has on its hands, and how much that is for 1,000 residents and for each of its people.

    Parameters
    ----------
    staff
        By member of staff, by their ids, instead of by unit: who carries too much. No rates, no ranks.
    """
    from office.rules.book_in_use import book_in_use
    from office.views import views
    from projections.workload import per_thousand, staff_loads, town_load, unit_loads

    settings = common.settings()
    book = book_in_use(settings)
    given = asked(span, book)
    with views(settings) as connection:
        town = town_load(connection, given.period, given.as_of)
        people = staff_loads(connection, given.period, given.as_of) if staff else []
        units = [] if staff else unit_loads(connection, given.period, given.as_of)
    beside: dict[str, Any] = {"received": town.received, "open": town.open, **times(given, book)}
    day = min(given.as_of, given.period.ends).astimezone(book.zone).date()
    residents = book.community.residents_on(day) if book.community else None
    if residents and book.community:
        norm = book.community.norm_on(day)
        beside |= {
            "residents": residents,
            "received_per_1000": per_thousand(town.received, residents),
            "open_per_1000": per_thousand(town.open, residents),
            "residents_per_staff": norm,
            "staff_by_norm": -(-residents // norm),
            "staff": len(_staff_of_the_lowest_tier(book)),
            "lowest_tier": book.tiers[0].name.zh,
        }
    if staff:
        columns = [
            Column("工作人员", "staff"),
            Column("登记", "taken in", "count"),
            Column("经办", "worked on", "count"),
            Column("答复", "answered", "count"),
            Column("动作", "acts", "count"),
        ]
        rows: list[Any] = [(each.staff, each.taken_in, each.worked_on, each.answered, each.acts) for each in people]
        json_rows = [asdict(each) for each in people]
    else:
        columns = [
            Column("承办单位", "unit"),
            Column("收件", "came", "count"),
            Column("答复", "answered", "count"),
            Column("在办", "open", "count"),
            Column("每千人在办", "open per 1,000 residents", "count"),
            Column("人数", "staff", "count"),
            Column("人均在办", "open per person", "count"),
        ]
        people_of = {unit.id: len(unit.staff) for unit in book.units}
        hands = [people_of.get(each.unit or "") for each in units]
        each_has = [round(each.open / many, 2) if many else None for each, many in zip(units, hands, strict=True)]
        thousandth = [per_thousand(each.open, residents) if residents else None for each in units]
        rows = [
            (unit_name(book, each.unit), each.came, each.answered, each.open, rate, many, share)
            for each, rate, many, share in zip(units, thousandth, hands, each_has, strict=True)
        ]
        json_rows = [
            {
                **asdict(each),
                "name": unit_name(book, each.unit),
                "open_per_1000": rate,
                "staff": many,
                "open_per_person": share,
            }
            for each, rate, many, share in zip(units, thousandth, hands, each_has, strict=True)
        ]
    code = answer(
        "工作量 workload", columns, rows, book=book, common=common, files=files, json_rows=json_rows, beside=beside
    )
    if not (common.json or files.asked):
        _say(beside)
        about(given, book)
    return code


def _say(beside: dict[str, Any]) -> None:
    remark(f"受理 {beside['received']} received · 在办 {beside['open']} open")
    if "residents" in beside:
        remark(
            f"居民 {beside['residents']} residents · 每千人受理 {beside['received_per_1000']} received, "
            f"在办 {beside['open_per_1000']} open per 1,000 · 按每 {beside['residents_per_staff']} 人一名应有 "
            f"{beside['staff_by_norm']} staff by the norm, "
            f"{beside['lowest_tier']}各单位现有 {beside['staff']} in its units"
        )


def _staff_of_the_lowest_tier(book: "Rulebook") -> set[str]:
    return {person for unit in book.units if unit.tier == book.tiers[0].id for person in unit.staff}
