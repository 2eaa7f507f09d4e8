"""The timeline tells a petition's life in sentences, and none of them holds personal data."""

from datetime import UTC, datetime
from typing import Any

import pytest
from psycopg import Connection

from aggregates.event import Actor, Role
from aggregates.personal import personal_fields
from aggregates.petition.events import EVENTS, ExtensionAsked
from projections.sentences import SENTENCES, fields_of, names_of
from projections.timeline import _due_at, timeline_of, timeline_of_receipt
from tests.projections.town import RULES, TOWN


def test_every_event_has_a_sentence_of_its_plain_fields() -> None:
    assert SENTENCES.keys() == {kind.TOPIC for kind in EVENTS}
    for kind in EVENTS:
        assert not {*fields_of(kind.TOPIC)} & {*personal_fields(kind), "resident", "receipt"}, kind
        assert {*fields_of(kind.TOPIC)} <= {*kind.model_fields}, kind


@pytest.mark.engine
def test_a_disputed_petition_is_told_from_the_door_on(town_hall: Connection[Any]) -> None:
    rows = timeline_of_receipt(town_hall, "R-disputed", names_of(RULES))
    assert [row.says_zh for row in rows] == [
        "经窗口受理；时限自登记之时起算",
        "初步归为行政事务类，建议社区办理；把握充分",
        "甄别为行政事务类，由社区办理（自动）",
        "派单至便民服务窗口",
        "便民服务窗口签收",
        "便民服务窗口答复：已解决（按时）",
        "居民提出异议",
        "居民提出异议，由社区升级至管理区，社会管理服务站接办",
    ]
    assert rows[5].says_en == "Reply of Convenience window: resolved, on time"
    assert [row.version for row in rows] == list(range(1, 9))
    assert (rows[6].actor_role, rows[6].actor_id) == ("resident", "resident")
    assert (rows[7].tier, rows[7].unit, rows[7].rule) == ("district", "service-station", "clock.district")
    assert rows[7].due_at == TOWN.states["disputed"].due_at
    assert {row.rulebook for row in rows} == {RULES.hash}


@pytest.mark.engine
def test_escalation_to_the_leader_and_late_replies_say_so(town_hall: Connection[Any]) -> None:
    said = [row.says_zh for row in timeline_of(town_hall, "with-leader", names_of(RULES))]
    assert "超过时限，由区外升级至领导督办，" in "".join(said)
    assert any(line.startswith("催办") for line in said)


@pytest.mark.engine
def test_no_sentence_of_the_town_leaves_a_word_out(town_hall: Connection[Any]) -> None:
    for petition in TOWN.states:
        for row in timeline_of(town_hall, petition, names_of(RULES)):
            for words in (row.says_zh, row.says_en):
                assert not {"None", "True", "False"} & {*words.replace("（", " ").replace("）", " ").split()}, words
                assert "{" not in words


@pytest.mark.engine
def test_it_goes_on_after_a_position_and_knows_no_strangers(town_hall: Connection[Any]) -> None:
    third = timeline_of(town_hall, "closed")[2]
    assert [row.version for row in timeline_of(town_hall, "closed", after=third.position, limit=2)] == [4, 5]
    assert timeline_of_receipt(town_hall, "R-nobody") == []


def test_an_event_about_a_clock_it_only_names_has_a_row() -> None:
    at = datetime(2025, 9, 24, 1, tzinfo=UTC)
    asked = ExtensionAsked(
        at=at, by=Actor(role=Role.OFFICER, id="works-1"), rulebook="-", clock="tier", days=2, due_at=at,
        resident="r-1", reason="配件在途",
    )  # fmt: skip
    assert _due_at(asked) == at


@pytest.mark.engine
def test_every_event_stands_with_its_rule_and_all_of_the_engine_have_one(town_hall: Connection[Any]) -> None:
    for petition in TOWN.states:
        events = [event for append in TOWN.appends if append.stream == petition for event in append.events]
        rows = timeline_of(town_hall, petition, names_of(RULES))
        assert [(row.rule, row.rulebook) for row in rows] == [(event.rule, event.rulebook) for event in events]
        ruled = [row for row in rows if row.actor_role == "engine" and "居民已确认" not in row.says_zh]
        assert all(row.rule for row in ruled), "only a closing that the resident asked for follows from no rule"
