"""How an act is carried out, on a petition or an order: who, when, once; and what is answered.

Which acts there are: `cli/petitions/acts.py` and `cli/orders/acts.py`; how each is typed: `cli/acts.py`.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from pydantic import AwareDatetime, ValidationError

from aggregates.command import Command
from aggregates.event import Actor, Event
from cli.doors import intake_of, opened
from cli.failures import WrongUse
from cli.moments import not_ahead, read_day, read_moment, shown
from cli.options import Common
from cli.screen import OUT, emit, remarks
from projections.words import both

if TYPE_CHECKING:
    from office.composition import Office
    from office.handling import Answered, StreamHandler
    from projections.sentences import Sentence
    from rulebook.model import Rulebook

    LookUp = Callable[[Office, str, Actor], dict[str, Any]]
    """Fields of a command that only the office knows, of the stream it is about, for whoever acts."""
    GivesCode = Callable[[Sequence[Event], Any], str]
    """The resident who gets a code by these events, in this state."""

TOLD_ONCE = "只告知一次，请交居民本人保管 told once: for the resident alone"

NAMED = {"promised_by": "--promise", "fields": "--field"}
"""Options that are not called as their fields are."""


@dataclass(frozen=True)
class Subject:
    """What acts are done to: petitions, or orders. How the shell finds one, changes it and tells of it."""

    name: str
    acts: Mapping[str, str]
    stages: Mapping[str, str]
    steps: Mapping[str, str]
    doer: str
    looker: str
    stream_of: "Callable[[Office, str, Actor], str]"
    actor: "Callable[[str | None, Rulebook], Actor]"
    handler: "Callable[[Office], StreamHandler[Any]]"
    sentences: "Callable[[Sequence[Event], Rulebook], Iterable[Sentence]]"
    facts: "Callable[[Answered[Any], Rulebook], dict[str, Any]]"
    facts_of_look: "Callable[[Answered[Any], Rulebook], dict[str, Any]]"


def act(
    subject: Subject,
    kind: type[Command],
    receipt: str,
    typed: dict[str, Any],
    common: Common,
    *,
    by: str | None,
    at: str | None = None,
    command_id: str | None = None,
    look_up: "LookUp | None" = None,
    gives_code: "GivesCode | None" = None,
) -> int:
    """Carry out a command once and say what came of it. `look_up` finds what only the office knows.

    `gives_code`: who gets a code by it, which is told with the answer and never again.

    Raises:
        Refused, BadReceipt, WrongUse, UnknownName: it may not follow, or something named is not there.
    """
    from aggregates.petition.decisions.refusal import Refused  # help does not wait for the decisions

    notes: list[str] = []
    with opened(common) as ours:
        book, now = ours.rules, ours.now()
        counts = now if at is None else not_ahead("--at", read_moment("--at", at, book.zone, notes), now)
        fields = typed | _times(kind, typed, ours, notes)
        who = subject.actor(by, book)
        stream = subject.stream_of(ours, receipt, who)
        fields |= look_up(ours, stream, who) if look_up else {}
        command = _command(kind, {"at": counts, "by": who, **fields})
        handler = subject.handler(ours)
        try:
            answer = handler.execute(stream, command, *_command_ids(ours, stream, command_id))
        except Refused:
            # Named as complained about since they were let in, they are told what is told of an unknown petition.
            subject.stream_of(ours, receipt, who)
            raise
        book = ours.rules
        code = None
        if gives_code is not None and not answer.repeated:
            code = intake_of(ours).codes.give(stream, gives_code(answer.events, answer.state))
    if common.json:
        emit({**subject.facts(answer, book), **({"code": code} if code else {}), "notes": notes})
        return 0
    for sentence in subject.sentences(answer.events, book):
        OUT.print(f"✓ {sentence.zh} · {sentence.en}", markup=False, soft_wrap=True)
    if answer.repeated:
        OUT.print("已办过，未重复 done before with this id; not repeated", style="yellow")
    if code:
        OUT.print(f"查询码 code: {code}  {TOLD_ONCE}", markup=False, soft_wrap=True)
    state, owed = answer.state, handler.kind.agenda(answer.state)
    after = (
        f" · 下一步 next: {both(subject.steps, owed.step.value)} {shown(owed.due_at, book.zone)}" if owed.step else ""
    )
    stands = f"{state.receipt} · {both(subject.stages, state.stage.value)}{after}"
    OUT.print(stands, style="dim", markup=False, soft_wrap=True)
    remarks(notes)
    return 0


def look(
    subject: Subject,
    kind: type[Command],
    receipt: str,
    typed: dict[str, Any],
    common: Common,
    *,
    by: str,
    look_up: "LookUp",
) -> int:
    """Record who looks at what and why; then show it. `look_up` answers the `fields`, and of which `event` (the first).

    Raises:
        as `act`; CannotOpen: the fields were sealed under another key.
    """
    with opened(common) as ours:
        who = subject.actor(by, ours.rules)
        stream = subject.stream_of(ours, receipt, who)
        found = look_up(ours, stream, who)
        record = ours.event_log.read(stream)[found.get("event", 1) - 1]
        said = {**typed, **found, "at": ours.now(), "by": who}
        # No id from outside: the same one again would be a look that is not on record.
        answer = subject.handler(ours).execute(stream, _command(kind, said), *_command_ids(ours, stream, None))
        texts = ours.event_log.unseal(record, found["fields"])
        book = ours.rules
    if common.json:
        of_event = {"event": record.version, "topic": record.event.TOPIC} if "event" in found else {}
        emit({**subject.facts_of_look(answer, book), **of_event, "fields": texts})
        return 0
    for field, text in texts.items():
        OUT.print(field, style="bold cyan", markup=False)
        OUT.print(text if text is not None else "—", markup=False, soft_wrap=True)
    return 0


def option(field: str) -> str:
    """The option by which a field is given."""
    return NAMED.get(field, f"--{field.replace('_', '-')}")


def wrong_field(error: ValidationError) -> WrongUse:
    """A pydantic error as what was typed wrong; never what was in it."""
    first = error.errors(include_input=False)[0]
    message = first["msg"].removeprefix("Value error, ")
    field = ".".join(str(part) for part in first["loc"]).replace("_", "-")
    return WrongUse(f"--{field}: {message[:1].lower()}{message[1:]}")


def _times(kind: type[Command], typed: Mapping[str, Any], ours: "Office", notes: list[str]) -> dict[str, Any]:
    """The days and moments among what was typed, as the office's zone has them."""
    zone = ours.rules.zone
    read: dict[str, Any] = {}
    for name, value in typed.items():
        if kind.model_fields[name].annotation is date:
            read[name] = read_day(option(name), value, zone, notes, "ahead")
        elif kind.model_fields[name].annotation is AwareDatetime:
            read[name] = read_moment(option(name), value, zone, notes, "ahead")
    return read


def _command_ids(ours: "Office", stream: str, given: str | None) -> tuple[str, str | None]:
    """What is kept of an act's id, and what earlier versions kept of it; a fresh one where none is given.

    An id of the sender's may say who asks, and what is kept stands in dossiers: it is a keyed hash. Ids of the engine's
    steps and of intake begin otherwise, so that none can be taken by hand.

    Raises:
        WrongUse: it is empty or longer than 200 characters.
    """
    if given is None:
        return f"shell:{secrets.token_hex(16)}", None
    if not 0 < len(given) <= 200:
        raise WrongUse(f"--command-id: expected 1 to 200 characters; found {len(given)}")
    return intake_of(ours).identities.command(stream, given), f"shell:{given}"


def _command(kind: type[Command], fields: dict[str, Any]) -> Command:
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise wrong_field(error) from None
