"""How an act is typed: its options are its command class's fields, its help is what the class says of itself.

An act is declared by one line (`Act`) in `cli/petitions/acts.py` or `cli/orders/acts.py`. A field's type, choices,
default and description make its option; `by`, `at` and the command's id are the same for all. A field that stands in no
`repr` holds what somebody said: its option reads a file or standard input, or asks (`cli/words.py`).
"""

import inspect
import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from cyclopts import Group, Parameter
from pydantic import AwareDatetime
from pydantic.fields import FieldInfo

from aggregates.command import Command, ResidentsWord
from cli.acting import Subject, act, look, option
from cli.failures import WrongUse
from cli.known import CodeFrom, SeenHere, shown, with_known
from cli.options import COMMON, Common
from cli.words import ASKED_FOR, FILE, HOW, STDIN, Words, fields_of_words

if TYPE_CHECKING:
    from cli.acting import GivesCode, LookUp

SQ = "SQ-8F2K-M3QT-9WVB-0C4E7"
ANOTHER = "SQ-0123-4567-89AB-CDEFG"
"""Receipts in examples."""

YesNo = Literal["yes", "no"]
APPROVED = Parameter(name="--approve", negative="--refuse", help="Approve it, or refuse it: one of them.")
AT = "When it counts, as 2025-10-09T10:00 (default now; never ahead)."
COMMAND_ID = "Your id of this act: the same id again is answered, not repeated. Kept as a keyed hash."
NOTER = "Who notes it: a staff id or name (`rulebook staff` lists all; default: the resident)."

Function = Callable[..., int]


@dataclass(frozen=True)
class Act:
    """One act: where help shows it, its command, and the options of an example.

    `own`, where an option is typed otherwise than a field: a function whose keyword parameters are options. One that is
    called as a field stands in that field's place, and has its help unless it says its own. It answers a look-up of the
    fields its options stand for and of those in `finds`, which no option gives.
    `resident`: residents do it too, and are meant when nobody is named. `gives_code`: which resident gets a code by it,
    which is told once. `receipt`: help of RECEIPT, where it says more
    than whose it is. `only_now`: why `--at` is refused. `looks`: it shows personal data; `own` answers which.
    """

    group: Group | None
    command: type[Command]
    example: str = ""
    own: "Callable[..., LookUp] | None" = None
    finds: tuple[str, ...] = ()
    resident: bool = False
    gives_code: "GivesCode | None" = None
    receipt: str | None = None
    only_now: str | None = None
    looks: bool = False


def commands_of(subject: Subject, acts: Iterable[Act]) -> tuple[tuple[Function, str, Group | None, str], ...]:
    """Each act as a command: its function, name, group and example."""
    return tuple(
        (
            _function(subject, each),
            each.command.NAME,
            each.group,
            f"suqiu {subject.name} {each.command.NAME} {SQ} {taught(each)}".rstrip(),
        )
        for each in acts
    )


def taught(this: Act) -> str:
    """The options of an act's example as help prints them: words come from files."""
    said = {option(field): field for field in fields_of_words(this.command)}
    typed = shlex.split(this.example)
    return shlex.join(
        f"{FILE}{said[before]}.txt" if before in said else each
        for before, each in zip(["", *typed], typed, strict=False)
    )


def options_of(this: Act) -> dict[str, inspect.Parameter]:
    """The options an act has of its own, by parameter: its `own` ones, and a field of its command each."""
    typed = {} if this.own is None else dict(inspect.signature(this.own).parameters)
    fields = {
        name: field
        for name, field in this.command.model_fields.items()
        if name not in ResidentsWord.model_fields and name not in this.finds
    }
    first = {name: each for name, each in typed.items() if name not in fields}
    return first | {name: _option(name, field, typed.get(name)) for name, field in fields.items()}


