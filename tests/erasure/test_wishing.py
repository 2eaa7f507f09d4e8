"""A resident asks that their data be erased: that alone destroys nothing, and it is shown to whoever must act."""

from datetime import datetime

import psycopg
import pytest
from psycopg.rows import TupleRow

from aggregates.erasures.decisions import Erasure
from aggregates.event import Actor
from aggregates.known import BY_CODE, NOTED
from aggregates.petition.decisions import Refused
from eventstore.log import ERASED
from office.keys.erasing import erasures_of
from projections import read_models
from projections.erasures import waiting
from projections.generation import Generation
from projections.timeline import timeline_of
from tests.erasure.conftest import CANARY, Place
from tests.people import CLERK, LEADER, OTHER_LEADER, RESIDES


def reads(place: Place) -> psycopg.Connection[TupleRow]:
    """A connection on which the read models stand where the log does."""
    connection = psycopg.connect(place.dsn, autocommit=True)
    for model in read_models():
        serving = Generation(model, connection)
        serving.create()
        reached = serving.reached()
        assert reached is not None
        if page := place.event_log.page(reached.position, 10_000):
            serving.apply(reached.position, page)
    connection.execute("SET search_path TO DEFAULT")
    return connection


def listed(place: Place) -> list[tuple[str, str | None, str | None]]:
    with reads(place) as connection:
        return [(row.stage, row.waits_for, row.reason) for row in waiting(connection)]


def test_the_resident_asks_one_takes_it_up_and_another_decides(place: Place) -> None:
    petition, resident = place.comes(1)
    place.eraser.wish(resident, RESIDES, petition, BY_CODE)
    assert CANARY in (place.words(petition)["text"] or ""), "asking destroys nothing"
    assert listed(place) == [("wished", "office", None)]
    with reads(place) as connection:
        assert [row.petition for row in waiting(connection)] == [petition]
    place.later(days=1)
    place.eraser.ask(resident, CLERK, "resident_asked")
    assert listed(place) == [("asked", "leader", "resident_asked")]
    place.later(days=1)
    place.eraser.decide(resident, LEADER, approved=True)
    assert listed(place) == [("approved", "engine", "resident_asked")]
    place.eraser.carry_out(resident)
    assert place.words(petition)["text"] == ERASED
    assert listed(place) == []
    with reads(place) as connection:
        row = timeline_of(connection, petition)[-1]
    assert (row.topic, row.version) == ("resident.erased", None)
    assert row.says_zh == "个人信息已删除（本人要求；窗口人员申请，领导批准）"
    assert row.says_en == "Personal data was erased (resident asked; asked by a clerk, approved by a leader)"
    (erasure,) = erasures_of(place.event_log, [resident])
    assert erasure.wished is not None
    assert erasure.asked is not None
    assert (erasure.asked.event.at - erasure.wished.event.at).days == 1


def test_nobody_else_asks_in_the_residents_name_and_no_leader_decides_a_wish_alone(place: Place) -> None:
    petition, resident = place.comes(1)
    for somebody in (CLERK, LEADER, Actor.engine()):
        with pytest.raises(Refused) as refused:
            place.eraser.wish(resident, somebody, petition, NOTED)
        assert refused.value.code == "not-proven"
    with pytest.raises(Refused) as refused:
        place.eraser.wish(resident, RESIDES, petition, NOTED)
    assert refused.value.code == "code-needed"
    place.eraser.wish(resident, RESIDES, petition, BY_CODE)
    with pytest.raises(Refused, match="nobody of the office has taken it up") as refused:
        place.eraser.decide(resident, LEADER, approved=True)
    assert refused.value.code == "nothing-asked"
    place.eraser.ask(resident, LEADER, "resident_asked")
    with pytest.raises(Refused) as refused:
        place.eraser.decide(resident, LEADER, approved=True)
    assert refused.value.code == "somebody-else"
    with pytest.raises(Refused) as refused:
        place.eraser.decide(resident, RESIDES, approved=True)
    assert refused.value.code == "not-yours"
    assert place.eraser.carry_out(resident).stage == "asked"
    assert CANARY in (place.words(petition)["text"] or "")
    assert place.eraser.decide(resident, OTHER_LEADER, approved=True).stage == "approved"


