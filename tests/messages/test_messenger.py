"""The messenger writes every message once, whatever happens on the way, and never in clear."""

import asyncio

import psycopg
import pytest

from aggregates.event import Actor, Role
from aggregates.known import BY_CODE, NOTED
from aggregates.messages.events import MessageRead, MessageWritten
from aggregates.messages.outbox import fold_outbox, stream_of
from aggregates.personal import Sealed
from aggregates.petition import commands as c
from aggregates.petition.decisions import Refused
from aggregates.petition.decisions.access import may_open_letter
from eventstore.readers import move_to, place_of
from office.composition import Office
from office.letters import NoSuchMessage, open_message
from tests.aggregates.office import proposal
from tests.messages.conftest import NOW, Recording, messenger, submit, written
from tests.people import AT_THE_COUNTER, CLERK, RESIDES

pytestmark = pytest.mark.engine


def page(here: Office) -> list:  # type: ignore[type-arg]
    """The whole log."""
    return here.event_log.page(0, 1_000)


def test_given_a_petition_with_a_telephone_then_its_message_waits_for_the_gateway(here: Office) -> None:
    petition = submit(here, phone="13800000001")
    messenger(here).write(page(here))
    (message,) = written(here, petition)
    assert (message.template, message.template_version, message.to) == ("received", 1, "resident")
    assert (message.hint, message.way, message.cause) == ("phone", "gateway", 1)
    assert isinstance(message.zh, Sealed)
    assert isinstance(message.en, Sealed)


def test_given_only_an_address_then_staff_pass_it_on(here: Office) -> None:
    petition = submit(here, address="三号楼")
    messenger(here).write(page(here))
    assert [(message.hint, message.way) for message in written(here, petition)] == [("letter", "outbox")]


def test_given_nobody_to_reach_then_the_outbox_says_so(here: Office) -> None:
    petition = submit(here, anonymous=True)
    messenger(here).write(page(here))
    assert [(message.hint, message.way) for message in written(here, petition)] == [("none", "nowhere")]


def test_the_same_page_again_writes_nothing_twice(here: Office) -> None:
    petitions = [submit(here, f"路灯坏了 {number}", phone="13800000001") for number in range(5)]
    for _ in range(3):
        messenger(here).write(page(here))
    assert [len(written(here, petition)) for petition in petitions] == [1] * 5


async def test_a_messenger_killed_before_it_kept_its_place_loses_and_doubles_nothing(here: Office) -> None:
    petitions = [await asyncio.to_thread(submit, here, f"路灯坏了 {number}") for number in range(4)]
    dying = messenger(here)
    dying.write(page(here)[:2])  # and is killed: its place is not moved
    living = messenger(here)
    task = asyncio.create_task(living.run())
    with psycopg.connect(here.event_log.datastore.dsn, autocommit=True) as connection:
        for _ in range(200):
            if place_of(connection, living.name) >= here.event_log.head():
                break
            await asyncio.sleep(0.05)
        move_to(connection, living.name, 0)  # an older place, as from a backup
        await asyncio.sleep(0.2)
    living.stop()
    await asyncio.wait_for(task, 10)
    assert [len(written(here, petition)) for petition in petitions] == [1] * 4


def test_two_at_once_write_each_message_once(here: Office) -> None:
    petitions = [submit(here, f"路灯坏了 {number}") for number in range(8)]
    log = page(here)

    async def both() -> None:
        await asyncio.gather(*(asyncio.to_thread(messenger(here).write, log) for _ in range(4)))

    asyncio.run(both())
    assert [len(written(here, petition)) for petition in petitions] == [1] * 8


def test_old_news_is_not_told(here: Office) -> None:
    petition = submit(here)
    old = [record._replace(recorded_at=NOW.replace(year=2024)) for record in page(here)]
    messenger(here).write(old)
    assert written(here, petition) == []


