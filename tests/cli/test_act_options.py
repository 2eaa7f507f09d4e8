"""An act's options are its command's fields, and each says what it is: nothing is left out, nothing is typed twice."""

import inspect
from collections.abc import Mapping
from typing import Annotated, Any, get_args, get_origin

import pytest
from cyclopts import Parameter

from aggregates.command import Command, ResidentsWord
from aggregates.event import Role
from aggregates.orders import commands as of_orders
from aggregates.orders.what_may_follow import TABLE as TABLE_OF_ORDERS
from aggregates.petition import commands as of_petitions
from aggregates.petition.what_may_follow import TABLE
from cli.acting import Subject, option
from cli.acts import Act, Function, options_of
from cli.help import about
from cli.main import run
from cli.orders import acts as order_acts
from cli.orders.acting import ORDERS
from cli.petitions import acts
from cli.petitions.acting import PETITIONS

EVERY = [
    (subject, act, function)
    for subject, table, commands in (
        (PETITIONS, acts.ACTS, acts.COMMANDS),
        (ORDERS, order_acts.ACTS, order_acts.COMMANDS),
    )
    for act, (function, *_) in zip(table, commands, strict=True)
]
every = pytest.mark.parametrize(
    ("subject", "act", "function"), EVERY, ids=[f"{subject.name} {act.command.NAME}" for subject, act, _ in EVERY]
)
INSTEAD = {"confidential": {"lift"}, "support": {"own"}, "inspect": {"own"}}
"""Options that no field is called: what is typed is turned round, or a receipt that a pseudonym is made of."""


def fields_of(kind: type[Command]) -> set[str]:
    return set(kind.model_fields) - set(ResidentsWord.model_fields)


def told(parameter: inspect.Parameter) -> Parameter:
    """How an option is called and what help says of it: what is said last counts."""
    assert get_origin(parameter.annotation) is Annotated, parameter
    return Parameter.combine(*(each for each in get_args(parameter.annotation) if isinstance(each, Parameter)))


@pytest.mark.parametrize(
    "kind", [*of_petitions.COMMANDS, *of_orders.COMMANDS], ids=lambda kind: f"{kind.__module__}:{kind.NAME}"
)
def test_every_command_and_every_field_of_it_says_what_it_is(kind: type[Command]) -> None:
    assert kind.__doc__
    for name, field in kind.model_fields.items():
        assert field.description, f"{kind.__name__}.{name}"
        assert field.description.endswith("."), f"{kind.__name__}.{name}"


@every
def test_each_field_has_an_option_or_is_found(subject: Subject, act: Act, function: Function) -> None:
    assert subject.acts[act.command.NAME]
    options = options_of(act)
    assert set(options) == (fields_of(act.command) - {*act.finds}) | INSTEAD.get(act.command.NAME, set())
    shows = ("code_from", "seen") if issubclass(act.command, ResidentsWord) else ()
    usual = ("by",) if act.looks else ("by", *shows, "at", "command_id")
    assert list(inspect.signature(function).parameters) == ["receipt", *options, *usual, "common"]


@every
def test_help_is_what_the_class_and_its_fields_say(subject: Subject, act: Act, function: Function) -> None:
    called, _, said = about(function).partition(": ")
    assert called == subject.acts[act.command.NAME]
    assert said[:1].upper() + said[1:] == about(act.command)
    own = set() if act.own is None else set(inspect.signature(act.own).parameters)
    for name, parameter in options_of(act).items():
        said = told(parameter)
        assert said.help, name
        if name in act.command.model_fields and name not in {"approved", "into"}:
            assert said.help == act.command.model_fields[name].description
            assert said.name == (option(name),)
            required = act.command.model_fields[name].is_required()
            assert (parameter.default is inspect.Parameter.empty) == required or name in own


@every
def test_what_residents_may_do_needs_nobody_of_the_staff(subject: Subject, act: Act, function: Function) -> None:
    by = inspect.signature(function).parameters["by"]
    table: Mapping[type[Command], Any] = TABLE if subject is PETITIONS else TABLE_OF_ORDERS
    assert (by.default is None) == act.resident == (Role.RESIDENT in table[act.command].roles)


def test_no_act_is_declared_twice() -> None:
    named = [(subject.name, act.command) for subject, act, _ in EVERY]
    assert len(set(named)) == len(named)


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        ("petition dispute SQ --reason yes", {"reason": "yes"}),
        ("petition withdraw SQ --reason no", {"reason": "no"}),
        ("petition confirm SQ --satisfied no", {"satisfied": False}),
        ("petition confirm SQ", {}),
        ("petition decide-parking SQ --by a --refuse --reason r", {"approved": False, "reason": "r"}),
        ("petition proxy SQ --by a --unit u --papers x --papers y", {"unit": "u", "papers": ("x", "y")}),
        ("petition extend SQ --by a --days 3 --reason r --clock tier", {"days": 3, "reason": "r", "clock": "tier"}),
        ("petition urgent SQ --by a --cause none", {"cause": None}),
        ("petition confidential SQ", {"confidential": True}),
        ("petition confidential SQ --lift", {"confidential": False}),
        ("order claim SQ --by a --unit u --promise 2025-10-09T17:00", {"unit": "u", "promised_by": "2025-10-09T17:00"}),
        ("order rate SQ --score 5 --satisfied yes", {"score": 5, "satisfied": True}),
    ],
)
def test_what_is_typed_becomes_the_fields(
    typed: str, fields: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[dict[str, object]] = []

    def carried_out(*arguments: Any, look_up: Any, **_: object) -> int:
        given.append(arguments[3] | (look_up(None, "p", None) if look_up else {}))
        return 0

    monkeypatch.setattr("cli.acts.act", carried_out)
    monkeypatch.setattr("cli.acts.shown", lambda *_: None)
    monkeypatch.setattr("cli.acts.with_known", lambda look_up, *_: look_up)
    assert run(typed.split()) == 0
    assert given == [fields]
