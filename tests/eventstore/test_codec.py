"""What a stored event looks like, for ever; and its leaf of the log."""

import hashlib
import json
from datetime import timedelta, timezone
from typing import Any, ClassVar

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from aggregates.catalogue import CATALOGUE
from aggregates.event import Event
from aggregates.petition import events as e
from eventstore import codec
from eventstore.codec import Envelope, EventMapper, UnreadableEvent, decode, encode, sealed_fields
from eventstore.leaf import leaf_hash
from eventstore.sealing import unseal
from eventstore.upcasts import UPCASTS
from tests.eventstore.erasure_examples import ERASURE_LEAVES
from tests.eventstore.examples import (
    EXAMPLES,
    GOLDEN,
    KEY,
    RECORDED,
    STREAM,
    golden,
    kept_leaf,
    leaf_of,
    sealed,
    stored,
)
from tests.eventstore.order_examples import ORDER_LEAVES


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
        state = stored(kind, version)
        event = decode(kind.TOPIC, state)
        assert type(event) is kind
        if version == kind.VERSION:
            assert encode(event) == state
            for field in sealed_fields(kind):
                if (value := getattr(event, field)) is not None:
                    assert unseal(value, KEY, STREAM, 1, field).startswith("金丝雀")


def test_no_golden_file_is_left_without_an_event() -> None:
    known = {golden(kind, version) for kind in CATALOGUE for version in range(1, kind.VERSION + 1)}
    assert set(GOLDEN.iterdir()) == known


def test_a_look_before_events_had_numbers_was_at_what_the_petition_began_with() -> None:
    look = decode(e.SealedFieldsRead.TOPIC, stored(e.SealedFieldsRead, 1))
    assert isinstance(look, e.SealedFieldsRead)
    assert (look.event, look.event_topic) == (1, e.PetitionReceived.TOPIC)


def test_a_merge_of_before_shows_nobody_the_other_resident_s_receipt() -> None:
    state = stored(e.PetitionMerged, 1)
    assert b"SQ-0123-4567-89AB-CDEFG" in state, "it was on record, and its leaf proves it"
    merged = decode(e.PetitionMerged.TOPIC, state)
    assert isinstance(merged, e.PetitionMerged)
    assert merged.into == STREAM
    assert "SQ-" not in merged.model_dump_json()


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
    mapper = EventMapper()
    for example in EXAMPLES:
        envelope = Envelope(STREAM, 7, sealed(example, 7))
        assert mapper.to_domain_event(mapper.to_stored_event(envelope)) == envelope


def test_a_leaf_is_this_hash_of_these_bytes() -> None:
    """Reckoned by hand: RFC 6962 leaf prefix, RFC 8785 body, commitments for sealed fields."""
    state = stored(e.PetitionReplied, 1)
    body = json.loads(state)
    text, grounds = (
        f'{{"commitment":"{body[field]["commitment"]}","key":"{body[field]["key"]}"}}' for field in ("text", "grounds")
    )
    by_hand = (
        '{"body":{"ask_at":"2025-09-25T01:00:00Z","at":"2025-09-24T01:00:00Z",'
        '"by":{"id":"station-1","role":"officer"},"dispute_by":"2025-10-09T01:00:00Z",'
        f'"grounds":{grounds},"on_time":true,"outcome":"resolved","resident":"r-fedcba9876543210fedcba9876543210",'
        '"review_by":"2025-10-24T01:00:00Z",'
        f'"rule":"clock.district","rulebook":"sha256:{"ab" * 32}","text":{text},"unit":"district-works"}},'
        '"command_id":"c-1","recorded_at":"2025-09-24T01:00:00.000005+00:00",'
        '"stream":"p-0123456789abcdef0123456789abcdef","topic":"petition.replied","version":4}'
    )
    leaf = leaf_hash(STREAM, 4, "petition.replied", state, "c-1", RECORDED)
    assert leaf == hashlib.sha256(b"\x00" + by_hand.encode()).digest()


def test_leaves_of_released_events_never_change() -> None:
    """A fixed vector: a change here breaks every proof ever given out."""
    kept = {kind.TOPIC: leaf for kind in CATALOGUE if (leaf := kept_leaf(kind, 1)) is not None}
    assert not kept.keys() & LEAVES.keys()
    assert {kind.TOPIC: leaf_of(kind, stored(kind, 1)) for kind in CATALOGUE} == LEAVES | kept
    for kind in CATALOGUE:
        for version in range(2, kind.VERSION + 1):
            assert kept_leaf(kind, version) in (None, leaf_of(kind, stored(kind, version)))


