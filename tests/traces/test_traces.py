"""What auditors get says what the log says, about everybody and about nobody by name."""

import csv
import io
import json
import re
import struct
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from cli.evidence.traces import _csv, _draft
from eventstore.log import EventLog
from evidence.tracing import choose, traces
from projections.sentences import names_of
from projections.traces.choosing import Kept, Wanted
from projections.traces.occurrences import Occurrence
from projections.traces.ocel import OBJECT_TYPES, ocel
from projections.traces.parquet import parquet
from projections.traces.table import COLUMNS, rows
from projections.traces.xes import xes
from tests.projections.town import CANARY, MONDAY, RULES, TOWN
from tests.traces.ocel_reader import moment, read

NAMES = names_of(RULES)
XES = "{http://www.xes-standard.org/}"


@pytest.fixture(scope="module")
def seen(town_log: EventLog, every: list[Kept]) -> list[Occurrence]:
    return list(traces(town_log, every))


def test_the_ocel_file_keeps_every_rule_of_the_format(seen: list[Occurrence]) -> None:
    log = read("".join(ocel(seen, NAMES)))
    assert {kind["name"] for kind in log["objectTypes"]} == set(OBJECT_TYPES)
    beside = {"order", "provider", "message"}
    assert {each["type"] for each in log["objects"]} == set(OBJECT_TYPES) - beside, "of the rest the town has each"
    assert len(log["events"]) == len(seen)
    units = {each["id"]: each for each in log["objects"] if each["type"] == "unit"}
    labels = {value["name"]: value["value"] for value in units["unit/convenience-team"]["attributes"]}
    assert labels == {"label_zh": NAMES("convenience-team", "zh"), "label_en": NAMES("convenience-team", "en")}


def test_every_event_of_the_log_is_there_with_its_rule_and_its_clocks(
    seen: list[Occurrence], town_log: EventLog
) -> None:
    told = [record for record in town_log.page(0, 10_000) if record.stream in TOWN.states]
    by_place = {(each.case, each.version): each for each in seen}
    assert len(by_place) == len(seen) == len(told)
    for record in told:
        each = by_place[record.stream, record.version]
        assert (each.topic, each.at, each.rule) == (record.event.TOPIC, record.event.at, record.event.rule)
        assert each.recorded_at == record.recorded_at
    clocks = {clock.name for each in seen for clock in each.clocks}
    assert clocks == {"tier", "hand_over"}


def test_a_clock_says_each_due_time_from_when_it_was_so(seen: list[Occurrence]) -> None:
    log = read("".join(ocel(seen, NAMES)))
    clock = next(each for each in log["objects"] if each["id"] == "with-leader/clock/tier")
    said = [value for value in clock["attributes"] if value["name"] == "due_at"]
    due = [(moment(value["time"]), moment(value["value"])) for value in said]
    assert len(due) >= 3, "risen through the tiers"
    assert due == sorted(due)
    assert {"objectId": "with-leader", "qualifier": "of"} in clock["relationships"]


def test_names_of_two_exports_join_through_the_petitions_ids_and_the_page_says_so(
    town_log: EventLog, every: list[Kept], seen: list[Occurrence]
) -> None:
    """What is so is said: two exports are one, for whoever has both."""
    again = {each.id: each for each in traces(town_log, every)}
    joined = {(each.officer, again[each.id].officer) for each in seen if each.officer}
    assert len(joined) == len({one for one, _ in joined}) == len({other for _, other in joined}) > 2
    assert all(one != other for one, other in joined)
    page = (Path(__file__).parents[2] / "docs" / "rooms" / "projections.md").read_text("utf-8")
    assert "Through those ids the names of two exports join" in page


def test_nobody_is_named_and_two_exports_name_them_differently(town_log: EventLog, every: list[Kept]) -> None:
    written = []
    for _ in range(2):
        seen = list(traces(town_log, every))
        names = {name for each in seen for name in (*each.residents, each.officer or "")} - {""}
        assert len({name for name in names if name.startswith("resident-")}) == len(every)
        written.append(names)
        files = ["".join(ocel(seen, NAMES)), "".join(xes(seen)), b"".join(_csv(seen)).decode()]
        files.append(b"".join(parquet(COLUMNS, rows(seen))).decode("latin-1"))
        for text in files:
            for word in (CANARY, json.dumps(CANARY)[1:-1], "resident-received", "officer-1", "window-1", "ciphertext"):
                assert not re.search(rf"{re.escape(word)}(?![0-9a-f])", text), word
    assert not written[0] & written[1]


def test_the_xes_file_has_a_trace_a_petition_in_order(seen: list[Occurrence], every: list[Kept]) -> None:
    root = ET.fromstring("".join(xes(seen)))  # noqa: S314 - our own
    found = root.findall(f"{XES}trace")
    assert [trace.find(f"{XES}string[@key='concept:name']").get("value") for trace in found] == [  # type: ignore[union-attr]
        kept.stream for kept in every
    ]
    for trace, kept in zip(found, every, strict=True):
        events = trace.findall(f"{XES}event")
        assert len(events) == kept.events
        times = [event.find(f"{XES}date[@key='time:timestamp']").get("value") for event in events]  # type: ignore[union-attr]
        assert times == sorted(times, key=str)
    keys = {(value.tag, value.get("key")) for value in root.iter() if value.get("key")}
    assert len(keys) == len({key for _, key in keys}), "a key has one type throughout"


def test_the_csv_file_says_the_same(seen: list[Occurrence]) -> None:
    table = list(csv.DictReader(io.StringIO(b"".join(_csv(seen)).decode())))
    assert [row["event_id"] for row in table] == [each.id for each in seen]
    assert [row["rule"] for row in table] == [each.rule or "" for each in seen]


def test_the_parquet_file_is_framed_and_counts_its_rows(seen: list[Occurrence]) -> None:
    content = b"".join(parquet(COLUMNS, rows(seen)))
    assert content[:4] == content[-4:] == b"PAR1"
    (length,) = struct.unpack("<I", content[-8:-4])
    footer = content[-8 - length : -8]
    assert all(column.name.encode() in footer for column in COLUMNS)
    assert b"".join(parquet(COLUMNS, []))[:4] == b"PAR1"


def test_only_what_is_wanted_is_taken_and_cases_stay_whole(town_log: EventLog, every: list[Kept]) -> None:
    legal = choose(town_log, Wanted(category="legal"))
    assert [kept.stream for kept in legal] == ["accepted"]
    middle = MONDAY + timedelta(minutes=20)
    early, late = choose(town_log, Wanted(until=middle)), choose(town_log, Wanted(since=middle))
    assert [*early, *late] == every
    assert early
    assert late
    assert choose(town_log, Wanted(since=MONDAY + timedelta(days=999))) == []
    assert read("".join(ocel([], NAMES)))["events"] == []


def interrupted(path: Path) -> None:
    with _draft(path) as file:
        file.write(b"half")
        raise KeyboardInterrupt


def test_a_file_is_never_half_written(tmp_path: Path) -> None:
    (tmp_path / "there.json").write_text("before")
    with pytest.raises(KeyboardInterrupt):
        interrupted(tmp_path / "there.json")
    assert [path.name for path in tmp_path.iterdir()] == ["there.json"]
    assert (tmp_path / "there.json").read_text() == "before"
