"""One row an event, for CSV and Parquet: the same columns in both."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal, NamedTuple

from projections.traces.occurrences import PROVIDER, Occurrence

Value = str | int | datetime | None


class Column(NamedTuple):
    """A column: its ASCII name, its Chinese name, and its kind of value."""

    name: str
    zh: str
    kind: Literal["text", "count", "moment"] = "text"


COLUMNS = (
    Column("case_kind", "类型"),
    Column("case_id", "诉求或订单"),
    Column("petition", "所属诉求"),
    Column("event_id", "记录"),
    Column("version", "序号", "count"),
    Column("activity", "环节"),
    Column("activity_zh", "环节名称"),
    Column("time", "时间", "moment"),
    Column("recorded_at", "录入时间", "moment"),
    Column("role", "角色"),
    Column("officer", "工作人员"),
    Column("resident", "居民"),
    Column("unit", "承办单位"),
    Column("rule", "依据规则"),
    Column("rulebook", "规则版本"),
    Column("category", "类别"),
    Column("tier", "层级"),
    Column("clocks", "时限"),
    Column("due_at", "到期", "moment"),
    Column("facts", "其他事实"),
)


def rows(seen: Iterable[Occurrence]) -> Iterator[tuple[Value, ...]]:
    """A row for each event of a petition or an order, cells in the order of `COLUMNS`; messages are left out.

    `case_kind`: `petition` or `order`; `due_at`: the first clock's; `facts`: `name=value`.
    """
    for each in seen:
        if each.kind == "messages":
            continue
        yield (
            each.kind,
            each.case,
            each.petition,
            each.id,
            each.version,
            each.topic,
            each.label,
            each.at,
            each.recorded_at,
            each.role,
            each.officer,
            " ".join(each.residents) or None,
            next((unit for qualifier, unit in each.units if qualifier in ("unit", PROVIDER)), None),
            each.rule,
            each.rulebook,
            each.category,
            each.tier,
            " ".join(clock.name for clock in each.clocks) or None,
            next((clock.due_at for clock in each.clocks), None),
            "; ".join(f"{name}={value}" for name, value in each.facts) or None,
        )
