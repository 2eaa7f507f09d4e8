"""What a stored event looks like, for ever; and its leaf of the log."""

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, ClassVar

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from aggregates import events as e
from aggregates.catalogue import CATALOGUE
from aggregates.events import Event
from eventstore import codec
from eventstore.codec import Envelope, PetitionMapper, UnreadableEvent, decode, encode, leaf_hash, sealed_fields
from eventstore.sealing import unseal
from eventstore.upcasts import UPCASTS
from tests.eventstore.examples import EXAMPLES, GOLDEN, KEY, STREAM, golden, sealed
from tests.eventstore.order_examples import ORDER_LEAVES

RECORDED = datetime(2025, 9, 24, 1, 0, 0, 5, tzinfo=UTC)


def subclasses(kind: type[Event]) -> set[type[Event]]:
    return {kind, *(below for child in kind.__subclasses__() for below in subclasses(child))}


def test_every_event_is_in_the_list_with_a_topic_of_its_own() -> None:
    ours = {kind for kind in subclasses(Event) - {Event} if kind.__module__.startswith("aggregates.")}
    assert ours == set(CATALOGUE)
    for kind in CATALOGUE:
        assert "TOPIC" in vars(kind), f"{kind.__name__} inherits its topic"
    assert len({kind.TOPIC for kind in CATALOGUE}) == len(CATALOGUE)


def test_every_event_has_an_example() -> None:
    assert [type(example) for example in EXAMPLES] == list(CATALOGUE)


@pytest.mark.parametrize("kind", CATALOGUE, ids=lambda kind: kind.TOPIC)
def test_every_version_ever_stored_loads_and_today_s_is_stored_the_same_again(kind: type[Event]) -> None:
    for version in range(1, kind.VERSION + 1):
        stored = golden(kind, version).read_bytes()
        event = decode(kind.TOPIC, stored)
        assert type(event) is kind
        if version == kind.VERSION:
            assert encode(event) == stored
            for field in sealed_fields(kind):
                if (value := getattr(event, field)) is not None:
                    assert unseal(value, KEY, STREAM, 1, field).startswith("金丝雀")


def test_no_golden_file_is_left_without_an_event() -> None:
    known = {golden(kind, version) for kind in CATALOGUE for version in range(1, kind.VERSION + 1)}
    assert set(GOLDEN.iterdir()) == known


def test_every_old_version_has_its_upcast() -> None:
    assert set(UPCASTS) == {(kind.TOPIC, version) for kind in CATALOGUE for version in range(1, kind.VERSION)}


@pytest.mark.parametrize(
    ("topic", "state", "says"),
    [
        ("petition.teleported", b"{}", "not known"),
        ("petition.closed", b"no json", "no JSON object"),
        ("petition.closed", b"[]", "no JSON object"),
        ("petition.closed", b"{}", "petition.closed"),
        ("petition.closed", b'{"event_version":2}', "newer program"),
    ],
)
def test_a_row_that_is_no_event_of_ours_is_named(topic: str, state: bytes, says: str) -> None:
    with pytest.raises(UnreadableEvent, match=says):
        decode(topic, state)


def test_an_old_shape_is_brought_to_today_s(monkeypatch: pytest.MonkeyPatch) -> None:
    class LampRepaired(Event):
        TOPIC: ClassVar[str] = "test.lamp_repaired"
        VERSION: ClassVar[int] = 3
        lamps: tuple[str, ...]

    def named_lamp(body: dict[str, Any]) -> dict[str, Any]:
        return {"lamp" if key == "name" else key: value for key, value in body.items()}

    def many_lamps(body: dict[str, Any]) -> dict[str, Any]:
        return {**{key: value for key, value in body.items() if key != "lamp"}, "lamps": [body["lamp"]]}

    monkeypatch.setitem(codec.TOPICS, LampRepaired.TOPIC, LampRepaired)
    monkeypatch.setitem(UPCASTS, (LampRepaired.TOPIC, 2), many_lamps)
    said = {"at": "2025-09-24T01:00:00Z", "by": {"role": "clerk", "id": "window-1"}, "rulebook": "x"}
    first = json.dumps({**said, "name": "a"}).encode()
    with pytest.raises(UnreadableEvent, match="version 1 has no upcast to 2"):
        decode(LampRepaired.TOPIC, first)
    monkeypatch.setitem(UPCASTS, (LampRepaired.TOPIC, 1), named_lamp)
    event = decode(LampRepaired.TOPIC, first)
    assert isinstance(event, LampRepaired)
    assert event.lamps == ("a",)
    assert b'"event_version":3' in encode(event)
    assert decode(LampRepaired.TOPIC, encode(event)) == event


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.TOPIC)
def test_plain_personal_data_is_not_encoded(example: Event) -> None:
    if any(isinstance(getattr(example, field), str) for field in sealed_fields(type(example))):
        with pytest.raises(TypeError, match="plain personal data") as refused:
            encode(example)
        assert "金丝雀" not in str(refused.value)
    assert "金丝雀" not in encode(sealed(example)).decode()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.TOPIC)
