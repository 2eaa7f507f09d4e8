"""Taking in: good rows get a receipt, bad ones are named without their words, and nothing is taken in twice."""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregates.petition.channels import Channel
from aggregates.petition.events import PetitionReceived
from eventstore.log import EventLog
from eventstore.recorder import Datastore
from eventstore.sealing import CannotOpen, MasterKey
from office.intake import BATCH, BadSubmission, Intake, Taken, parse_row, read_rows, submission
from office.submission import content_hash
from tests.aggregates.office import at
from tests.people import CLERK
from tests.rulebook.books import baiyang

NOW = at("2025-09-24 09:00")


@pytest.fixture
def intake(event_log: EventLog) -> Intake:
    return Intake(event_log, baiyang(), lambda _=None: NOW, community="baiyang")


def lines(*rows: dict[str, object] | bytes) -> list[bytes]:
    return [row if isinstance(row, bytes) else json.dumps(row, ensure_ascii=False).encode() for row in rows]


def take(intake: Intake, *rows: dict[str, object] | bytes) -> list[Taken]:
    return list(intake.take_in(read_rows(lines(*rows)), CLERK))


def received(event_log: EventLog, taken: Taken) -> PetitionReceived:
    assert taken.petition is not None
    event = event_log.read(taken.petition)[0].event
    assert isinstance(event, PetitionReceived)
    return event


def test_a_row_with_everything(event_log: EventLog, intake: Intake) -> None:
    row = {
        "text": " 路灯坏了。 ",
        "title": "路灯",
        "channel": "hotline",
        "submitted_at": "2025-09-23T10:00",
        "name": "甲某",
        "phone": "138 0000 0001",
        "address": "三号楼",
        "external_id": "12345",
        "anonymous": True,
        "a column of their own": 7,
    }
    (taken,) = take(intake, row)
    event = received(event_log, taken)
    assert (event.receipt, event.channel, event.community, event.anonymous) == (
        taken.receipt,
        "hotline",
        "baiyang",
        True,
    )
    assert event.submitted_at == at("2025-09-23 10:00"), "without a zone, Baiyang's is meant"
    assert event.counted_from == "submission"
    record = event_log.read(str(taken.petition))[0]
    assert event_log.unseal(record, ("title", "text", "name", "phone", "address")) == {
        "title": "路灯",
        "text": "路灯坏了。",
        "name": "甲某",
        "phone": "+8613800000001",
        "address": "三号楼",
    }
    assert intake.identities.petition(str(taken.receipt)) == taken.petition


def test_a_text_alone_is_enough(event_log: EventLog, intake: Intake) -> None:
    (taken,) = take(intake, {"text": "噪音"})
    event = received(event_log, taken)
    assert (event.channel, event.submitted_at, event.counted_from, event.title) == ("online", None, "entry", None)


WRONG: list[tuple[dict[str, object] | bytes, str]] = [
    (b'{"text": "a', "row: expected one JSON object in UTF-8; it breaks off at column 10"),
    (b"\xff\xfe\xfd", "row: expected one JSON object in UTF-8; it breaks off"),
    (b"[" * 100_000, "row: expected one JSON object; it is nested too deeply"),
    (b'["text"]', "row: expected a JSON object; found list"),
    (b'"text"', "row: expected a JSON object; found str"),
    ({}, "text: expected what the resident asks for; found nothing"),
    ({"text": ""}, "text: expected what the resident asks for; found nothing"),
    ({"text": " \n　"}, "text: expected what the resident asks for; found nothing"),
    ({"text": None}, "text: Input should be a valid string"),
    ({"text": 12}, "text: Input should be a valid string"),
    ({"text": "诉" * 20_001}, "text: expected at most 20000 characters; found 20001"),
    (
        {"text": "a", "channel": "pigeon"},
        "channel: expected one of counter, mailbox, hotline, online, visit, grid, reception_day",
    ),
    ({"text": "a", "submitted_at": "2025-02-30T10:00"}, "submitted_at: expected a date and time"),
    ({"text": "a", "submitted_at": "next Monday"}, "submitted_at: expected a date and time"),
    ({"text": "a", "submitted_at": "20251009"}, "submitted_at: expected a date and time"),
    ({"text": "a", "submitted_at": 1758675600}, "submitted_at: expected a date and time"),
    ({"text": "a", "submitted_at": "-1"}, "submitted_at: expected a date and time"),
    ({"text": "a", "submitted_at": "0001-01-01T00:00:00+08:00"}, "submitted_at: expected a time of our days"),
    ({"text": "a", "submitted_at": "2025-09-24T09:01+08:00"}, "submitted_at: expected a time that has been"),
    ({"text": "a", "phone": "12"}, "phone: expected a telephone number, as 13800000001 or 0429-1234567"),
    ({"text": "a", "phone": "call me"}, "phone: expected a telephone number, as 13800000001 or 0429-1234567"),
    ({"text": "a", "phone": 13800000001}, "phone: Input should be a valid string"),
    ({"text": "a", "title": "t" * 201}, "title: String should have at most 200 characters"),
    ({"text": "a", "anonymous": "perhaps"}, "anonymous: Input should be a valid boolean"),
    ({"text": "a", "external_id": ""}, "external_id: String should have at least 1 character"),
    (b'{"text": "\\ud800"}', "text: Input should be a valid string"),
]