# Of what was released before leaves were kept with the golden files: nothing is added here.
LEAVES = {
    "petition.received": "1ad576d9f01225fc2e84f79b1f29bbb338cb993dcdfe4c2ced8b23cf0a9a9e34",
    "petition.classified": "4f9e498c2039acb25676affb8742285e63b5a304b1a264d1726882dfd71fc606",
    "petition.triaged": "736fc342648626f05bcb629a9d7b3aaeadf6c9f2db6b6b22f06f7f213c7cb1e6",
    "petition.reclassified": "8af78dfa3e9d643a639c82cb38613c377fa3aa111e7a90e38c74071fc8dea5bc",
    "petition.resident_contacted": "6dcfca4d13e61fabdcf765551b4929a3206f8744ed9dde6853a1103a026906c5",
    "petition.resident_joined": "6f668eabac07db98137473ff567cdecbf50e8aabf054d2322237f1dde669f97d",
    "petition.confidentiality_set": "9238c68f81d1ee63b2ca03df46beae2590ca76ee53ec4d9f0d7c22c981f57c0a",
    "petition.urgency_set": "3e7f299bbdca301b14ba426acb697293e0ddf4a20548e774b618847d5dda1650",
    "petition.merged": "c36454faa5f8d17322415593d5062b254c74decd22fc937d6ed5b45d5c4e95ab",
    "petition.unmerged": "125c224e9138d863856389dd24caedfd2daab6262bb5b6adc6bc63b2dec650a3",
    "petition.dispatched": "86f588f4a40cc83cbd583851e2c01e60a34d8aaa4c326a2b36eeff2838de294f",
    "petition.accepted": "ea316fc666bf5682d7a227c50c107519a94ad9fde870b97e9cfc064c1dfe23b9",
    "petition.returned": "cbb8736417e16fde7e412af44b9249e388b33492045dc12278062c0fb5dcf079",
    "petition.transferred": "dd5e7a0992d39fb3d5649cca65c9c916e21257ef73b03dc52107424a0d3dcc72",
    "petition.escalated": "328bfe2c304ebe428805d7bf5b9510b83b3e7ecb79ecb2a2c2d9cfc83f9c51ed",
    "petition.assist_asked": "a3d0c9a7b79a62a43a171ec44bbea07d822a482761e6c2c170f4b77daaac6dd7",
    "petition.assist_ended": "143800422c0524233e3f5be3900d62f267a8b2a4d9beaf0c461f157f59db7a95",
    "petition.proxy_taken": "a8a215325bdf920f77bc526f2459b09621ae7704584cbefdf0149fb48f8c4ca5",
    "petition.proxy_carried": "4643c3fbee68d471fffd168fbaf6788ec2848d89729c3d644ffc003bae8bbe6b",
    "petition.proxy_result_brought": "74148998d37633c72dcf51b5d1440cf308601f160054bba818d73cbbbb523166",
    "petition.handed_over": "685090fe79c37669a35dc872a7269208c28f2f59771d9f8afa50c7c5a80aaf19",
    "petition.hand_over_confirmed": "e09978d1e1afc5b10fe80637e685997bab37ad0f83ac00a23a981ed45f589d13",
    "petition.mediation_opened": "1c5121ec7dd12ee5b712ba1958aa280ceb780c36629c98ba9bd5936ffcc24aa5",
    "petition.mediation_ended": "a492b00b994e2e8be2bb30460a0b6b496c2724b3546dbcba416aa44448c75a2b",
    "petition.referred": "982501c46e066a292e697c43c0d8c0cac31ba4a48de9ad23aa3bdfa6f792a002",
    "petition.referral_decided": "74876d5ddd4d3c8bab12cd87bf3619a98b1b31ed5a9003d5ab8a002f7bec9ace",
    "petition.reminded": "2d0a1be25493a2181402c22c5b5f19a12562dadbfb254ee44b524761a810d3cc",
    "petition.clock_warned": "bef290758edc5a3f8fd2acc7ffec506f83efa607591a0b77a90315a7da1f8523",
    "petition.clock_breached": "0094e9a1d9687cb75037fe34039ce85244c620cdb5f63ad8415ac941361c909e",
    "petition.supervised": "1e82703f33b6ce90a18de860d33a8c9e9758d7f5b6fc5749ce7b25ccb5d452aa",
    "petition.leader_reminded": "60e0c5ed6126132becd5716ba8b39cad784a995a1afae5bd934a0dece54a2a1f",
    "petition.extension_asked": "3280fa5244e4e670715ae10f4bdb88918d089986a2ad123c09310accb0dfcda1",
    "petition.extension_decided": "a4f420a1fe3d4e3bf7299ffac63706fb2a76bb322f6646c68657604b29e227c3",
    "petition.paused": "8eb4307e191c3db6413aae82f31f24a27e0d4dc89a7637cc3b0b24268d495a2f",
    "petition.resumed": "9a2e854eec6de27a260664bdd5bb753bbff3a7c5d0d7fe206720ec2c2a74894a",
    "petition.parking_asked": "cc4ba90f410c056af4d36749e10264206d863641ce8a7c4216d4e1070860e8ef",
    "petition.parking_decided": "037e690a5536ba4fee0029f736b6da45b3a0ad417a66379719d1ea04bb723075",
    "petition.unparked": "13a51327ff980cdfd986d6611d2f38556038aa7327a9b73830841f7a0c491a5b",
    "petition.clocks_recomputed": "386adb926e9dc3225f5347f517ae209e2af9c58e9350b66952346fb801126422",
    "petition.replied": "32fc3a650a1201635f6aeff12dbffc441e02e24325c2d2ebd0425d15bacf4b0d",
    "petition.follow_up_asked": "226bdcb3e6dcaea954e1cc25b9b1edfcd8784e4e8f1daf0f2e11fb880aeb1ec8",
    "petition.confirmed": "40ad28574e6619ba3ed0dd0e71e5d578cce965014033e2995905cd425d8ecd25",
    "petition.disputed": "d90171b08295450a2746dd66a4f0af951ea3b3da1e2224896e1c6aa95e1ba88d",
    "petition.review_requested": "54622aee76248745bf185d4b21b64b91fe0bbeea36dc8d0ba8ee5d00a62eec88",
    "petition.review_decided": "bebbb2d3fa2028e5fa70a9299a7be6885b052dbed8aada28ddfdee08871f1ad9",
    "petition.withdrawn": "3b38e28a4c6954d335996c0da5552f7c0bb57023af9baa28d7362163c2866640",
    "petition.closed": "eb38d82aa8516d7c614b8317beadbe2c899ad89d2746e83a2953e79913f5fb80",
    "petition.sealed_fields_read": "495ff92dbb0e63d89f52751fb68a0683e20fb99ff86b6e5c220001fcd141004c",
    "petition.steps_set_aside": "0cfda053eb1c191e35b74b26c17be4cd3cc0444285fa860da27559b9e34d8974",
    "rulebook.adopted": "a40e3202e6d0057ae4d324eeeab146b9c0431d600170b60c0900eeff51a3ffc5",
    "message.written": "259ec9437b5184ecd1a71a4bf132725635eea522b133f4f30ee25fe5eba88341",
    "message.delivered": "f7bf34246a90d79a6ab270b2463f47d70e543747c310011e2f98d83deef54864",
    "message.failed": "a293b9dabe5161238dcc478485a2faeff048157721012b702148cce93c1f5528",
    "message.read": "ed8b84b6684bfa357977076d521c2ce50a90624b7ffc749da5768306e8884533",
    **ORDER_LEAVES,
    "office.workflows_reconciled": "d3ad8ebfab2d405ab4743445689a2b8a785dbf50be54ed84a9c3de2f7ebd3b2f",
    "office.report_made": "8453f4569715c39e7690a1ef1f91ee95d324c076e1fd37b6d1ab02c064301853",
    "office.adoption_carried_out": "1a5cbf84ccfe095945799d59184c49e02cac0f910d2457c79d8820a7316da88d",
    "office.reception_day_announced": "d58dd6ab43a510849e21290efb62838c4ec82b48c3dee3b2e94af4c7d81ccd3f",
    "office.loss_accepted": "9f5e9d6e2cc7e02ddc4c35f42531dc295578ea13c1d695bfe4f7a4f5b3628cf7",
    "office.times_noted": "0ca0f7992c43e067d0ddcb045fbc9d7c6a2a65d14878e833fafc903372d32526",
    **ERASURE_LEAVES,
}


@pytest.mark.parametrize("kind", CATALOGUE, ids=lambda kind: kind.TOPIC)
def test_a_leaf_changes_with_anything_but_a_ciphertext(kind: type[Event]) -> None:
    state = stored(kind, 1)
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
    state = stored(e.PetitionClosed, 1)
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
