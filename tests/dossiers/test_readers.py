"""Each reader reads what is theirs and no more; whatever stays closed or is erased, the dossier verifies."""

import json
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from aggregates.catalogue import CATALOGUE
from aggregates.personal import personal_fields
from aggregates.petition import commands as c
from evidence.dossiers import verify
from evidence.dossiers.making import Made
from evidence.dossiers.redaction import READ_BY, Reader
from machine.embedded_postgres import EmbeddedPostgres
from tests.aggregates.office import proposal, say
from tests.dossiers.conftest import office_in
from tests.dossiers.registry import Registry
from tests.dossiers.story import NEIGHBOUR, Story, whole_story
from tests.dossiers.test_altered import dump, signed
from tests.dossiers.told import squeezed
from tests.erasure.conftest import CANARY, Place
from tests.people import LEADER, OFFICER


def texts(made: Made) -> dict[tuple[str, str], list[str]]:
    """(topic, field) → the texts that are shown."""
    files = verify.unpacked(made.content)
    topics = dict(
        zip(
            [each["position"] for each in json.loads(files["proofs.json"])["inclusion"]],
            [json.loads(line)["topic"] for line in files["events.jsonl"].splitlines()],
            strict=True,
        )
    )
    found: dict[tuple[str, str], list[str]] = {}
    for line in files["openings.jsonl"].splitlines():
        value: dict[str, Any] = json.loads(line)
        if "text" in value:
            found.setdefault((topics[value["position"]], value["field"]), []).append(value["text"])
    return found


def paper(made: Made) -> str:
    """The report's text, squeezed: where a line breaks, and how far letters of two scripts stand apart, is its own."""
    pages = PdfReader(BytesIO(verify.unpacked(made.content)["report.pdf"])).pages
    return squeezed("".join(page.extract_text() for page in pages))


@pytest.fixture(scope="module")
def whole(postgres: EmbeddedPostgres) -> Iterator[Story]:
    """A story that is only read."""
    with office_in(postgres, "readers") as place:
        yield whole_story(place)


@pytest.fixture(scope="module")
def erased(postgres: EmbeddedPostgres) -> Iterator[Story]:
    """A story whose resident was erased, and that went on."""
    with office_in(postgres, "erased_readers") as place:
        story = whole_story(place)
        place.erases(story.resident)
        story.does(say(c.Assist, place.time, OFFICER, unit="team-culture", reason="删除之后写的"))
        yield story


def made_for(story: Story, reader: Reader, *, opened: bool = True) -> Made:
    made = story.registry.dossier(story.petition, reader, opened=opened)
    verified = verify.verify(made.content)
    assert verified.dossier.manifest["made_for"] == reader.value
    assert len(verified.findings) == len(verify.verify(made.content).findings) > 0
    return made


RELEASED: dict[tuple[str, str], str] = {
    ("petition.received", "title"): "resident unit",
    ("petition.received", "text"): "resident unit",
    ("petition.received", "name"): "resident",
    ("petition.received", "phone"): "resident",
    ("petition.received", "address"): "resident",
    ("petition.resident_joined", "name"): "resident",
    ("petition.resident_joined", "phone"): "resident",
    ("petition.resident_joined", "address"): "resident",
    ("petition.unmerged", "reason"): "resident unit",
    ("petition.resumed", "answer"): "resident unit",
    ("petition.disputed", "reason"): "resident unit",
    ("petition.review_requested", "reason"): "resident unit",
    ("petition.withdrawn", "reason"): "resident unit",
    ("order.posted", "text"): "resident unit",
    ("order.posted", "name"): "resident",
    ("order.posted", "phone"): "resident",
    ("order.posted", "address"): "resident",
    ("order.rated", "words"): "resident unit",
    ("order.withdrawn", "reason"): "resident unit",
    ("petition.merged", "reason"): "resident unit",
    ("petition.mediation_ended", "terms"): "resident unit",
    ("petition.paused", "what"): "resident unit",
    ("petition.extension_asked", "reason"): "resident unit",
    ("petition.extension_decided", "reason"): "resident unit",
    ("petition.parking_asked", "reason"): "resident unit",
    ("petition.parking_decided", "reason"): "resident unit",
    ("petition.unparked", "reason"): "resident unit",
    ("petition.replied", "text"): "resident unit",
    ("petition.replied", "grounds"): "resident unit",
    ("petition.review_decided", "text"): "resident unit",
    ("petition.review_decided", "grounds"): "resident unit",
    ("order.delivered", "words"): "resident unit",
    ("message.written", "zh"): "resident unit",
    ("message.written", "en"): "resident unit",
    ("petition.reclassified", "reason"): "unit",
    ("petition.returned", "reason"): "unit",
    ("petition.transferred", "reason"): "unit",
    ("petition.assist_asked", "reason"): "unit",
    ("petition.referred", "reason"): "unit",
    ("petition.referral_decided", "decision"): "unit",
    ("order.released", "reason"): "unit",
    ("petition.steps_set_aside", "reason"): "unit",
    ("petition.sealed_fields_read", "reason"): "",
    ("order.sealed_fields_read", "reason"): "",
    ("message.read", "reason"): "",
}
"""Who but the court reads what was released: it is not changed by a word in a class."""


def test_every_personal_field_is_somebodys_or_nobodys_on_purpose() -> None:
    fields = {(kind.TOPIC, field) for kind in CATALOGUE for field in personal_fields(kind)}
    assert set(READ_BY) == fields
    assert {field: " ".join(sorted(readers)) for field, readers in READ_BY.items() if field in RELEASED} == RELEASED


