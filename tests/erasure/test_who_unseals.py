"""Every place of the program that opens sealed data, with the reason it may; a new one is talked about here first."""

import ast
from pathlib import Path

from aggregates.event import Actor, Role
from aggregates.messages.outbox import fold_outbox, stream_of
from aggregates.petition import commands as c
from office.letters import open_message
from tests.erasure.conftest import Place
from tests.rooms import ROOMS

ROOT = Path(__file__).parents[2]

ALLOWED = {
    "eventstore/log.py::unseal": "the one door: looks up the key and opens",
    "cli/acting.py::look": "`petition read`, `order read`: look and reason are on record before the text is shown",
    "office/letters.py::open_message": "`outbox --read`: the same for messages",
    "workers/activities.py::_classify": "the engine reads what is asked to propose a category; keeps reasons, no words",
    "workers/messaging/messenger.py::_happened": "the engine writes the resident's message, sealed again",
    "workers/messaging/activities.py::_parcel": "the message for the gateway, for one call",
    "office/earlier_keys.py::_says_the_same": "a row given again is held against what an earlier version took in",
    "evidence/sealed_audit.py::_look": "`audit verify` holds texts against their commitments; keeps none",
    "workers/messaging/activities.py::_phone": "the number for the gateway, for one call",
}
"""People look by an event with a reason; the engine handles the petition, or proves it, and keeps nothing."""

RECORDED_BEFORE = {
    "cli/acting.py::look": "execute",
    "office/letters.py::open_message": "append_once",
}


def calls_of(function: ast.AST, name: str) -> list[int]:
    """Lines on which a function calls something of this name."""
    return [
        node.lineno
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and (getattr(node.func, "attr", None) == name or getattr(node.func, "id", None) == name)
    ]


def functions() -> dict[str, ast.AST]:
    """Every function and method of the program by file and name."""
    found: dict[str, ast.AST] = {}
    for room in (*ROOMS, "bench"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    found[f"{path.relative_to(ROOT)}::{node.name}"] = node
    return found


def test_nobody_else_opens_sealed_data() -> None:
    assert {place for place, function in functions().items() if calls_of(function, "unseal")} == set(ALLOWED)


def test_who_looks_is_on_record_before_the_text_is_open() -> None:
    every = functions()
    for place, recording in RECORDED_BEFORE.items():
        assert min(calls_of(every[place], recording)) < min(calls_of(every[place], "unseal")), place


def test_read_models_cannot_open_anything() -> None:
    for path in (ROOT / "projections").rglob("*.py"):
        assert "eventstore" not in path.read_text("utf-8"), f"{path.name}: knows where keys are"


def test_a_supervisor_s_look_is_on_record_like_everybody_s(place: Place) -> None:
    petition, _ = place.comes(1)
    watching = Actor(role=Role.SUPERVISOR, id="supervisor-1")
    look = c.ReadSealedFields(at=place.time, by=watching, fields=("text",), reason="抽查")
    place.handler.execute(petition, look, "look-1")
    last = place.event_log.read(petition)[-1]
    assert (last.event.TOPIC, last.event.by) == ("petition.sealed_fields_read", watching)
    assert place.event_log.unseal(last, ("reason",)) == {"reason": "抽查"}
    place.tells()
    (message, *_) = fold_outbox(place.event_log.read(stream_of(petition))).messages
    open_message(place, message, watching, "抽查")  # type: ignore[arg-type] # it uses log, clock and rules
    read = place.event_log.read(stream_of(petition))[-1]
    assert (read.event.TOPIC, read.event.by) == ("message.read", watching)
