"""Reads `petitions.yaml`: every mistake is reported with the petition, its place in the file and what was expected."""

from collections.abc import Iterator
from importlib.resources import files
from typing import Any, get_args

from pydantic import Field, ValidationError

from demo.script import Act, Dispatch, Entry, HandOver, Merge, Scripted, Transfer
from rulebook.document import read_document
from rulebook.model import Rulebook, UnknownName
from rulebook.problems import Expected, Problem, shorten

FILE = "petitions.yaml"
_KINDS = tuple(get_args(kind.model_fields["do"].annotation)[0] for kind in get_args(get_args(Act)[0]))


class _Script(Entry):
    petitions: tuple[Scripted, ...] = Field(min_length=1)


class ScriptError(Expected):
    """A script that cannot be played; the message has a line for everything that is wrong."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


def read_script(rules: Rulebook, text: str | None = None) -> tuple[Scripted, ...]:
    """The petitions of the story (of `text`, else of our file), in the order they are submitted.

    Raises:
        ScriptError: a value is wrong, or the rulebook does not know a name.
    """
    value, problems = read_document(FILE, (files(__package__) / FILE).read_text("utf-8") if text is None else text)
    if problems:
        raise ScriptError(tuple(problems))
    try:
        script = _Script.model_validate(value)
    except ValidationError as error:
        raise ScriptError(tuple(_problem(value, wrong) for wrong in error.errors(include_url=False))) from None
    if wrong := tuple(_contradictions(script.petitions, rules)):
        raise ScriptError(wrong)
    return tuple(sorted(script.petitions, key=lambda petition: petition.submitted))


def _problem(value: Any, error: Any) -> Problem:
    place = [step for step in error["loc"] if step not in _KINDS]
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".")
    kind = error["type"]
    found = "nothing" if kind == "missing" else shorten(error["input"])
    match kind:
        case "missing":
            expected = "a value"
        case "union_tag_not_found" | "union_tag_invalid":
            path, expected = f"{path}.do", "one of " + ", ".join(_KINDS)
            found = shorten(error["input"].get("do")) if isinstance(error["input"], dict) else found
        case "extra_forbidden":
            expected, found = "no field of this name", repr(place[-1])
        case "enum" | "literal_error":
            expected = "one of " + error["ctx"]["expected"].replace("'", "").replace(" or ", ", ")
        case "value_error":
            expected = str(error["ctx"]["error"])
        case _:
            message = error["msg"].removeprefix("Input should be ").removeprefix("a valid ")
            expected = message[:1].lower() + message[1:]
    return Problem(f"{FILE}{_whose(value, place)}", path or "the file", expected, found)


def _whose(value: Any, place: list[Any]) -> str:
    """The petition's key, if the mistake is in a petition that has one."""
    match place:
        case ["petitions", int(number), *_] if isinstance(entry := value["petitions"][number], dict):
            return f" ({entry['key']})" if isinstance(entry.get("key"), str) else ""
    return ""


def _contradictions(petitions: tuple[Scripted, ...], rules: Rulebook) -> Iterator[Problem]:
    """Mistakes across entries: names unknown to the rulebook, duplicate keys, acts before their time."""
    keys: set[str] = set()
    for number, entry in enumerate(petitions):
        file, place = f"{FILE} ({entry.key})", f"petitions[{number}]"
        if entry.key in keys:
            yield Problem(file, f"{place}.key", "a key of its own", f"{entry.key!r} again")
        keys.add(entry.key)
        if (triage := entry.triage) is not None:
            for field, look_up in (("category", rules.category), ("tier", rules.tier), ("matter", rules.matter)):
                yield from _unknown(file, f"{place}.triage.{field}", look_up, getattr(triage, field))
        before = entry.submitted
        for step, act in enumerate(entry.acts):
            if isinstance(act, Merge) and act.into not in keys:
                yield Problem(file, f"{place}.acts[{step}].into", "the key of an entry above", repr(act.into))
            if isinstance(act, Dispatch | Transfer | HandOver):
                yield from _unknown(file, f"{place}.acts[{step}].unit", rules.unit, act.unit)
            if entry.when(act) < before:
                expected = f"a time not before {before:%Y-%m-%dT%H:%M}"
                yield Problem(file, f"{place}.acts[{step}]", expected, f"{entry.when(act):%Y-%m-%dT%H:%M}")
            before = entry.when(act)


def _unknown(file: str, path: str, look_up: Any, name: str) -> Iterator[Problem]:
    try:
        look_up(name)
    except UnknownName as error:
        yield Problem(file, path, str(error).rsplit("expected ", 1)[-1], repr(name))
