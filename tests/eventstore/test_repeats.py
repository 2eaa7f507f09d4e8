"""What is a repeat: the same sender, the same id and the same content. Nothing else is told a receipt, or joined."""

from collections.abc import Iterator

import pytest

from aggregates.event import Actor, Role
from aggregates.petition.commands import Receive
from aggregates.petition.decisions import decide
from aggregates.petition.state import Petition
from eventstore.log import Append, EventLog
from office.intake import Intake, Offered, Taken, submission
from office.submission import content_hash
from tests.aggregates.office import at
from tests.people import CLERK, RESIDES
from tests.rulebook.books import baiyang

NOW = at("2025-09-24 09:00")
OTHER = Actor(role=Role.CLERK, id="window-2")


@pytest.fixture
def intake(event_log: EventLog) -> Intake:
    return Intake(event_log, baiyang(), lambda _=None: NOW, community="baiyang")


def offered(*rows: dict[str, object]) -> Iterator[Offered]:
    return (Offered(number, submission(row), None) for number, row in enumerate(rows, 1))


def one(intake: Intake, row: dict[str, object], by: Actor = CLERK, sender: str | None = None) -> Taken:
    (taken,) = intake.take_in(offered(row), by, sender)
    return taken


def test_an_id_is_no_oracle_for_other_content(intake: Intake) -> None:
    mine = one(intake, {"text": "我家的事", "external_id": "7"})
    theirs = one(intake, {"text": "猜一个编号", "external_id": "7"})
    assert theirs.receipt != mine.receipt
    assert (mine.same_id, theirs.same_id, theirs.repeated) == (False, True, False)


def test_an_id_cannot_be_taken_before_its_sender_comes(intake: Intake) -> None:
    squatter = one(intake, {"text": "占位", "external_id": "7"}, RESIDES, "session-1")
    mine = one(intake, {"text": "我家的事", "external_id": "7"}, RESIDES, "session-2")
    assert mine.receipt != squatter.receipt
    assert (mine.repeated, mine.same_id) == (False, False), "it is told to nobody that somebody else used the id"
    assert mine.code is not None


@pytest.mark.parametrize("row", [{"text": "同样的话"}, {"text": "同样的话", "external_id": "7"}])
def test_only_the_same_sender_is_told_the_receipt_of_a_repeat(intake: Intake, row: dict[str, object]) -> None:
    mine = one(intake, row)
    assert one(intake, row).receipt == mine.receipt
    assert one(intake, row).repeated
    for by, sender in ((OTHER, None), (RESIDES, None), (CLERK, "another gateway")):
        theirs = one(intake, row, by, sender)
        assert (theirs.receipt == mine.receipt, theirs.repeated) == (False, False)


def test_the_same_id_with_other_content_twice_says_so_and_is_told_its_own(intake: Intake) -> None:
    one(intake, {"text": "一", "external_id": "7"})
    second = one(intake, {"text": "二", "external_id": "7"})
    again = one(intake, {"text": "二", "external_id": "7"})
    assert (again.receipt, again.repeated, again.same_id) == (second.receipt, True, True)


def test_in_one_batch_it_says_so_too(intake: Intake) -> None:
    first, second = intake.take_in(
        offered({"text": "一", "external_id": "7"}, {"text": "二", "external_id": "7"}), CLERK
    )
    assert (first.same_id, second.same_id) == (False, True)


def test_a_number_nobody_checked_joins_nobody(event_log: EventLog, intake: Intake) -> None:
    victim = one(intake, {"text": "我的事", "phone": "13800000001"})
    attacker = one(intake, {"text": "拿别人的号码", "phone": "13800000001"})
    residents = {event_log.read(str(each.petition))[0].event.resident for each in (victim, attacker)}  # type: ignore[attr-defined]
    assert len(residents) == 2


def test_a_repeat_makes_no_key(event_log: EventLog, intake: Intake) -> None:
    one(intake, {"text": "一次"})
    before = event_log.keyring.residents()
    one(intake, {"text": "一次"})
    assert event_log.keyring.residents() == before


def brought_before(event_log: EventLog, intake: Intake, key: str, row: dict[str, object], by: Actor = CLERK) -> str:
    """A petition as the version before took it in: its receipt derived from this key alone."""
    receipt = intake.identities.receipt(key)
    petition = intake.identities.petition(receipt)
    said = submission(row).model_dump(exclude={"external_id"})
    resident = intake.identities.resident(str(row.get("phone") or petition))
    command = Receive(at=NOW, by=by, receipt=receipt, resident=resident, community="baiyang", **said)
    events = decide(Petition(id=petition), command, baiyang())
    assert event_log.append([Append(petition, 0, events, f"receive:{petition}", NOW)]) == [True]
    return receipt


def test_what_the_version_before_took_in_is_found_again_by_the_same_sender_with_the_same_content(
    event_log: EventLog, intake: Intake
) -> None:
    row: dict[str, object] = {"text": "以前的一件", "phone": "13800000001", "external_id": "7", "channel": "hotline"}
    receipt = brought_before(event_log, intake, "external\n7", row)
    again = one(intake, row)
    assert (again.receipt, again.repeated, again.code) == (receipt, True, None)
    other = one(intake, {**row, "text": "另一件"})
    assert (other.receipt == receipt, other.repeated, other.same_id) == (False, False, True)
    theirs = one(intake, row, OTHER)
    assert (theirs.receipt == receipt, theirs.repeated, theirs.same_id) == (False, False, False)


def test_so_is_what_it_took_in_without_an_id(event_log: EventLog, intake: Intake) -> None:
    row: dict[str, object] = {"text": "以前的一件"}
    receipt = brought_before(event_log, intake, f"content\n{content_hash(submission(row))}", row)
    assert one(intake, row).receipt == receipt
    assert one(intake, row, OTHER).receipt != receipt
