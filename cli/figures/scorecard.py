"""`suqiu scorecard`: what units received and what came of it. Units are scored, never residents."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cli.failures import WrongUse
from cli.figures.export import EXPORT, Column, Export
from cli.figures.ledger import check_names
from cli.figures.spans import DESK, SPAN, Asked, Span, about, answer, asked, times, unit_name
from cli.moments import iso
from cli.options import COMMON, PAGING, Common, Paging
from cli.reads import READS, Reads
from cli.screen import OUT, emit, listing
from projections.words import both

if TYPE_CHECKING:
    from projections.scorecard import Rate, Scorecard, Verdict
    from rulebook.model import Rulebook

MEASURES = {
    "response": "回应率",
    "contact": "联系及时率",
    "on_time": "按时率",
    "resolution": "解决率",
    "satisfaction": "满意率",
    "confirmation": "确认率",
}
FINDINGS = {"kept": "计入", "missed": "未达", "excluded": "不计", "open": "未定"}
REASONS = {
    "withdrawn": "居民撤回",
    "merged": "并案",
    "parked": "挂账",
    "returned": "已退单",
    "transferred": "已转办",
    "moved": "已转出",
    "anonymous": "匿名且无联系方式",
    "silent": "回访未答",
    "not_said": "未表态",
    "no_window": "无回应时限",
    "set_aside": "时钟有误，已撤除",
    "running": "尚未到期",
}


def scorecard(
    *,
    unit: str | None = None,
    explain: str | None = None,
    span: Span = SPAN,
    paging: Paging = PAGING,
    files: Export = EXPORT,
    reads: Reads = READS,
    common: Common = COMMON,
) -> int:
    """Score units: of what came to each in a period, what was responded to, in time, resolved, and to whose liking.

    Each figure is a numerator of a denominator; what is in neither was excluded by an event (withdrawn, merged, parked,
    returned, transferred, silent …) or is not decided yet, and `--explain` lists it, in pages as long as --limit says.

    Parameters
    ----------
    unit
        Only this unit.
    explain
        List the petitions behind each figure of this unit, with the event that says so; `desk`: who dispatches.
    """
    from office.reading import hidden_from
    from office.rules.book_in_use import book_in_use
    from office.views import views
    from projections.scorecard import explained, scorecards, together

    settings = common.settings()
    book = book_in_use(settings)
    if unit is not None and explain is not None:
        raise WrongUse("--unit, --explain: expected one of them")
    check_names(book, unit=unit if unit is not None else None if explain == DESK else explain)
    given = asked(span, book)
    reader = reads.reader(book)
    with views(settings) as connection:
        if explain is not None:
            hidden = hidden_from(connection, reader, book)
            found = explained(connection, given.period, given.as_of, None if explain == DESK else explain)
            found = [each for each in found if each.petition not in hidden]
            return _explain(found, explain, given, book, files, paging, common)
        cards = scorecards(connection, given.period, given.as_of)
    if unit is not None:
        cards = [card for card in cards if card.unit == unit]
    whole = together(cards)
    if common.json and not files.asked:
        rows = [_json(card, book) for card in cards]
        emit({"total": len(rows), "rows": rows, "all": _json(whole, book, name="all"), **times(given, book)})
        return 0
    if files.asked:
        columns = [Column("承办单位", "unit"), Column("单位编号", "id")]
        columns += [Column("收件", "received", "count"), Column("已答复", "answered", "count")]
        columns += [Column("时间有误", "impossible", "count")]
        for measure, name in MEASURES.items():
            columns += [
                Column(name, measure, "rate"),
                Column(f"{name}·分子", "numerator", "count"),
                Column(f"{name}·分母", "denominator", "count"),
                Column(f"{name}·不计", "excluded", "count"),
                Column(f"{name}·未定", "open", "count"),
            ]
        flat = [_flat(card, book) for card in cards]
        return answer("考评 scorecard", columns, flat, book=book, common=common, files=files, json_rows=(), beside={})
    _draw(cards, whole, book)
    if whole.impossible:
        OUT.print(
            f"{whole.impossible} 件经过的时间有误，未计入 · {whole.impossible} stays whose times cannot be, as a wrong "
            "clock leaves them: in no figure (`suqiu audit verify` names what was recorded ahead of its time)",
            style="yellow",
            soft_wrap=True,
        )
    about(given, book)
    return 0


def _flat(card: "Scorecard", book: "Rulebook") -> list[Any]:
    row: list[Any] = [unit_name(book, card.unit), card.unit or DESK, card.received, card.answered]
    row.append(card.impossible)
    for rate in card.rates.values():
        row += [rate.rate, rate.numerator, rate.denominator, rate.excluded.total(), rate.open]
    return row


def _json(card: "Scorecard", book: "Rulebook", name: str | None = None) -> dict[str, Any]:
    figures: dict[str, Any] = {
        measure: {
            "rate": None if rate.rate is None else round(rate.rate, 4),
            "numerator": rate.numerator,
            "denominator": rate.denominator,
            "open": rate.open,
            "excluded": dict(sorted(rate.excluded.items())),
        }
        for measure, rate in card.rates.items()
    }
    called = name or unit_name(book, card.unit)
    counts = {"received": card.received, "answered": card.answered, "impossible": card.impossible}
    return {"unit": card.unit, "name": called, **counts, **figures}


def _draw(cards: "Sequence[Scorecard]", whole: "Scorecard", book: "Rulebook") -> None:
    table = listing("承办单位 unit", "收件 received", "答复 answered", *(both(MEASURES, name) for name in MEASURES))
    for column in table.columns[1:]:
        column.justify = "right"
    for card in cards:
        cells = [_share(rate) for rate in card.rates.values()]
        table.add_row(unit_name(book, card.unit), str(card.received), str(card.answered), *cells)
    if len(cards) > 1:
        cells = [_share(rate) for rate in whole.rates.values()]
        table.add_row("各单位合计 all units", str(whole.received), str(whole.answered), *cells, style="bold")
    OUT.print(table)


def _share(rate: "Rate") -> str:
    if rate.rate is None:
        return "—"
    return f"{rate.rate:.0%} {rate.numerator}/{rate.denominator}"


def _explain(
    found: "Sequence[Verdict]",
    unit: str,
    given: Asked,
    book: "Rulebook",
    files: Export,
    paging: Paging,
    common: Common,
) -> int:
    columns = (
        Column("指标", "measure"),
        Column("受理编号", "receipt"),
        Column("结果", "finding"),
        Column("原因", "reason"),
        Column("依据", "event"),
        Column("序号", "position", "count"),
        Column("时间", "at", "moment"),
    )
    rows = [
        (
            both(MEASURES, each.measure),
            each.receipt,
            both(FINDINGS, each.finding),
            both(REASONS, each.reason),
            each.topic,
            each.position,
            each.at,
        )
        for each in found
    ]
    json_rows = [
        {**each._asdict(), "began_at": iso(each.began_at, book.zone), "at": iso(each.at, book.zone)} for each in found
    ]
    title = f"考评依据 {unit_name(book, None if unit == DESK else unit)}"
    code = answer(
        title,
        columns,
        rows,
        book=book,
        common=common,
        files=files,
        json_rows=json_rows,
        beside={"unit": unit, **times(given, book)},
        paging=paging,
    )
    if not (common.json or files.asked):
        about(given, book)
    return code