def test_the_court_reads_all_that_can_still_be_opened(whole: Story) -> None:
    made = made_for(whole, Reader.COURT)
    shown = texts(made)
    assert made.sealed == made.erased == 0
    assert {"name", "phone", "address", "title", "text"} <= {field for topic, field in shown if "received" in topic}
    assert ("petition.sealed_fields_read", "reason") in shown
    assert ("petition.resident_joined", "name") in shown
    assert ("order.posted", "text") in shown
    assert ("message.written", "zh") in shown
    assert CANARY in paper(made)


def test_a_resident_reads_what_they_said_and_were_told_and_of_no_other_resident(whole: Story) -> None:
    shown = texts(made_for(whole, Reader.RESIDENT))
    assert {topic for topic, _ in shown} >= {"petition.received", "petition.replied", "petition.extension_asked"}
    for hidden in ("petition.resident_joined", "petition.sealed_fields_read", "petition.assist_asked"):
        assert not any(topic == hidden for topic, _ in shown)
    assert "message.written" in {topic for topic, _ in shown}
    everything = texts(made_for(whole, Reader.COURT))
    assert len(shown["message.written", "zh"]) < len(everything["message.written", "zh"]), "units' letters stay closed"


def test_a_unit_reads_nothing_of_who_asks(whole: Story) -> None:
    made = made_for(whole, Reader.UNIT)
    shown = texts(made)
    assert ("petition.assist_asked", "reason") in shown
    assert ("petition.received", "text") in shown
    assert not {"name", "phone", "address"} & {field for _, field in shown}
    received = whole.place.event_log.read(whole.petition)[0]
    own = whole.place.event_log.unseal(received, ("name", "phone"))
    content = made.content.decode("utf-8", "replace")
    assert str(own["phone"]) not in content
    assert str(own["phone"])[3:] not in paper(made)


@pytest.mark.parametrize("how", ["confidential", "complained about"])
def test_what_was_said_in_confidence_or_of_a_unit_no_unit_reads(place: Place, how: str) -> None:
    story = Story(place).does(
        say(c.Classify, place.time, proposal=proposal("public_service", "district")),
        say(c.Dispatch, place.time),
    )
    if how == "confidential":
        story.does(say(c.SetConfidential, place.time))
    else:
        story.does(say(c.Reclassify, place.time, complained_about="service-station", tier="beyond"))
    made = made_for(story, Reader.UNIT)
    assert texts(made) == {}
    assert CANARY.encode() not in made.content
    assert CANARY not in paper(made)
    assert texts(made_for(story, Reader.COURT)) != {}


def test_what_was_said_in_confidence_stays_closed_to_units_when_it_is_lifted(place: Place) -> None:
    story = Story(place).does(
        say(c.Classify, place.time, proposal=proposal("public_service", "district")),
        say(c.Dispatch, place.time),
        say(c.SetConfidential, place.time),
        say(c.Assist, place.time, LEADER, reason=f"怕邻居知道 {CANARY}"),
        say(c.SetConfidential, place.time, confidential=False),
    )
    unit, court = (texts(made_for(story, reader)) for reader in (Reader.UNIT, Reader.COURT))
    assert ("petition.received", "text") in unit, "said before"
    assert ("petition.assist_asked", "reason") not in unit
    assert ("petition.assist_asked", "reason") in court


@pytest.mark.parametrize("reader", list(Reader))
def test_unless_somebody_looks_nothing_is_opened_for_anybody(whole: Story, reader: Reader) -> None:
    made = made_for(whole, reader, opened=False)
    assert (made.opened, texts(made)) == (0, {})
    assert CANARY.encode() not in made.content
    assert CANARY not in paper(made)


@pytest.mark.parametrize("reader", list(Reader))
def test_an_erased_resident_is_shown_as_erased_and_it_verifies(erased: Story, reader: Reader) -> None:
    made = made_for(erased, reader)
    assert made.erased > 10
    shown = texts(made)
    expected = {("petition.resident_joined", "name"), ("petition.resident_joined", "phone")}
    assert set(shown) & expected == (expected if reader is Reader.COURT else set())
    assert not any(topic != "petition.resident_joined" and not topic.startswith("message") for topic, _ in shown)
    verified = verify.verify(made.content)
    assert any("[erased]" in said.en and str(made.erased) in said.en for said in verified.proven)
    assert "resident.erased" in {event.topic for event in verified.dossier.events}
    assert NEIGHBOUR not in {event.body.get("subject") for event in verified.dossier.events}


def test_what_is_not_erased_cannot_be_said_to_be(whole: Story) -> None:
    """A text an office would rather not show is no erased one: nothing on record says so."""
    files = verify.unpacked(made_for(whole, Reader.COURT).content)
    lines = [json.loads(line) for line in files["openings.jsonl"].splitlines()]
    lines[0] = {"erased": True, "field": lines[0]["field"], "position": lines[0]["position"]}
    with pytest.raises(verify.Wrong, match="nothing on record says that it was erased"):
        verify.verify(signed({**files, "openings.jsonl": b"".join(dump(each) for each in lines)}))


def test_the_same_log_checkpoint_and_reader_are_the_same_bytes(place: Place) -> None:
    story = whole_story(place)
    first = story.registry.dossier(story.petition, Reader.COURT, opened=True)
    again = Registry(place.event_log, story.registry.known)
    size = first.checkpoint.size
    assert again.dossier(story.petition, Reader.COURT, opened=True, size=size).content == first.content
    story.does(say(c.SetUrgency, place.time, cause="elderly"))
    assert again.dossier(story.petition, Reader.COURT, opened=True, size=size).content == first.content
    assert again.dossier(story.petition, Reader.RESIDENT, opened=True, size=size).content != first.content
