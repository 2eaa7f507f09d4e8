"""An OCEL 2.0 JSON reader of the tests' own, by the rules of the published schema and specification."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any


def read(text: str) -> dict[str, Any]:
    """The log, if every rule holds.

    Raises:
        AssertionError: one does not; the message names it.
    """
    log = json.loads(text, object_pairs_hook=_once)
    assert set(log) == {"objectTypes", "eventTypes", "objects", "events"}
    types = {part: _types(log[part]) for part in ("objectTypes", "eventTypes")}
    objects = {each["id"]: each for each in log["objects"]}
    assert len(objects) == len(log["objects"]), "each object once"
    assert len({each["id"] for each in log["events"]}) == len(log["events"]), "each event once"
    assert not set(objects) & {each["id"] for each in log["events"]}
    seen: set[str] = set()
    for event in log["events"]:
        assert set(event) == {"id", "type", "time", "attributes", "relationships"}
        moment(event["time"])
        _attributes(event["attributes"], types["eventTypes"][event["type"]], timed=False)
        seen |= _relations(event["relationships"], objects)
    for each in log["objects"]:
        assert set(each) == {"id", "type", "attributes", "relationships"}
        _attributes(each["attributes"], types["objectTypes"][each["type"]], timed=True)
        _relations(each["relationships"], objects)
    assert seen == set(objects), "an object no event refers to is dropped by readers"
    return dict(log)


def moment(text: Any) -> datetime:
    """An RFC 3339 time with its offset."""
    read_ = datetime.fromisoformat(text)
    assert read_.tzinfo is not None
    return read_


CHECKS: dict[str, Callable[[str], object]] = {
    "time": moment,
    "integer": int,
    "float": float,
    "string": str,
    "boolean": ["false", "true"].index,
}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len({name for name, _ in pairs}) == len(pairs), "a member twice"
    return dict(pairs)


def _types(kinds: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for kind in kinds:
        assert set(kind) == {"name", "attributes"}
        assert kind["name"].isascii(), kind
        assert kind["name"] not in found
        for attribute in kind["attributes"]:
            assert set(attribute) == {"name", "type"}
            assert attribute["name"].isascii()
            assert attribute["type"] in CHECKS
        found[kind["name"]] = {attribute["name"]: attribute["type"] for attribute in kind["attributes"]}
        assert len(found[kind["name"]]) == len(kind["attributes"])
    return found


def _attributes(values: list[dict[str, Any]], known: dict[str, str], *, timed: bool) -> None:
    names = [value["name"] for value in values]
    assert timed or len(set(names)) == len(names), "an attribute of an event once"
    for value in values:
        assert set(value) == ({"name", "value", "time"} if timed else {"name", "value"})
        assert isinstance(value["value"], str), value
        CHECKS[known[value["name"]]](value["value"])
        if timed:
            moment(value["time"])


def _relations(values: list[dict[str, Any]], objects: dict[str, Any]) -> set[str]:
    for value in values:
        assert set(value) == {"objectId", "qualifier"}
        assert value["objectId"] in objects, value
        assert value["qualifier"]
    assert len({(value["objectId"], value["qualifier"]) for value in values}) == len(values)
    return {value["objectId"] for value in values}