def test_whose_data_was_erased_gets_no_new_key(here: Office) -> None:
    petition = submit(here, phone="13800000001")
    with here.event_log.datastore.get_connection() as connection:
        connection.execute("DELETE FROM suqiu_keys.residents")
    messenger(here).write(page(here))
    with here.event_log.datastore.get_connection() as connection:
        row = connection.execute("SELECT count(*) AS keys FROM suqiu_keys.residents").fetchone()
    assert row is not None
    assert row["keys"] == 0
    (record,) = here.event_log.read(stream_of(petition))
    assert here.event_log.unseal(record, ("zh",)) == {"zh": "[erased]"}


def test_staff_open_a_text_and_the_look_is_on_record(here: Office) -> None:
    petition = submit(here, phone="13800000001")
    messenger(here, Recording()).write(page(here))
    (message,) = written(here, petition)
    opened = open_message(here, message.message, CLERK, "打电话告知")
    assert message.receipt in (opened.texts["zh"] or "")
    assert message.receipt in (opened.texts["en"] or "")
    looked = here.event_log.read(stream_of(petition))[-1]
    assert isinstance(looked.event, MessageRead)
    assert looked.event.by == CLERK
    assert here.event_log.unseal(looked, ("reason",)) == {"reason": "打电话告知"}
    with pytest.raises(Refused, match="expected somebody of the staff"):
        open_message(here, message.message, Actor.resident(), "看看")
    with pytest.raises(NoSuchMessage):
        open_message(here, message.message + "x", CLERK, "看看")
    assert fold_outbox(here.event_log.read(stream_of(petition))).version == 2, "a refused look opens nothing"


def test_who_is_complained_about_opens_no_letter_of_the_petition(here: Office) -> None:
    petition = submit(here, phone="+8613800000001", complained_about="team-repairs")
    messenger(here).write(here.event_log.page(0, 500))
    (message,) = written(here, petition)
    for person in ("repairs-1", "repairs-2"):
        with pytest.raises(NoSuchMessage, match="is in the outbox"):
            open_message(here, message.message, Actor(role=Role.OFFICER, id=person), "看看")
    assert open_message(here, message.message, CLERK, "打电话告知").event == message


OPENERS = {
    "window-1": Role.CLERK,
    "repairs-1": Role.OFFICER,
    "mediation-1": Role.OFFICER,
    "works-1": Role.OFFICER,
    "leader-1": Role.LEADER,
    "supervisor-1": Role.SUPERVISOR,
}


def test_a_letter_is_opened_by_who_has_a_part_in_the_petition_and_a_units_by_that_unit(here: Office) -> None:
    petition = submit(here, phone="+8613800000001")
    sure = proposal("public_service", "community")
    here.handler.execute(petition, c.Classify(at=NOW, by=Actor.engine(), proposal=sure), "1")
    if here.handler.load(petition).unit != "team-repairs":
        here.handler.execute(petition, c.Dispatch(at=NOW, by=CLERK, unit="team-repairs"), "2")
    messenger(here).write(page(here))
    theirs = next(each for each in written(here, petition) if each.to == "resident")
    units = next(each for each in written(here, petition) if each.unit == "team-repairs")

    def opened(letter: MessageWritten) -> set[str]:
        let, refusals, before = set(), [], len(here.event_log.read(stream_of(petition)))
        for person, role in OPENERS.items():
            try:
                open_message(here, letter.message, Actor(role=role, id=person), "打电话告知")
                let.add(person)
            except Refused as refused:
                refusals.append((refused.code, refused.zh, "repairs-1" in str(refused)))
        assert set(refusals) == {("not-your-unit", "此事只能由下列单位或人员办理", True)}, "who may is named"
        assert len(here.event_log.read(stream_of(petition))) == before + len(let), "a refused look is none"
        return let

    assert opened(theirs) == {"window-1", "repairs-1", "leader-1", "supervisor-1"}
    assert opened(units) == {"repairs-1", "leader-1", "supervisor-1"}