def _function(subject: Subject, this: Act) -> Function:
    kind = this.command
    own = () if this.own is None else tuple(inspect.signature(this.own).parameters)
    options = options_of(this)
    said = [name for name in options if name in fields_of_words(kind)]
    needed = {name for name in said if options[name].default is inspect.Parameter.empty}

    def carry_out(receipt: str, /, *, common: Common = COMMON, **typed: Any) -> int:
        doing = {name: typed.pop(name) for name in ("by", "at", "command_id") if name in typed}
        if this.only_now and doing.get("at") is not None:
            raise WrongUse(f"--at: {this.only_now}")
        showing = {name: typed.pop(name) for name in ("code_from", "seen") if name in typed and _is_word(kind)}
        read = "--code-from" if showing.get("code_from") == STDIN else ""
        typed |= Words(common, read).of({name: typed.pop(name, None) for name in said}, needed=needed)
        own_receipt: str | None = typed.get("own")
        look_up = this.own(**{name: typed.pop(name) for name in own if name in typed}) if this.own else None
        fields = {name: _meant(kind.model_fields[name], value) for name, value in typed.items()}
        if this.looks:
            assert look_up is not None, f"{kind.NAME}: its own option says what is shown"
            return look(subject, kind, receipt, fields, common, by=doing["by"], look_up=look_up)
        if "approved" in kind.model_fields and "approved" not in fields:
            raise WrongUse("--approve, --refuse: expected one of them; found neither")
        doing = {"by": None, **doing}
        if _is_word(kind):
            who = shown(doing["by"], showing.get("code_from"), showing.get("seen"))
            look_up = with_known(look_up, who, own_receipt)
        return act(subject, kind, receipt, fields, common, **doing, look_up=look_up, gives_code=this.gives_code)

    parameters = [
        _parameter("receipt", str, this.receipt or f"The {subject.name}'s receipt.", positional=True),
        *(_of_words(each, needed=name in needed) if name in said else each for name, each in options.items()),
        *_doing(subject, this),
        inspect.Parameter("common", inspect.Parameter.KEYWORD_ONLY, default=COMMON, annotation=Common),
    ]
    carry_out.__signature__ = inspect.Signature(parameters, return_annotation=int)  # type: ignore[attr-defined]
    carry_out.__annotations__ = {each.name: each.annotation for each in parameters}
    about = inspect.cleandoc(kind.__doc__ or "")
    carry_out.__doc__ = f"{subject.acts[kind.NAME]}: {about[:1].lower()}{about[1:]}"
    return carry_out


def _of_words(this: inspect.Parameter, *, needed: bool) -> inspect.Parameter:
    """An option of words: what is needed and not given is asked for, not missed by the parser."""
    typed, *more = get_args(this.annotation)
    told = next(each.help for each in reversed(more) if each.help)
    about = f"{told} {ASKED_FOR if needed else HOW}"
    return this.replace(default=None, annotation=_annotated(typed | None, *more, Parameter(help=about)))


def _doing(subject: Subject, this: Act) -> tuple[inspect.Parameter, ...]:
    if this.looks:
        return (_parameter("by", str, subject.looker),)
    by = _parameter("by", str | None, NOTER, default=None) if this.resident else _parameter("by", str, subject.doer)
    at = _parameter("at", str | None, AT, default=None)
    once = _parameter("command_id", str | None, COMMAND_ID, default=None)
    return by, *(_SHOWING if _is_word(this.command) else ()), at, once


def _is_word(kind: type[Command]) -> bool:
    """Whether it is something residents themselves say."""
    return issubclass(kind, ResidentsWord)


_SHOWING = (
    inspect.Parameter("code_from", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=CodeFrom),
    inspect.Parameter("seen", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=SeenHere),
)


def _parameter(
    name: str, typed: Any, about: str, *, default: Any = inspect.Parameter.empty, positional: bool = False
) -> inspect.Parameter:
    kind = inspect.Parameter.POSITIONAL_ONLY if positional else inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, default=default, annotation=_annotated(typed, Parameter(help=about)))


def _option(name: str, field: FieldInfo, own: inspect.Parameter | None) -> inspect.Parameter:
    """A field as an option. `own`: how it is typed, where that is not as the field is."""
    default = inspect.Parameter.empty if field.is_required() else field.default
    typed, spelt = _typed(field.annotation), [Parameter(name=option(name), help=field.description)]
    if own is not None:
        default = own.default
        typed, *more = get_args(own.annotation) if get_origin(own.annotation) is Annotated else (own.annotation,)
        spelt += more
    elif name == "approved":
        default, typed, spelt = None, bool | None, [APPROVED]
    elif default is False:
        typed = bool
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=_annotated(typed, *spelt)
    )


def _annotated(typed: Any, *more: Any) -> Any:
    return Annotated[(typed, *more)]


def _typed(annotation: Any) -> Any:
    """A field's type as the shell reads it: without its bounds, which the command checks; times as texts."""
    if get_origin(annotation) is Annotated:
        return _typed(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return reduce(or_, (_typed(each) for each in get_args(annotation)))
    return {bool: YesNo, date: str, AwareDatetime: str, NoneType: None}.get(annotation, annotation)


def _meant(field: FieldInfo, value: Any) -> Any:
    """What was typed, as the field has it: yes and no of those that are true or false."""
    yes_or_no = bool in (field.annotation, *get_args(field.annotation)) and isinstance(value, str)
    return value == "yes" if yes_or_no else value