def test_asking_again_changes_nothing_until_it_is_decided(place: Place) -> None:
    petition, resident = place.comes(1)
    first = place.eraser.wish(resident, RESIDES, petition, BY_CODE)
    assert place.eraser.wish(resident, RESIDES, petition, BY_CODE) == first
    asked = place.eraser.ask(resident, CLERK, "resident_asked")
    assert place.eraser.wish(resident, RESIDES, petition, BY_CODE) == asked
    place.eraser.decide(resident, LEADER, approved=False)
    assert listed(place) == []
    assert place.eraser.wish(resident, RESIDES, petition, BY_CODE).stage == "wished", "a refusal is not for ever"
    assert [each.stage for each in erasures_of(place.event_log, [resident])] == ["none", "wished"]


def test_where_nothing_is_left_it_is_refused_and_who_came_again_may_ask(place: Place) -> None:
    petition, resident = place.comes(1)
    place.erases(resident)
    with pytest.raises(Refused, match="is erased already") as refused:
        place.eraser.wish(resident, RESIDES, petition, BY_CODE)
    assert refused.value.code == "nothing-left"
    again, _ = place.comes(1, "再来一次")
    assert place.eraser.wish(resident, RESIDES, again, BY_CODE).stage == "wished"


def test_each_erasure_of_a_petition_stands_in_its_timeline_and_by_the_rules_it_says_so(place: Place) -> None:
    petition, resident = place.comes(1)
    place.withdraws(petition)
    engine = Actor.engine()
    place.eraser.ask(resident, engine, "retention", "retention.closed")
    place.eraser.decide(resident, engine, approved=True, rule="retention.closed")
    place.eraser.carry_out(resident)
    with reads(place) as connection:
        place.comes(1, "再来一次")
        place.erases(resident)
    with reads(place) as connection:
        rows = timeline_of(connection, petition)
        said = [row.says_zh for row in rows if row.topic == "resident.erased"]
        assert said == ["个人信息已删除（保存期满，按规则）", "个人信息已删除（本人要求；窗口人员申请，领导批准）"]
        assert [row.position for row in rows] == sorted(row.position for row in rows)
        assert rows[2].rule == "retention.closed"
        assert timeline_of(connection, petition, after=rows[1].position, limit=1) == [rows[2]]


def test_first_streams_of_many_residents_are_read_in_one_pass(place: Place) -> None:
    """A second petition of one of them, and their erasure, are not what comes first."""
    came = dict(reversed(place.comes(number)) for number in range(3))
    again, resident = place.comes(0, "再来一次")
    assert resident in came
    place.eraser.ask(resident, CLERK, "not_needed")
    found = place.eraser.first_streams([*came, "r-nobody"])
    assert found == came
    assert {resident: place.eraser.streams_of(resident)[0] for resident in came} == came
    assert again not in found.values()
    assert place.eraser.first_streams([]) == {}


def test_the_rows_are_the_same_whatever_the_pages_were(place: Place) -> None:
    whole: list[Erasure] = []
    for number in range(4):
        petition, resident = place.comes(number)
        place.eraser.wish(resident, RESIDES, petition, BY_CODE)
        for step in range(number):
            (
                lambda who=resident: place.eraser.ask(who, CLERK, "not_needed"),
                lambda who=resident: place.eraser.decide(who, LEADER, approved=True),
                lambda who=resident: place.eraser.carry_out(who),
            )[step]()
        whole.append(place.eraser.load(resident))
    with reads(place) as connection:
        at_once = rows_of(connection)
        connection.execute("DROP SCHEMA view_erasures CASCADE")
        model = next(model for model in read_models() if model.name == "erasures")
        serving = Generation(model, connection)
        serving.create()
        for record in place.event_log.page(0, 10_000):
            serving.apply(record.position - 1, [record])
        connection.execute("SET search_path TO DEFAULT")
        assert rows_of(connection) == at_once
    stages = {row[0]: row[1] for row in at_once}
    assert stages == {each.subject: each.stage for each in whole}
    assert sorted(stages.values()) == ["approved", "asked", "erased", "wished"]


def rows_of(connection: psycopg.Connection[TupleRow]) -> list[tuple[str, str, datetime | None]]:
    query = "SELECT resident, stage, wished_at, asked_by, decided_by, erased_at FROM view_erasures.erasures ORDER BY 1"
    return connection.execute(query).fetchall()
