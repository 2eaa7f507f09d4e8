"""Where it is, at intake: a section of the grid, told by itself or by one of its buildings; nothing smaller is kept."""

from aggregates.petition.events import PetitionReceived
from eventstore.codec import decode, encode
from eventstore.log import EventLog
from office.intake import Intake, Taken, read_rows
from tests.aggregates.office import at
from tests.people import CLERK
from tests.rulebook.books import baiyang

NOW = at("2025-09-24 09:00")


def take(event_log: EventLog, *rows: str) -> list[Taken]:
    intake = Intake(event_log, baiyang(), lambda _=None: NOW, community="baiyang")
    return list(intake.take_in(read_rows([row.encode() for row in rows]), CLERK))


def test_a_building_is_kept_as_its_section(event_log: EventLog) -> None:
    rows = ('{"text":"路灯","section":"section-2"}', '{"text":"下水道","section":"b-203"}', '{"text":"证明"}')
    kept = []
    for taken in take(event_log, *rows):
        assert taken.petition is not None
        event = event_log.read(taken.petition)[0].event
        assert isinstance(event, PetitionReceived)
        assert b"b-203" not in encode(event)
        kept.append(event.section)
    assert kept == ["section-2", "section-2", None]


def test_a_place_nobody_knows_is_named(event_log: EventLog) -> None:
    (taken,) = take(event_log, '{"text":"路灯","section":"section-99"}')
    assert taken.error is not None
    assert taken.error.startswith("section: no section or building is called 'section-99'; expected one of")


def test_who_says_no_section_keeps_the_receipt_it_had_before_there_were_any(event_log: EventLog) -> None:
    row = '{"text":"路灯坏了","phone":"13800000001"}'
    first, same, elsewhere = take(event_log, row, row, '{"text":"路灯坏了","phone":"13800000001","section":"b-101"}')
    assert first.receipt == same.receipt
    assert first.receipt != elsewhere.receipt


def test_an_event_stored_before_there_were_sections_still_loads(event_log: EventLog) -> None:
    (taken,) = take(event_log, '{"text":"路灯"}')
    assert taken.petition is not None
    stored = encode(event_log.read(taken.petition)[0].event).replace(b',"section":null', b"")
    assert b"section" not in stored
    event = decode("petition.received", stored)
    assert isinstance(event, PetitionReceived)
    assert event.section is None
