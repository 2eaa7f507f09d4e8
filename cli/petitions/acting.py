"""How an act is carried out: who, when, once; and what is answered."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from cli.doors import actor, opened, petition_of
from cli.failures import WrongUse
from cli.moments import iso, not_ahead, read_moment, shown
from cli.options import Common
from cli.screen import OUT, emit, remarks
from projections.words import STAGES, STEPS, both

if TYPE_CHECKING:
    from aggregates.command import Command
    from office.composition import Office
    from office.handling import Answer
    from rulebook.model import Rulebook

    LookUp = Callable[[Office, str], dict[str, Any]]
    """Fields of a command that only the office knows, of the petition it is about."""

At = Annotated[str | None, Parameter(help="When it counts, as 2025-10-09T10:00 (default now; never ahead).")]
CommandId = Annotated[str | None, Parameter(help="Your id of this act: the same id again is answered, not repeated.")]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class ByStaff:
    """Who does it, when it counts, and its id."""

    by: Annotated[
        str,
        Parameter(help="Who does it: a staff id or name (`petition may` says who may, `rulebook staff` lists all)."),
    ]
    at: At = None
    command_id: CommandId = None


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class ByAnyone:
    """As `ByStaff`; the resident when nobody is named."""

    by: Annotated[
        str | None,
        Parameter(help="Who notes it: a staff id or name (`rulebook staff` lists all; default: the resident)."),
    ] = None
    at: At = None
    command_id: CommandId = None


ANYONE = ByAnyone()


def act(
    name: str,
    receipt: str,
    doing: ByStaff | ByAnyone,
    common: Common,
    /,
    *,
    look_up: "LookUp | None" = None,
    **fields: Any,
) -> int:
    """Carry out the command called `name` once and say what came of it. `look_up` finds what only the office knows.

    Raises:
        Refused, BadReceipt, WrongUse, UnknownName: it may not follow, or something named is not there.
    """
    notes: list[str] = []
    with opened(common) as ours:
        now = ours.now()
        at = now
        if doing.at is not None:
            at = not_ahead("--at", read_moment("--at", doing.at, ours.rules.zone, notes), now)
        petition = petition_of(ours, receipt)
        if look_up is not None:
            fields |= look_up(ours, petition)
        command = _command(name, {"at": at, "by": actor(doing.by, ours.rules), **fields})
        answer = ours.handler.execute(petition, command, _command_id(doing.command_id))
        book = ours.rules
    if common.json:
        emit({**_facts(answer, book), "notes": notes})
        return 0
    _draw(answer, book)
    remarks(notes)
    return 0


def look(receipt: str, wanted: Sequence[str], reason: str, by: str, common: Common) -> int:
    """Record who looks at what and why; then show it.

    Raises:
        as `act`; CannotOpen: the fields were sealed under another key.
    """
    with opened(common) as ours:
        petition = petition_of(ours, receipt)
        command = _command(
            "read",
            {"at": ours.now(), "by": actor(by, ours.rules), "reason": reason, "fields": tuple(dict.fromkeys(wanted))},
        )
        # No id from outside: the same one again would be a look that is not on record.
        answer = ours.handler.execute(petition, command, _command_id(None))
        texts = ours.petitions.unseal(ours.petitions.read(petition)[0], list(dict.fromkeys(wanted)))
        book = ours.rules
    if common.json:
        emit({**_facts(answer, book), "fields": texts})
        return 0
    for field, text in texts.items():
        OUT.print(field, style="bold cyan", markup=False)
        OUT.print(text if text is not None else "—", markup=False, soft_wrap=True)
    return 0


def _command_id(given: str | None) -> str:
    """Ids of the engine's steps and of intake begin otherwise, so that none can be taken by hand.

    Raises:
        WrongUse: it is empty or longer than 200 characters.
    """
    if given is not None and not 0 < len(given) <= 200:
        raise WrongUse(f"--command-id: expected 1 to 200 characters; found {len(given)}")
    return f"shell:{given or secrets.token_hex(16)}"


def _command(name: str, fields: dict[str, Any]) -> "Command":
    from pydantic import ValidationError

    from aggregates.petition.commands import COMMANDS

    kind = next(each for each in COMMANDS if name == each.NAME)
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        message = first["msg"].removeprefix("Value error, ")
        field = ".".join(str(part) for part in first["loc"]).replace("_", "-")
        raise WrongUse(f"--{field}: {message[:1].lower()}{message[1:]}") from None


def _facts(answer: "Answer", book: "Rulebook") -> dict[str, Any]:
    state = answer.petition
    return {
        "receipt": state.receipt,
        "petition": state.id,
        "status": state.stage.value,
        "version": state.version,
        "tier": state.tier,
        "unit": state.unit,
        "due_at": iso(state.due_at, book.zone),
        "waits_until": iso(state.waits_until, book.zone),
        "events": [
            {
                "topic": event.TOPIC,
                "at": iso(event.at, book.zone),
                "by": f"{event.by.role.value}:{event.by.id}",
                "rule": event.rule,
            }
            for event in answer.events
        ],
        "repeated": answer.repeated,
    }


def _draw(answer: "Answer", book: "Rulebook") -> None:
    from aggregates.petition.agenda import agenda
    from projections.sentences import facts_of, names_of, says

    state, names = answer.petition, names_of(book)
    for event in answer.events:
        sentence = says(event.TOPIC, facts_of(event), names)
        OUT.print(f"✓ {sentence.zh} · {sentence.en}", markup=False, soft_wrap=True)
    if answer.repeated:
        OUT.print("已办过，未重复 done before with this id; not repeated", style="yellow")
    owed = agenda(state)
    after = f" · 下一步 next: {both(STEPS, owed.step.value)} {shown(owed.due_at, book.zone)}" if owed.step else ""
    OUT.print(f"{state.receipt} · {both(STAGES, state.stage.value)}{after}", style="dim", markup=False, soft_wrap=True)
