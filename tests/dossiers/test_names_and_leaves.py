"""Who approved, whose data was erased, how a leaf is written: an office's word that is held against the record."""

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from aggregates.event import Actor, Role
from aggregates.petition import commands as c
from aggregates.petition import events as e
from evidence.dossiers import verify
from evidence.dossiers.redaction import Reader
from tests.aggregates.office import at, proposal
from tests.dossiers.registry import Registry
from tests.dossiers.story import NEIGHBOUR, whole_story
from tests.dossiers.test_altered import signed
from tests.dossiers.test_recount import told
from tests.erasure.conftest import Place
from tests.people import LEADER
from tests.replay.lives import Filed
from tests.rulebook.books import baiyang

PETITION = "p-" + "7" * 32


def extended(approver: str, asker: str | None = None) -> list[verify.Event]:
    """An extension approved by whoever calls themselves a leader."""
    case = Filed(proposes=proposal("public_service", "district")).receive("2025-09-23 15:00").step().step()
    case.until("2025-09-24 10:00").act(c.RequestExtension, days=2).act(c.DecideExtension, LEADER)
    events = told(case.records)
    *before, asked, decided = events
    by = {"role": "leader", "id": approver}
    asked = asked._replace(body={**asked.body, "by": {"role": "officer", "id": asker or asked.who[1]}})
    return [*before, asked, decided._replace(body={**decided.body, "by": by})]


def followed(events: list[verify.Event]) -> None:
    book = baiyang()
    case = verify.Case({book.hash: verify.Book(book.model_dump(mode="json"), book.hash)})
    for event in events:
        case.follow(event)


@pytest.mark.parametrize(
    ("approver", "asker", "said"),
    [
        ("leader-99", None, "leader-99, who is no leader of the rulebook"),
        ("station-1", None, "who is no leader of the rulebook|who asked for the extension approved it"),
        ("nobody at all", None, "no id"),
        ("leader-1", "leader\u20111", "no id"),
        ("leader-1", "Leader-1", "no id"),
        ("leader-1", "leader-\u0661", "no id"),
    ],
)
def test_only_a_leader_of_the_rulebook_approves(approver: str, asker: str | None, said: str) -> None:
    """A name that nobody has, another role's, or the asker's own in letters that look alike: all passed before."""
    with pytest.raises(verify.Wrong, match=said):
        followed(extended(approver, asker))


def test_a_leader_of_the_rulebook_approves() -> None:
    followed(extended("leader-1"))
    assert {person.id for person in baiyang().staff if person.role == "leader"} >= {"leader-1", "leader-2"}


def test_the_alphabet_of_ids_is_that_of_the_program() -> None:
    for name in ("leader-1", "a", "0", "x" * 64):
        assert verify.ID.fullmatch(name)
        Actor(role=Role.LEADER, id=name)
    for name in ("", "-a", "A", "a b", "a\n", "x" * 65, "é", "leader\u20111"):
        assert not verify.ID.fullmatch(name)
        with pytest.raises(ValueError, match="id"):
            Actor(role=Role.LEADER, id=name)


def test_a_parking_too(registry: Registry) -> None:
    case = Filed(proposes=proposal("public_service", "district")).receive("2025-09-23 15:00").step().step()
    case.until("2025-09-24 10:00").act(c.RequestParking).act(c.DecideParking, LEADER)
    last = case.records[-1]
    by = Actor(role=Role.LEADER, id="leader-99")
    case.records[-1] = last._replace(event=last.event.model_copy(update={"by": by}))
    assert type(last.event) is e.ParkingDecided
    registry.write({PETITION: case.records})
    content = registry.dossier(PETITION).content
    with pytest.raises(verify.Wrong, match="leader-99, who is no leader of the rulebook"):
        verify.verify(content)


def test_the_erasure_of_one_person_erases_no_other(place: Place) -> None:
    """The neighbour was erased. Given: what the first resident said is called erased, too. Then: it is refused."""
    story = whole_story(place)
    place.erases(NEIGHBOUR)
    story.sign()
    files = verify.unpacked(story.registry.dossier(story.petition, Reader.COURT, opened=True).content)
    lines = [json.loads(line) for line in files["openings.jsonl"].splitlines()]
    assert [line for line in lines if "erased" in line]
    events = {}
    proofs = json.loads(files["proofs.json"])
    for line, proof in zip(files["events.jsonl"].splitlines(), proofs["inclusion"], strict=True):
        events[proof["position"]] = json.loads(line)
    ours = next(line for line in lines if "text" in line and events[line["position"]]["topic"] == "petition.received")
    swapped = verify.read_dossier(signed(files))
    subjects = {event.body.get("subject") for event in swapped.events if event.topic == "resident.erased"}
    assert subjects == {NEIGHBOUR}
    key = next(event.body["key"] for event in swapped.events if event.topic == "resident.erased")
    first = next(event for event in swapped.events if event.topic == "petition.received")
    forged = first._replace(body={**first.body, ours["field"]: {"commitment": "0" * 64, "key": key}})
    swapped.events[swapped.events.index(first)] = forged
    swapped.openings.clear()
    line = {"erased": True, "field": ours["field"], "position": ours["position"]}
    swapped.files["openings.jsonl"] = json.dumps(line).encode() + b"\n"
    with pytest.raises(verify.Wrong, match="nothing on record says that it was erased"):
        verify.read_openings(swapped, verify.Reader())


def test_a_leaf_that_is_not_canonical_is_refused() -> None:
    """The same JSON in another order, with blanks or written otherwise, in a tree that the office hashed so."""
    value = {
        "body": {"at": "x", "confidence": 0.5},
        "command_id": "c",
        "recorded_at": "2025-09-24T01:00:00.000000+00:00",
        "stream": PETITION,
        "topic": "petition.received",
        "version": 1,
    }
    line = rfc8785.dumps(value)

    def read(line: bytes) -> list[verify.Event]:
        note = verify.Note("", [])
        newest = verify.Checkpoint(1, verify.leaf_of(line), 0, bytes(32), at("2025-09-24 10:00"), note, b"")
        return verify.read_events([(line, json.loads(line))], [{"position": 1, "path": []}], newest)

    assert [event.version for event in read(line)] == [1]
    turned = json.dumps(dict(reversed(value.items())), separators=(",", ":")).encode()
    blank, escaped = line.replace(b'":', b'": ', 1), line.replace(b"petition.", b"\\u0070etition.", 1)
    number = line.replace(b"0.5", b"5e-1")
    for other in (turned, blank, escaped, number):
        assert json.loads(other) == value
        with pytest.raises(verify.Wrong, match="it is not canonical JSON"):
            read(other)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(values)
def test_canonical_json_is_that_of_the_leaves(value: Any) -> None:
    try:
        expected = rfc8785.dumps(value)
    except rfc8785.CanonicalizationError:
        return  # lone surrogates: no leaf has them
    assert verify.canonical(value) == expected
    assert verify.canonical(json.loads(expected)) == expected
