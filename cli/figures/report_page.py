"""How a report reads on a page: names instead of ids, receipts, local times, shares; its figures stay as they are."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from cli.figures.scorecard import MEASURES, REASONS
from cli.figures.spans import unit_name
from cli.screen import OUT, listing
from projections.words import OUTCOMES, both

if TYPE_CHECKING:
    from rulebook.model import Rulebook

TITLES = {
    "units": "承办单位",
    "petitions": "诉求",
    "categories": "类别",
    "tiers": "层级",
    "levels": "办结层级",
    "excluded": "不计入的",
    "months": "月份",
    "asked": "来件",
    "asked_matters": "来件事项",
    "answered": "答复",
    "done": "答复结果",
    "in_time": "按时与否",
    "residents_say": "居民评价",
    "feedback_categories": "评价（按类别）",
    "feedback_tiers": "评价（按层级）",
}
COLUMNS = {
    "unit": "单位",
    "units": "单位",
    "petition": "受理编号",
    "why": "为何",
    "due_at": "到期",
    "open": "在办",
    "due_today": "今日到期",
    "overdue": "逾期",
    "new": "新到",
    "asked": "受理",
    "answered": "答复",
    "on_time": "按时",
    "risen": "升级",
    "ended": "办结",
    "received": "收件",
    "settled": "办结",
    **OUTCOMES,
    "satisfied": "满意",
    "unsatisfied": "不满意",
    "disputed": "有异议",
    "silent": "未答复",
    "count": "件数",
    "measure": "指标",
    "reason": "原因",
}
WORDS = {**COLUMNS, "yes": "按时", "no": "逾期", "grid": "网格", "none": "无"}
SHARES = ("kept", "of", "open")
"""What a measure of a scorecard is made of: three columns that read as one."""


class Reader(NamedTuple):
    """What a page needs beside the figures: the book for names, a petition's receipt, an instant as people write it."""

    book: "Rulebook"
    receipt: Callable[[str], str]
    shown: Callable[[datetime], str]


def draw(tables: Sequence[Mapping[str, Any]], reader: Reader) -> None:
    """Draw every table that has rows; of one that has none, say so in a line."""
    names = _names(reader.book)
    for table in tables:
        title = _worded(TITLES, table["name"])
        if not table["rows"]:
            OUT.print(f"{title}：无 none\n", markup=False, style="dim")
            continue
        columns: list[str] = [str(column) for column in table["columns"]]
        measured = [measure for measure in MEASURES if f"{measure}_of" in columns]
        plain = [column for column in columns if not any(column == f"{m}_{part}" for m in measured for part in SHARES)]
        heads = [_worded(COLUMNS | TITLES, column) for column in plain] + [both(MEASURES, m) for m in measured]
        drawn = listing(*heads, title=title)
        for row in table["rows"]:
            cells = dict(zip(columns, row, strict=True))
            drawn.add_row(
                *(_cell(column, cells[column], names, reader) for column in plain),
                *(_share(*(cells[f"{measure}_{part}"] for part in SHARES)) for measure in measured),
            )
        OUT.print(drawn)


def _names(book: "Rulebook") -> dict[str, str]:
    from projections.sentences import names_of

    name = names_of(book)
    known = (book.tiers, book.units, book.categories, book.matters)
    return {entry.id: name(entry.id, "zh") for kind in known for entry in kind}


def _worded(words: Mapping[str, str], word: str) -> str:
    return f"{words[word]} {word}" if word in words else word


def _cell(column: str, value: Any, names: Mapping[str, str], reader: Reader) -> str:
    if value is None:
        return "—"
    read = _READ.get(column)
    if read is not None:
        return read(value, reader)
    if not isinstance(value, str):
        return str(value)
    return "/".join(names.get(part, WORDS.get(part, part)) for part in value.split("/"))


def _unit(value: str, reader: Reader) -> str:
    return unit_name(reader.book, None if value == "none" else value)


_READ: dict[str, Callable[[Any, Reader], str]] = {
    "unit": _unit,
    "units": _unit,
    "petition": lambda value, reader: reader.receipt(value),
    "due_at": lambda value, reader: reader.shown(datetime.fromisoformat(value)),
    "measure": lambda value, _: both(MEASURES, value),
    "reason": lambda value, _: both(REASONS, value),
    "why": lambda value, _: " ".join(WORDS.get(word, word) for word in str(value).split()),
}


def _share(kept: int, of: int, open_: int) -> str:
    """As `scorecard` shows it, and how many are not decided yet."""
    rate = f"{kept / of:.0%} {kept}/{of}" if of else "—"
    return f"{rate}（未定 {open_}）" if open_ else rate