@pytest.mark.parametrize(("row", "says"), WRONG, ids=range(len(WRONG)))
def test_a_bad_row_is_named_and_its_neighbours_are_taken_in(
    event_log: EventLog, intake: Intake, row: dict[str, object] | bytes, says: str
) -> None:
    before, bad, after = take(intake, {"text": "before"}, row, {"text": "after"})
    assert bad.error is not None
    assert bad.error.startswith(says)
    assert (bad.line, bad.receipt, bad.petition) == (2, None, None)
    assert before.receipt
    assert after.receipt
    assert after.line == 3
    assert event_log.head() == 2


def test_all_that_is_wrong_with_a_row_is_said_at_once() -> None:
    with pytest.raises(BadSubmission, match=r"text: expected .*; channel: expected .*; phone: expected "):
        submission({"channel": "pigeon", "phone": "1"})


def test_blank_lines_are_passed_over_and_counted(intake: Intake) -> None:
    assert [row.line for row in take(intake, b"", {"text": "a"}, b"  \n", {"text": "b"})] == [2, 4]


personal = st.text("甲乙丙丁戊己庚辛", min_size=3, max_size=300)
junk = st.one_of(
    personal, st.lists(personal, max_size=3), st.dictionaries(personal, personal, max_size=2), st.none(), st.floats()
)


FIELDS = ("text", "title", "channel", "submitted_at", "name", "phone", "address", "external_id", "anonymous")


def said_of(row: bytes) -> str:
    """What is said about a row, by print or by repr; nothing about a good one."""
    try:
        parse_row(row)
    except BadSubmission as error:
        return f"{error} {error!r} {error.__cause__}"
    return ""


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, junk)))
def test_an_error_repeats_no_word_of_the_resident(row: dict[str, object]) -> None:
    assert not set("甲乙丙丁戊己庚辛") & set(said_of(json.dumps(row, ensure_ascii=False).encode()))


@given(st.binary(max_size=60))
def test_no_line_breaks_the_reading(line: bytes) -> None:
    rows = list(read_rows([line, b'{"text": "good"}']))
    assert rows[-1].submission is not None


def test_a_file_repeated_gives_the_same_receipts_and_writes_nothing(event_log: EventLog, intake: Intake) -> None:
    rows: list[dict[str, object]] = [{"text": f"第 {number} 件", "external_id": f"x-{number}"} for number in range(30)]
    rows += [{"text": f"第 {number} 件"} for number in range(30)]
    first = take(intake, *rows)
    head = event_log.head()
    again = take(intake, *rows)
    assert [row.receipt for row in again] == [row.receipt for row in first]
    assert len({row.receipt for row in first}) == 60
    assert not any(row.repeated for row in first)
    assert all(row.repeated for row in again)
    assert event_log.head() == head == 60


def test_the_same_row_twice_in_a_file_is_one_petition(event_log: EventLog, intake: Intake) -> None:
    one, other = take(intake, {"text": "同一件"}, {"text": "同一件"})
    assert one.receipt == other.receipt
    assert (one.repeated, other.repeated) == (False, True)
    assert event_log.head() == 1