def test_an_event_hides_what_is_personal_from_whoever_prints_it(example: Event) -> None:
    assert "金丝雀" not in repr(example)
    assert "金丝雀" not in str(example)
    assert "金丝雀" not in repr(Envelope(STREAM, 1, example))


def test_an_error_about_an_event_does_not_repeat_what_is_personal() -> None:
    body = EXAMPLES[0].model_dump()
    with pytest.raises(ValueError, match="text") as error:
        e.PetitionReceived.model_validate({**body, "text": ["金丝雀"]})
    assert "金丝雀" not in str(error.value)


def test_the_mapper_of_the_library_takes_an_event_there_and_back() -> None:
    mapper = PetitionMapper()
    for example in EXAMPLES:
        envelope = Envelope(STREAM, 7, sealed(example, 7))
        assert mapper.to_domain_event(mapper.to_stored_event(envelope)) == envelope


def test_a_leaf_is_this_hash_of_these_bytes() -> None:
    """Reckoned by hand: RFC 6962 leaf prefix, RFC 8785 body, commitments for sealed fields."""
    state = golden(e.PetitionReplied, 1).read_bytes()
    body = json.loads(state)
    text, grounds = (
        f'{{"commitment":"{body[field]["commitment"]}","key":"{body[field]["key"]}"}}' for field in ("text", "grounds")
    )
    by_hand = (
        '{"body":{"ask_at":"2025-09-25T01:00:00Z","at":"2025-09-24T01:00:00Z",'
        '"by":{"id":"station-1","role":"officer"},'
        f'"grounds":{grounds},"on_time":true,"outcome":"resolved","resident":"r-fedcba9876543210fedcba9876543210",'
        f'"rule":"clock.district","rulebook":"sha256:{"ab" * 32}","text":{text},"unit":"district-works"}},'
        '"command_id":"c-1","recorded_at":"2025-09-24T01:00:00.000005+00:00",'
        '"stream":"p-0123456789abcdef0123456789abcdef","topic":"petition.replied","version":4}'
    )
    leaf = leaf_hash(STREAM, 4, "petition.replied", state, "c-1", RECORDED)
    assert leaf == hashlib.sha256(b"\x00" + by_hand.encode()).digest()


def test_leaves_of_released_events_never_change() -> None:
    """A fixed vector: a change here breaks every proof ever given out."""
    leaves = {
        kind.TOPIC: leaf_hash(STREAM, 1, kind.TOPIC, golden(kind, 1).read_bytes(), "c-1", RECORDED).hex()
        for kind in CATALOGUE
    }
    assert leaves == LEAVES


