"""Service orders and messages in the auditors' files: with the petition they belong to, and nobody by name."""

import csv
import io
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from cli.evidence.traces import _csv
from eventstore.log import EventLog
from evidence.tracing import choose, traces
from projections.order_sentences import order_names_of
from projections.traces.choosing import Kept, Wanted
from projections.traces.occurrences import Occurrence
from projections.traces.ocel import OBJECT_TYPES, ocel
from projections.traces.parquet import parquet
from projections.traces.table import COLUMNS, rows
from projections.traces.xes import xes
from tests.projections.test_orders import BEGINS
from tests.projections.town import CANARY, MONDAY, RULES, TOWN
from tests.traces.ocel_reader import moment, read

NAMES = order_names_of(RULES)
XES = "{http://www.xes-standard.org/}"


@pytest.fixture(scope="module")
def kept(busy_log: EventLog) -> list[Kept]:
    return choose(busy_log, Wanted())


@pytest.fixture(scope="module")
def seen(busy_log: EventLog, kept: list[Kept]) -> list[Occurrence]:
    return list(traces(busy_log, kept))


def test_every_event_of_petitions_orders_and_messages_is_there_once(busy_log: EventLog, seen: list[Occurrence]) -> None:
    told = {f"{record.stream}/{record.version}" for record in busy_log.page(0, 10_000)}
    assert {each.id for each in seen} == told
    assert len(seen) == len(told)
    assert {each.kind for each in seen} == {"petition", "order", "messages"}


def test_an_order_is_about_itself_its_petition_and_the_unit_that_promised(seen: list[Occurrence]) -> None:
    log = read("".join(ocel(seen, NAMES)))
    assert {each["type"] for each in log["objects"]} == set(OBJECT_TYPES), "the busy town has some of each"
    events = {each["id"]: each for each in log["events"]}
    objects = {each["id"]: each for each in log["objects"]}
    posted = {(each["objectId"], each["qualifier"]) for each in events["o-from-accepted/1"]["relationships"]}
    assert {("o-from-accepted", "about"), ("accepted", "of")} <= posted
    claimed = {(each["objectId"], each["qualifier"]) for each in events["o-from-accepted/2"]["relationships"]}
    assert {("provider/partner-school", "provider"), ("o-from-accepted/clock/promise", "runs")} <= claimed
    labels = {each["name"]: each["value"] for each in objects["provider/partner-school"]["attributes"]}
    assert labels == {"label_zh": NAMES("partner-school", "zh"), "label_en": NAMES("partner-school", "en")}
    order = {each["name"]: each["value"] for each in objects["o-from-accepted"]["attributes"]}
    assert (order["kind"], order["service"]) == ("service", "homework-help")
    promise = {each["name"]: each["value"] for each in objects["o-from-accepted/clock/promise"]["attributes"]}
    assert moment(promise["due_at"]) > moment(events["o-from-accepted/2"]["time"])
    alone = {(each["objectId"], each["qualifier"]) for each in events["o-waits/1"]["relationships"]}
    assert "petition" not in {objects[id_]["type"] for id_, _ in alone}


def test_a_unit_that_was_given_an_order_is_no_provider_until_it_promises(seen: list[Occurrence]) -> None:
    qualifiers = {each.topic: {name for name, _ in each.units} for each in seen if each.kind == "order"}
    assert qualifiers["order.assigned"] == {"unit"}
    assert qualifiers["order.escalated"] == {"unit"}
    assert qualifiers["order.claimed"] == qualifiers["order.commitment_broken"] == {"provider"}
    reminded = {next(iter(each.units))[0] for each in seen if each.topic == "order.reminded"}
    assert reminded == {"unit", "provider"}, "of an order that waits the unit, of a promise who gave it"


def test_what_was_told_is_about_the_petition_and_says_to_whom(seen: list[Occurrence]) -> None:
    written = [each for each in seen if each.topic == "message.written"]
    assert written
    assert {each.petition for each in written} <= set(TOWN.states)
    assert {dict(each.facts)["to"] for each in written} >= {"resident", "unit"}
    log = read("".join(ocel(seen, NAMES)))
    messages = [each for each in log["objects"] if each["type"] == "message"]
    assert len(messages) == len(written)
    for each in messages:
        assert [relation["qualifier"] for relation in each["relationships"]] == ["of"]


def test_one_case_at_a_time_orders_are_cases_and_messages_are_none(kept: list[Kept], seen: list[Occurrence]) -> None:
    cases = [each for each in kept if each.kind != "messages"]
    table = list(csv.DictReader(io.StringIO(b"".join(_csv(seen)).decode())))
    assert list(dict.fromkeys((row["case_kind"], row["case_id"]) for row in table)) == [
        (each.kind, each.stream) for each in cases
    ]
    of = {row["case_id"]: row["petition"] for row in table if row["case_kind"] == "order"}
    assert (of["o-from-accepted"], of["o-from-closed"], of["o-waits"]) == ("accepted", "closed", "")
    assert {row["unit"] for row in table if row["activity"] == "order.claimed"} == {"partner-school"}
    root = ET.fromstring("".join(xes(seen)))  # noqa: S314 - our own
    traced = [trace.find(f"{XES}string[@key='case_kind']").get("value") for trace in root.findall(f"{XES}trace")]  # type: ignore[union-attr]
    assert traced == [each.kind for each in cases]
    keys = {(value.tag, value.get("key")) for value in root.iter() if value.get("key")}
    assert len(keys) == len({key for _, key in keys}), "a key has one type throughout"


def test_nobody_who_ordered_or_was_told_is_named(seen: list[Occurrence]) -> None:
    files = ["".join(ocel(seen, NAMES)), "".join(xes(seen)), b"".join(_csv(seen)).decode()]
    files.append(b"".join(parquet(COLUMNS, rows(seen))).decode("latin-1"))
    for text in files:
        for word in (CANARY, "resident-from-accepted", "contact-school-1", "ciphertext"):
            assert word not in text, word


def test_what_belongs_to_a_petition_comes_and_goes_with_it(busy_log: EventLog) -> None:
    legal = choose(busy_log, Wanted(category="legal"))
    assert {(each.stream, each.kind) for each in legal} == {
        ("accepted", "petition"),
        ("o-from-accepted", "order"),
        ("m-accepted", "messages"),
    }, "an order of its own has no category"
    none = choose(busy_log, Wanted(since=MONDAY.replace(year=2099)))
    assert none == []
    day = BEGINS.replace(hour=0)
    streams = {each.stream for each in choose(busy_log, Wanted(until=day))}
    assert "o-waits" not in streams, "one of its own is taken by the day it was posted"
    assert "o-waits" in {each.stream for each in choose(busy_log, Wanted(since=day, until=day + timedelta(days=1)))}
