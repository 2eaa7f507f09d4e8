"""XES (IEEE 1849-2016): a trace a petition or an order, events in order, by the standard's names if there are."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import groupby
from xml.sax.saxutils import quoteattr

from projections.traces.occurrences import PROVIDER, Occurrence

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2016" xes.features="" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<global scope="trace"><string key="concept:name" value=""/></global>
<global scope="event"><string key="concept:name" value=""/><date key="time:timestamp" value="1970-01-01T00:00:00.000Z"/>
</global>
<classifier name="Activity" keys="concept:name"/>
<classifier name="Activity and unit" keys="concept:name org:group"/>
"""


def xes(seen: Iterable[Occurrence]) -> Iterator[str]:
    """The file, a trace at a time; `seen` is grouped by case. Messages are left out: they are no cases."""
    yield HEAD
    for case, events in groupby((each for each in seen if each.kind != "messages"), key=lambda each: each.case):
        trace = list(events)
        last = trace[-1]
        yield (
            "<trace>\n"
            + _value("concept:name", case)
            + _value("case_kind", last.kind)
            + (_value("petition", last.petition) if last.petition else "")
            + _value("resident", " ".join(last.residents))
            + (_value("category", last.category) if last.category else "")
            + "".join(map(_event, trace))
            + "</trace>\n"
        )
    yield "</log>\n"


def _event(seen: Occurrence) -> str:
    unit = next((unit for qualifier, unit in seen.units if qualifier in ("unit", PROVIDER)), None)
    values: list[tuple[str, str | int | float | bool | datetime | None]] = [
        ("concept:name", seen.topic),
        ("time:timestamp", seen.at),
        ("org:resource", seen.officer),
        ("org:role", seen.role),
        ("org:group", unit),
        ("label_zh", seen.label),
        ("recorded_at", seen.recorded_at),
        ("rule", seen.rule),
        ("rulebook", seen.rulebook),
        *((f"due_at_{clock.name}", clock.due_at) for clock in seen.clocks),
        *((f"fact_{name}", value) for name, value in seen.facts),
    ]
    return "<event>\n" + "".join(_value(key, value) for key, value in values if value is not None) + "</event>\n"


def _value(key: str, value: str | float | bool | datetime) -> str:
    match value:
        case bool():
            kind, text = "boolean", str(value).lower()
        case int():
            kind, text = "int", str(value)
        case float():
            kind, text = "float", repr(value)
        case datetime():
            kind, text = "date", value.astimezone(UTC).isoformat(timespec="milliseconds")
        case _:
            kind, text = "string", value
    return f"<{kind} key={quoteattr(key)} value={quoteattr(text)}/>\n"