def test_a_row_from_before_a_field_was_added_keeps_its_content_hash(intake: Intake) -> None:
    said = {
        "text": "路灯坏了", "title": None, "channel": "online", "submitted_at": None, "name": None, "phone": None,
        "address": None, "anonymous": False,
    }  # fmt: skip
    before = hashlib.sha256(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
    (taken,) = take(intake, {"text": "路灯坏了"})
    assert content_hash(submission({"text": "路灯坏了"})) == before
    silent = {"text": "路灯坏了", "confidential": False, "urgent": None, "complained_about": None, "section": None}
    assert [each.receipt for each in take(intake, silent)] == [taken.receipt]
    (other,) = take(intake, {"text": "路灯坏了", "confidential": True})
    assert other.receipt != taken.receipt


def test_whom_it_concerns_is_kept_from_the_first_event_on(event_log: EventLog, intake: Intake) -> None:
    row = {"text": "城建办不理人", "confidential": True, "urgent": "elderly", "complained_about": "district-works"}
    taken, nobody, wrong = take(intake, row, {**row, "complained_about": "nobody"}, {**row, "urgent": "very"})
    event = received(event_log, taken)
    assert (event.confidential, event.urgent, event.priority) == (True, "elderly", baiyang().urgency.elderly)
    assert event.complained_about == "district-works"
    assert nobody.error is not None
    assert "unit" in nobody.error
    assert wrong.error == "urgent: expected one of life, elderly, minor"


def test_another_telephone_or_day_is_another_submission(intake: Intake) -> None:
    rows = [
        {"text": "路灯"},
        {"text": "路灯", "phone": "13800000001"},
        {"text": "路灯", "submitted_at": "2025-09-20T10:00"},
        {"text": "路灯", "submitted_at": "2025-09-21T10:00"},
        {"text": "路灯", "channel": "grid"},
    ]
    assert len({row.receipt for row in take(intake, *rows)}) == len(rows)


def test_one_telephone_is_nobody_s_proof_of_being_one_resident(event_log: EventLog, intake: Intake) -> None:
    numbers = ("13800000001", "+86 138-0000-0001", "13800000002", None, None)
    rows = [{"text": f"第 {number} 件", "phone": phone} for number, phone in enumerate(numbers)]
    residents = [received(event_log, taken).resident for taken in take(intake, *rows)]
    assert len(set(residents)) == len(numbers)
    assert not any("1380" in resident for resident in residents)


def test_many_rows_share_commits_and_each_answer_comes_after_its_own(event_log: EventLog, intake: Intake) -> None:
    asked: list[int] = []

    def rows() -> Iterator[bytes]:
        for number in range(BATCH * 2 + 7):
            asked.append(number)
            yield json.dumps({"text": f"第 {number} 件"}).encode()

    answers = intake.take_in(read_rows(rows()), CLERK)
    next(answers)
    assert event_log.head() >= BATCH
    assert len(asked) == 2 * BATCH, "the first answer comes when its batch is safe; one batch is read ahead, no more"
    assert len(list(answers)) == BATCH + 6 + BATCH
    assert event_log.head() == BATCH * 2 + 7


def test_an_intake_cut_in_the_middle_and_repeated_takes_in_each_row_once(event_log: EventLog, intake: Intake) -> None:
    rows = lines(*({"text": f"第 {number} 件"} for number in range(BATCH * 2)))
    for taken in intake.take_in(read_rows(rows), CLERK):
        if taken.line == BATCH // 2:
            break
    again = list(intake.take_in(read_rows(rows), CLERK))
    assert sum(row.repeated for row in again) == BATCH
    assert event_log.head() == BATCH * 2


def test_an_intake_with_another_master_key_does_not_open(intake: Intake, database: str) -> None:
    take(intake, {"text": "a"})
    other = EventLog(Datastore(database, pool_size=1), MasterKey(b"\x09" * 32))
    with pytest.raises(CannotOpen, match="identity: wrapped by another master key than the one given"):
        Intake(other, baiyang(), lambda _=None: NOW, community="baiyang")
    other.datastore.close()


def test_the_time_of_entry_is_the_clock_s(event_log: EventLog) -> None:
    ticks = iter(NOW + timedelta(seconds=second) for second in range(10))

    def tick(_: datetime | None = None) -> datetime:
        return next(ticks)

    taken = take(Intake(event_log, baiyang(), tick, community="baiyang"), {"text": "a"}, {"text": "b"})
    records = [event_log.read(str(row.petition))[0] for row in taken]
    assert [(record.event.at, record.recorded_at) for record in records] == [
        (NOW, NOW),
        (NOW, NOW),
    ]


def test_the_doors_are_the_ones_of_the_house() -> None:
    assert len(Channel) == 7
