"""Personal data: sealed to its place, gone with its key, and nowhere in clear."""

import base64
import json

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import sql

from aggregates.personal import Sealed
from aggregates.petition import commands as c
from aggregates.record import Recorded
from eventstore.log import ERASED, Append, EventLog
from eventstore.recorder import Datastore
from eventstore.sealing import CannotOpen, MasterKey, key_id, seal, unseal
from office.handling import Handler
from tests.aggregates.office import RESIDENT, say
from tests.eventstore.conftest import MASTER, RECORDED, receive
from tests.eventstore.examples import EXAMPLES
from tests.people import CLERK

KEY = bytes(range(32))
CANARY = "金丝雀 canary"
PLAIN = {"title": f"{CANARY} 1", "text": f"{CANARY} 2", "name": f"{CANARY} 3", "address": f"{CANARY} 4"}


@given(st.text())
def test_any_text_comes_back(text: str) -> None:
    sealed = seal(text, KEY, "p-1", 1, "text")
    assert unseal(sealed, KEY, "p-1", 1, "text") == text
    assert sealed.key == key_id(KEY)


def test_the_same_text_is_sealed_differently_each_time() -> None:
    first, second = (seal("路灯", KEY, "p-1", 1, "text") for _ in range(2))
    assert len({first.nonce, second.nonce}) == len({first.ciphertext, second.ciphertext}) == 2
    assert first.commitment != second.commitment, "a commitment cannot be compared with a guess"


@pytest.mark.parametrize(
    ("stream", "version", "field"), [("p-2", 1, "text"), ("p-1", 2, "text"), ("p-1", 1, "title"), ("p-1\n1", 1, "text")]
)
def test_a_sealed_field_does_not_open_at_another_place(stream: str, version: int, field: str) -> None:
    with pytest.raises(CannotOpen, match=r"does not open with this key at this place"):
        unseal(seal("路灯", KEY, "p-1", 1, "text"), KEY, stream, version, field)


def flipped(text: str, at: int) -> str:
    raw = bytearray(base64.b64decode(text))
    raw[at % len(raw)] ^= 1
    return base64.b64encode(raw).decode()


@given(st.integers(0, 200))
def test_an_altered_field_does_not_open(at: int) -> None:
    sealed = seal("路灯坏了", KEY, "p-1", 1, "text")
    for altered in (
        sealed.model_copy(update={"ciphertext": flipped(sealed.ciphertext, at)}),
        sealed.model_copy(update={"nonce": flipped(sealed.nonce, at)}),
        sealed.model_copy(update={"commitment": "0" * 64}),
        sealed.model_copy(update={"ciphertext": "not base64"}),
        sealed.model_copy(update={"nonce": ""}),
    ):
        with pytest.raises(CannotOpen):
            unseal(altered, KEY, "p-1", 1, "text")


def test_a_sealed_field_shows_nothing() -> None:
    sealed = seal("路灯", KEY, "p-1", 1, "text")
    assert sealed.ciphertext not in repr(sealed)
    assert sealed.nonce not in str(sealed)


def test_a_wrapped_key_opens_for_its_own_purpose_only() -> None:
    wrapped = MASTER.wrap(KEY, "r-1")
    assert MASTER.unwrap(wrapped, "r-1") == KEY
    for broken in (wrapped[:-1], b"", bytes(60)):
        with pytest.raises(CannotOpen):
            MASTER.unwrap(broken, "r-1")
    with pytest.raises(CannotOpen, match="another master key"):
        MASTER.unwrap(wrapped, "r-2")
    with pytest.raises(ValueError, match="expected 32 bytes; found 31"):
        MasterKey(b"k" * 31)


def first(event_log: EventLog, stream: str = "p-1") -> Recorded:
    return event_log.read(stream)[0]


def test_what_was_written_is_read_again(event_log: EventLog) -> None:
    assert event_log.append([receive("p-1", **PLAIN, phone=None)]) == [True]
    assert event_log.unseal(first(event_log), ("title", "text", "name", "phone", "address")) == {**PLAIN, "phone": None}


def test_nothing_is_read_with_another_master_key(event_log: EventLog) -> None:
    event_log.append([receive("p-1")])
    other = EventLog(event_log.datastore, MasterKey(b"\x08" * 32))
    with pytest.raises(CannotOpen, match="wrapped by another master key than the one given"):
        other.unseal(first(other), ("text",))
    with pytest.raises(CannotOpen, match="another master key"):
        other.append([receive("p-2")])
    none = EventLog(event_log.datastore, None)
    assert none.read("p-1")[0].event.TOPIC == "petition.received"
    with pytest.raises(CannotOpen, match="no master key is given"):
        none.unseal(first(none), ("text",))
    assert event_log.head() == 1


def test_an_erased_resident_reads_as_erased_and_stays_on_record(event_log: EventLog, handler: Handler) -> None:
    event_log.append([receive("p-1", **PLAIN), receive("p-2", resident="r-other")])
    leaf = leaves(event_log)
    erase(event_log, RESIDENT)
    assert event_log.unseal(first(event_log), ("title", "text")) == {"title": ERASED, "text": ERASED}
    assert event_log.unseal(first(event_log, "p-2"), ("name",)) == {"name": "甲某"}
    assert leaves(event_log) == leaf
    handler.execute("p-1", say(c.Withdraw, RECORDED, reason=CANARY), "w-1")
    assert event_log.unseal(event_log.read("p-1")[1], ("reason",)) == {"reason": ERASED}