def test_under_a_book_without_the_part_access_all_staff_open_a_residents_letter(here: Office) -> None:
    petition = submit(here, phone="+8613800000001")
    messenger(here).write(page(here))
    (message,) = written(here, petition)
    state, older = here.handler.load(petition), here.rules.model_copy(update={"access": None})
    for person, role in OPENERS.items():
        may_open_letter(Actor(role=role, id=person), message.unit, state, older)
    may_open_letter(Actor(role=Role.LEADER, id="leader-1"), "team-repairs", state, older)
    with pytest.raises(Refused, match="team-repairs"):
        may_open_letter(Actor(role=Role.OFFICER, id="works-1"), "team-repairs", state, older)


def test_residents_of_a_merged_petition_hear_that_it_was_answered_and_of_no_receipt_but_theirs(here: Office) -> None:
    first = submit(here, "路灯坏了", phone="+8613800000001")
    double, other = (submit(here, f"路灯{n}", phone=f"+861380000000{n}", external_id=str(n)) for n in (2, 3))
    receipt = here.handler.load(first).receipt
    for petition in (double, other):
        merge = c.Merge(at=NOW, by=CLERK, into=first, reason="同一盏灯")
        here.handler.execute(petition, merge, f"merge {petition}")
    here.handler.execute(other, c.Unmerge(at=NOW, by=CLERK, reason="不是同一盏"), "unmerge")
    sure = proposal("public_service", "community")
    here.handler.execute(first, c.Classify(at=NOW, by=Actor.engine(), proposal=sure), "1")
    here.handler.execute(first, c.Dispatch(at=NOW, by=CLERK, unit="team-repairs"), "2")
    reply = c.Reply(at=NOW, by=CLERK, outcome="resolved", text="甲某家门前的灯修好了", grounds="现场")
    here.handler.execute(first, reply, "3")
    for _ in range(2):
        messenger(here).write(page(here))

    told = [each for each in written(here, double) if each.template == "merged-replied"]
    assert [(each.receipt, each.resident) for each in told] == [
        (here.handler.load(double).receipt, here.handler.load(double).resident)
    ]
    text = str(open_message(here, told[0].message, CLERK, "打电话告知").texts)
    assert told[0].receipt in text
    assert "已解决" in text
    assert receipt not in text
    assert "甲某" not in text
    assert "merged-replied" not in {each.template for each in (*written(here, first), *written(here, other))}


def test_danger_to_life_that_waits_for_a_person_is_told_to_the_desk_at_once(here: Office) -> None:
    danger, plain = submit(here, "煤气漏了", urgent="life"), submit(here, "请看看", external_id="2")
    for petition in (danger, plain):
        unsure = c.Classify(
            at=NOW, by=Actor.engine(), proposal=proposal("public_service", "community", needs_human=True)
        )
        here.handler.execute(petition, unsure, f"classify {petition}")
    messenger(here).write(page(here))
    told = {each.template: each for each in written(here, danger)}
    assert (told["unit-danger"].unit, told["unit-danger"].not_before) == (here.handler.load(danger).unit, None)
    assert "unit-danger" not in {each.template for each in written(here, plain)}


def test_who_joins_under_a_number_nobody_checked_is_sent_nothing(here: Office) -> None:
    petition = submit(here, phone="13800000001")
    for number, known in enumerate((BY_CODE, NOTED, AT_THE_COUNTER)):
        by = RESIDES if known == BY_CODE else CLERK
        join = c.AddResident(at=NOW, by=by, known=known, resident=f"r-{number}", name="样例乙", phone="+8613800000002")
        here.handler.execute(petition, join, str(number))
    messenger(here).write(page(here))
    hints = {each.resident: each.hint for each in written(here, petition) if each.template == "joined"}
    assert hints == {"r-0": "none", "r-1": "none", "r-2": "phone"}
