"""What residents ask for in the story and what people then do about it: `petitions.yaml`, read and checked."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from importlib.resources import files
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from aggregates.channels import Channel
from rulebook.document import read_document
from rulebook.model import Rulebook, UnknownName
from rulebook.problems import Problem, shorten

FILE = "petitions.yaml"
TRIAGED_AFTER = timedelta(minutes=15)
"""How long after a petition came a person looks at what the classifier may not decide."""

HOMEWARD = timedelta(minutes=30)
"""How long after closing time the last day ends: what is due at closing time still happens."""

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def _instant(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d", value):
        raise ValueError("a date and time in quotes, as 2025-09-26T09:10")
    return datetime.fromisoformat(value)


def _span(value: object) -> object:
    found = re.fullmatch(r"(\d+)([mhd])", value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("minutes, hours or days, as 20m, 6h, 2d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


Instant = Annotated[datetime, BeforeValidator(_instant)]
"""As written: local time of the rulebook's zone, without one."""

Span = Annotated[timedelta, BeforeValidator(_span)]
Words = Annotated[str, Field(min_length=1)]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Act(_Entry):
    """Something a person does: `at` an instant, or so long `after` the petition was submitted."""

    at: Instant | None = None
    after: Span | None = None

    @model_validator(mode="after")
    def _one_time(self) -> Self:
        if (self.at is None) == (self.after is None):
            raise ValueError("either `at` or `after`")
        return self


class Accept(_Act):
    """The unit takes it."""

    do: Literal["accept"]


class Reply(_Act):
    """The unit answers."""

    do: Literal["reply"]
    outcome: Literal["resolved", "explained", "refused"]
    text: Words
    grounds: Words


class Return(_Act):
    """The unit says it is not theirs."""

    do: Literal["return"]
    reason: Words


class Dispatch(_Act):
    """The window gives it to another unit after a return."""

    do: Literal["dispatch"]
    unit: str


class Transfer(_Act):
    """The unit hands it to another of its tier."""

    do: Literal["transfer"]
    unit: str
    reason: Words


class Withdraw(_Act):
    """The resident takes it back."""

    do: Literal["withdraw"]
    reason: Words


class Confirm(_Act):
    """The resident says it is settled."""

    do: Literal["confirm"]
    satisfied: bool | None = None


class Dispute(_Act):
    """The resident says it is not."""

    do: Literal["dispute"]
    reason: Words


Act = Annotated[Accept | Reply | Return | Dispatch | Transfer | Withdraw | Confirm | Dispute, Field(discriminator="do")]


class Triage(_Entry):
    """What a person decides where the classifier may not."""

    category: str
    tier: str
    matter: str


class Scripted(_Entry):
    """One petition of the story."""

    key: str = Field(pattern=r"^[a-z][a-z-]*$")
    submitted: Instant
    channel: Channel
    title: Words
    text: Words
    name: Words
    phone: Words
    address: Words
    anonymous: bool = False
    triage: Triage | None = None
    acts: tuple[Act, ...] = ()

    def when(self, act: _Act) -> datetime:
        """The local time of an act."""
        return act.at or self.submitted + (act.after or timedelta())


class _Script(_Entry):
    petitions: tuple[Scripted, ...] = Field(min_length=1)


class ScriptError(Exception):
    """A script that cannot be played; the message has a line for everything that is wrong."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


def read_script(rules: Rulebook, text: str | None = None) -> tuple[Scripted, ...]:
    """The petitions of the story (of `text`, else of our file), in the order they are submitted.

    Raises:
        ScriptError: it is written wrongly, or names what the rulebook does not know.
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


def days_of(script: Sequence[Scripted], rules: Rulebook) -> tuple[datetime, datetime]:
    """The story's first midnight, and the evening of the last day on which somebody does something."""
    instants = [entry.submitted for entry in script] + [entry.when(act) for entry in script for act in entry.acts]
    first = datetime.combine(min(instants), time.min, rules.zone)
    return first, datetime.combine(max(instants), rules.office_hours.closes, rules.zone) + HOMEWARD


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


_KINDS = ("accept", "reply", "return", "dispatch", "transfer", "withdraw", "confirm", "dispute")


def _whose(value: Any, place: list[Any]) -> str:
    """The petition's key, if the mistake is in a petition that has one."""
    match place:
        case ["petitions", int(number), *_] if isinstance(entry := value["petitions"][number], dict):
            return f" ({entry['key']})" if isinstance(entry.get("key"), str) else ""
    return ""


def _contradictions(petitions: tuple[Scripted, ...], rules: Rulebook) -> Iterator[Problem]:
    """What each entry alone cannot show: names the rulebook does not know, keys twice, acts before their time."""
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
            if isinstance(act, Dispatch | Transfer):
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