LEAVES = {
    "petition.received": "897a0800748edac410de80ecf34c6c9d19ed51bf488d7fd06cacfc81b33fd5ac",
    "petition.classified": "4f9e498c2039acb25676affb8742285e63b5a304b1a264d1726882dfd71fc606",
    "petition.triaged": "b7cfd3353a8069e2bcca0ca48d305961f9a7599fad2986ed83a83569a7976e1c",
    "petition.dispatched": "6c318b675ae35a65df78d900f8b5eaa55b9375c48ebc90de7b19b0a843fbc621",
    "petition.accepted": "ea316fc666bf5682d7a227c50c107519a94ad9fde870b97e9cfc064c1dfe23b9",
    "petition.returned": "b7fed4403546897b56b72f64f6b0ad4277b2e40e76b5b90a40daf4941087ec52",
    "petition.transferred": "987bb191b090261033e559716c7ad031dd9c45f17581e1849fa4fd56fa73ca61",
    "petition.reminded": "2d0a1be25493a2181402c22c5b5f19a12562dadbfb254ee44b524761a810d3cc",
    "petition.escalated": "041047fcdaa8095da261589089296eb3a2c8f7b24d78a2a027bec1970401942e",
    "petition.replied": "d3d61d7da251c5c8232c10b94cd6da09d8f907f50f7a2052128b5b93e3453d38",
    "petition.follow_up_asked": "226bdcb3e6dcaea954e1cc25b9b1edfcd8784e4e8f1daf0f2e11fb880aeb1ec8",
    "petition.confirmed": "40ad28574e6619ba3ed0dd0e71e5d578cce965014033e2995905cd425d8ecd25",
    "petition.disputed": "d90171b08295450a2746dd66a4f0af951ea3b3da1e2224896e1c6aa95e1ba88d",
    "petition.withdrawn": "3b38e28a4c6954d335996c0da5552f7c0bb57023af9baa28d7362163c2866640",
    "petition.closed": "eb38d82aa8516d7c614b8317beadbe2c899ad89d2746e83a2953e79913f5fb80",
    "petition.sealed_fields_read": "495ff92dbb0e63d89f52751fb68a0683e20fb99ff86b6e5c220001fcd141004c",
    "rulebook.adopted": "a40e3202e6d0057ae4d324eeeab146b9c0431d600170b60c0900eeff51a3ffc5",
    **ORDER_LEAVES,
    "office.workflows_reconciled": "d3ad8ebfab2d405ab4743445689a2b8a785dbf50be54ed84a9c3de2f7ebd3b2f",
    "office.report_made": "8453f4569715c39e7690a1ef1f91ee95d324c076e1fd37b6d1ab02c064301853",
    "office.reception_day_announced": "d58dd6ab43a510849e21290efb62838c4ec82b48c3dee3b2e94af4c7d81ccd3f",
}


@pytest.mark.parametrize("kind", CATALOGUE, ids=lambda kind: kind.TOPIC)
def test_a_leaf_changes_with_anything_but_a_ciphertext(kind: type[Event]) -> None:
    state = golden(kind, 1).read_bytes()
    body = json.loads(state)
    leaves = {
        leaf_hash(STREAM, 1, kind.TOPIC, state, "c", RECORDED),
        leaf_hash(STREAM + "0", 1, kind.TOPIC, state, "c", RECORDED),
        leaf_hash(STREAM, 2, kind.TOPIC, state, "c", RECORDED),
        leaf_hash(STREAM, 1, kind.TOPIC + "x", state, "c", RECORDED),
        leaf_hash(STREAM, 1, kind.TOPIC, state, "d", RECORDED),
        leaf_hash(STREAM, 1, kind.TOPIC, state, "c", RECORDED + timedelta(microseconds=1)),
    }
    for field, value in body.items():
        changed = {**value, "commitment": "00"} if isinstance(value, dict) and "commitment" in value else "changed"
        leaves.add(leaf_hash(STREAM, 1, kind.TOPIC, json.dumps({**body, field: changed}).encode(), "c", RECORDED))
    assert len(leaves) == 6 + len(body)
    for field in sealed_fields(kind):
        if body[field] is not None:
            gone = {**body, field: {**body[field], "nonce": "", "ciphertext": ""}}
            assert leaf_hash(STREAM, 1, kind.TOPIC, json.dumps(gone).encode(), "c", RECORDED) in leaves


def test_a_leaf_is_the_same_in_every_time_zone() -> None:
    state = golden(e.PetitionClosed, 1).read_bytes()
    there = RECORDED.astimezone(timezone(timedelta(hours=8)))
    assert leaf_hash(STREAM, 1, "t", state, "c", there) == leaf_hash(STREAM, 1, "t", state, "c", RECORDED)


names = st.text("abcdefghijklmnopqrstuvwxyz_0123456789", min_size=1).filter(lambda name: name != "ciphertext")
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(names, inner),
    max_leaves=12,
)


@given(st.dictionaries(names, values), st.text())
def test_a_leaf_is_canonical_whatever_is_in_it(body: dict[str, object], command: str) -> None:
    leaf = {
        "body": body,
        "command_id": command,
        "recorded_at": "2025-09-24T01:00:00.000005+00:00",
        "stream": "s",
        "topic": "t",
        "version": 1,
    }
    expected = hashlib.sha256(b"\x00" + rfc8785.dumps(leaf)).digest()  # type: ignore[arg-type]
    assert leaf_hash("s", 1, "t", json.dumps(body).encode(), command, RECORDED) == expected