def test_a_resident_erased_and_come_again_has_another_key(event_log: EventLog) -> None:
    event_log.append([receive("p-1", **PLAIN)])
    erase(event_log, RESIDENT)
    event_log.append([receive("p-2", **PLAIN)])
    assert event_log.append([receive("p-1", **PLAIN)]) == [False]
    assert event_log.unseal(first(event_log, "p-2"), ("text",)) == {"text": PLAIN["text"]}
    assert event_log.unseal(first(event_log, "p-1"), ("text",)) == {"text": ERASED}


def test_rows_changed_behind_our_back_do_not_open(event_log: EventLog) -> None:
    event_log.append([receive("p-1", text="一"), receive("p-2", text="二")])
    one, two = first(event_log), first(event_log, "p-2")
    swapped = one._replace(event=two.event)
    moved = one._replace(version=2)
    crossed = one._replace(event=one.event.model_copy(update={"title": vars(one.event)["text"]}))
    for forged, field in ((swapped, "text"), (moved, "text"), (crossed, "title")):
        with pytest.raises(CannotOpen, match="at this place"):
            event_log.unseal(forged, (field,))


def erase(event_log: EventLog, resident: str) -> None:
    with event_log.datastore.get_connection() as connection:
        connection.execute("DELETE FROM suqiu_keys.residents WHERE resident = %s", (resident,))


def leaves(event_log: EventLog) -> list[bytes]:
    with event_log.datastore.get_connection() as connection:
        return [row["leaf_hash"] for row in connection.execute("SELECT leaf_hash FROM suqiu.events ORDER BY position")]


def everything(dsn: str) -> bytes:
    """Every row of every table of the database, as text and as the bytes in it."""
    found = b""
    with psycopg.connect(dsn) as connection:
        tables = connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables "
            "WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, table in tables:
            for row in connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(schema, table))):
                for value in row:
                    found += value if isinstance(value, bytes) else str(value).encode()
                    found += b"\n"
    return found


def forms(text: str) -> list[bytes]:
    """How a text could stand in a database without being sealed."""
    raw = text.encode()
    return [
        raw,
        base64.b64encode(raw)[:-4],
        raw.hex().encode(),
        json.dumps(text)[1:-1].encode(),
        text.encode("utf-16-le"),
    ]


def test_no_personal_word_stands_in_clear_in_any_table(event_log: EventLog, handler: Handler, database: str) -> None:
    event_log.append([receive("p-1", **PLAIN, phone="+8613812345678")])
    for number, kind in enumerate((c.Classify, c.Dispatch, c.Accept, c.Reply)):
        words = {"text": CANARY, "grounds": CANARY} if kind is c.Reply else {}
        by = CLERK if kind in (c.Accept, c.Reply) else None  # it is at their window
        handler.execute("p-1", say(kind, RECORDED, by, **words), f"c-{number}")
    handler.execute("p-1", say(c.Dispute, RECORDED, reason=CANARY), "c-5")
    handler.execute("p-1", say(c.ReadSealedFields, RECORDED, reason=CANARY), "c-6")
    kept = everything(database)
    for form in [form for word in (CANARY, "13812345678") for form in forms(word)]:
        assert form not in kept
    with event_log.datastore.get_connection() as connection:
        connection.execute("CREATE TABLE public.planted AS SELECT %s::bytea AS words", (CANARY.encode(),))
    assert forms(CANARY)[0] in everything(database), "the scan finds what is there"


def test_commands_and_appends_hide_what_is_personal_from_whoever_prints_them() -> None:
    for kind in c.COMMANDS:
        fields = [name for name, field in kind.model_fields.items() if not field.repr]
        command = say(kind, RECORDED, **{name: CANARY for name in fields if name != "phone"})
        assert CANARY not in repr(command)
        assert CANARY not in str(command)
    assert CANARY not in repr(receive("p-1", **PLAIN))
    assert "金丝雀" not in repr(Append("p-1", 0, EXAMPLES, "c", RECORDED))


def test_an_error_on_the_way_to_the_database_does_not_repeat_what_is_personal(event_log: EventLog) -> None:
    broken = receive("p-1", **PLAIN)._replace(command_id="a\x00b")
    with pytest.raises(Exception, match="0x00") as error:
        event_log.append([broken])
    assert CANARY not in repr(error.value)


def test_a_resident_has_one_key_however_many_make_it_at_once(database: str) -> None:
    from concurrent.futures import ThreadPoolExecutor

    datastore = Datastore(database)
    keyring = EventLog(datastore, MASTER).keyring
    wanted = [f"r-{number}" for number in range(40)]
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda turn: keyring.make_keys(wanted[turn % 3 :] + wanted[: turn % 3]), range(18)))
    assert all(keys == made[0] for keys in made)
    assert set(made[0]) == set(wanted)
    assert keyring.keys_of(wanted) == made[0]
    assert keyring.identity_secret() == keyring.identity_secret()
    datastore.close()


def test_sealed_is_all_that_an_event_of_the_log_holds(event_log: EventLog) -> None:
    event_log.append([receive("p-1")])
    event = first(event_log).event
    assert all(isinstance(getattr(event, field), Sealed) for field in ("title", "text", "name", "phone", "address"))
    assert event.by == CLERK
