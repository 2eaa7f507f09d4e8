"""OCEL 2.0 JSON (https://www.ocel-standard.org/2.0/): events and the objects they are about, in ASCII type names.

Events are written as they come, objects after them: the order of members of a JSON object has no meaning. Every object
is referred to by an event, as readers drop the others.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from projections.sentences import Names
from projections.traces.occurrences import PROVIDER, Occurrence

OBJECT_TYPES: dict[str, tuple[str, ...]] = {
    "petition": ("label_zh", "category", "tier"),
    "order": ("label_zh", "kind", "service", "charge", "tier"),
    "message": ("label_zh", "to", "template"),
    "resident": ("label_zh",),
    "unit": ("label_zh", "label_en"),
    "provider": ("label_zh", "label_en"),
    "officer": ("label_zh", "role"),
    "rule": ("label_zh",),
    "clock": ("label_zh", "name", "rule", "due_at"),
}
LABELS = {
    "petition": "诉求",
    "order": "服务订单",
    "message": "告知",
    "resident": "居民",
    "officer": "工作人员",
    "rule": "规则",
    "clock": "时限",
}
KNOWN = {"petition": (), "order": ("kind", "service", "charge"), "message": ("to", "template")}
"""Facts of an event that are attributes of its object."""
ALWAYS = {"label_zh": "string", "role": "string", "recorded_at": "time", "rulebook": "string"}
TYPES = {bool: "boolean", int: "integer", float: "float", str: "string"}
BEGINNING = "1970-01-01T00:00:00.000Z"
"""The time of a value that never changes, by the standard."""


class _Objects:
    """Objects so far, with their attributes and since when these hold."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._known: dict[str, dict[str, Any]] = {}

    def of(self, seen: Occurrence) -> list[dict[str, str]]:
        """The relations of an event; its objects are added."""
        now, about = _time(seen.at), self._about(seen)
        found = [_to(about, "about")]
        if seen.petition is not None and about != seen.petition:
            self._note(seen.petition, "petition", LABELS["petition"])
            self._relate(about, seen.petition, "of")
            found.append(_to(seen.petition, "of"))
        found += [_to(self._note(name, "resident", LABELS["resident"]), "concerns") for name in seen.residents]
        found += [_to(self._unit(unit, qualifier), qualifier) for qualifier, unit in seen.units]
        if seen.officer is not None:
            officer = self._note(seen.officer, "officer", LABELS["officer"])
            self._set(officer, "role", seen.role, now)
            found.append(_to(officer, "done_by"))
        if seen.rule is not None:
            found.append(_to(self._note(f"rule/{seen.rule}", "rule", f"规则 {seen.rule}"), "under"))
        for clock in seen.clocks:
            id_ = self._note(f"{seen.case}/clock/{clock.name}", "clock", LABELS["clock"])
            self._set(id_, "name", clock.name, BEGINNING)
            self._set(id_, "rule", clock.rule, now)
            self._set(id_, "due_at", _time(clock.due_at) if clock.due_at else None, now)
            self._relate(id_, about, "of")
            found.append(_to(id_, "runs"))
        for name in seen.residents:
            self._relate(about, name, "brought_by")
        return found

    def all(self) -> Iterator[dict[str, Any]]:
        """Every object."""
        return iter(self._known.values())

    def _about(self, seen: Occurrence) -> str:
        """The object the event happened to, its attributes updated."""
        kind = "message" if seen.kind == "messages" else seen.kind
        id_ = self._note(seen.message or seen.case, kind, LABELS[kind])
        facts, now = dict(seen.facts), _time(seen.at)
        known = {"category": seen.category, "tier": seen.tier, **{name: facts.get(name) for name in KNOWN[kind]}}
        for name in set(OBJECT_TYPES[kind]) & set(known):
            self._set(id_, name, known[name], now)
        return id_

    def _unit(self, unit: str, qualifier: str) -> str:
        kind = PROVIDER if qualifier == PROVIDER else "unit"
        id_ = self._note(f"{kind}/{unit}", kind, self._names(unit, "zh"))
        self._set(id_, "label_en", self._names(unit, "en"), BEGINNING)
        return id_

    def _note(self, id_: str, kind: str, label: str) -> str:
        if id_ not in self._known:
            self._known[id_] = {"id": id_, "type": kind, "attributes": [], "relationships": []}
            self._set(id_, "label_zh", label, BEGINNING)
        return id_

    def _set(self, id_: str, name: str, value: str | float | None, now: str) -> None:
        """Add an attribute value, if it differs from the last one."""
        attributes = self._known[id_]["attributes"]
        last = next((each["value"] for each in reversed(attributes) if each["name"] == name), None)
        if value is not None and value != last:
            attributes.append({"name": name, "time": now, "value": value})

    def _relate(self, id_: str, other: str, qualifier: str) -> None:
        relation = _to(other, qualifier)
        if relation not in self._known[id_]["relationships"]:
            self._known[id_]["relationships"].append(relation)


def ocel(seen: Iterable[Occurrence], names: Names) -> Iterator[str]:
    """The file, piece by piece. `names`: of the rulebook in force."""
    objects = _Objects(names)
    types: dict[str, dict[str, str]] = {}
    yield '{"events": ['
    between = "\n"
    for each in seen:
        kinds = types.setdefault(each.topic, dict(ALWAYS))
        attributes = [("label_zh", each.label), ("role", each.role), ("recorded_at", _time(each.recorded_at))]
        attributes.append(("rulebook", each.rulebook))
        for name, value in each.facts:
            kinds[name] = TYPES[type(value)]
            attributes.append((name, _written(value)))
        event = {
            "id": each.id,
            "type": each.topic,
            "time": _time(each.at),
            "attributes": [{"name": name, "value": value} for name, value in attributes],
            "relationships": objects.of(each),
        }
        yield between + json.dumps(event, ensure_ascii=False)
        between = ",\n"
    yield '\n],\n"objects": ['
    between = "\n"
    for known in objects.all():
        yield between + json.dumps(known, ensure_ascii=False)
        between = ",\n"
    object_types = [
        {"name": kind, "attributes": _typed(dict.fromkeys(a, "string"))} for kind, a in OBJECT_TYPES.items()
    ]
    event_types = [{"name": topic, "attributes": _typed(kinds)} for topic, kinds in sorted(types.items())]
    yield f'\n],\n"objectTypes": {json.dumps(object_types)},\n"eventTypes": {json.dumps(event_types)}}}\n'


def _typed(kinds: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "type": "time" if name == "due_at" else kind} for name, kind in kinds.items()]


def _to(id_: str, qualifier: str) -> dict[str, str]:
    return {"objectId": id_, "qualifier": qualifier}


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def _written(value: str | float | bool) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
