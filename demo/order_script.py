"""The service orders of the story, from `orders.yaml`: what is ordered, and who claims, delivers and rates it."""

from importlib.resources import files
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from aggregates.command import Command
from aggregates.event import Actor, Role
from aggregates.known import Known
from aggregates.orders import commands as c
from aggregates.orders.state import Order
from demo.script import Entry, Instant, Words
from demo.script_reading import ScriptError
from rulebook.document import read_document
from rulebook.model import Rulebook, UnknownName
from rulebook.problems import Problem

FILE = "orders.yaml"


class OrderAct(Entry):
    """An act on an order: by the unit that claims it, or by the resident who rates it."""

    at: Instant
    do: Literal["claim", "start", "deliver", "rate"]
    unit: str | None = None
    promise: Instant | None = None
    score: int | None = Field(None, ge=1, le=5)
    words: Words | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.do == "claim") != (self.unit is not None and self.promise is not None):
            raise ValueError("`unit` and `promise` where it is claimed, and only there")
        if (self.do == "rate") != (self.score is not None):
            raise ValueError("`score` where it is rated, and only there")
        return self


class ScriptedOrder(Entry):
    """One order of the story."""

    key: str = Field(pattern=r"^[a-z][a-z-]*$")
    posted: Instant
    service: str
    age: int
    title: Words
    text: Words
    name: Words
    phone: Words
    address: Words
    acts: tuple[OrderAct, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        times = [self.posted, *(act.at for act in self.acts)]
        if times != sorted(times):
            raise ValueError("acts in the order of time, none before it was posted")
        return self


class _Orders(Entry):
    orders: tuple[ScriptedOrder, ...] = Field(min_length=1)


def read_orders(rules: Rulebook, text: str | None = None) -> tuple[ScriptedOrder, ...]:
    """The orders of the story (of `text`, else of our file), in the order they are posted.

    Raises:
        ScriptError: a value is wrong, or the rulebook does not know a name.
    """
    value, problems = read_document(FILE, (files(__package__) / FILE).read_text("utf-8") if text is None else text)
    if problems:
        raise ScriptError(tuple(problems))
    try:
        script = _Orders.model_validate(value).orders
    except ValidationError as error:
        raise ScriptError(tuple(map(_problem, error.errors(include_url=False, include_input=False)))) from None
    agreed = rules.service_orders
    try:
        for order in script:
            assert agreed is not None, "the story's rulebook has service orders"
            agreed.service(order.service)
            for act in order.acts:
                if act.unit is not None:
                    agreed.provider(act.unit, rules.units)
    except UnknownName as error:
        raise ScriptError((Problem(FILE, "orders", str(error).rsplit("expected ", 1)[-1], repr(error.name)),)) from None
    return tuple(sorted(script, key=lambda order: order.posted))


def _problem(error: object) -> Problem:
    told = dict(error)  # type: ignore[call-overload]
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in told["loc"]).lstrip(".")
    return Problem(FILE, path or "the file", told["msg"].removeprefix("Value error, "), "something else")


def command(act: OrderAct, state: Order, rules: Rulebook, known: Known | None = None) -> Command:
    """The command of an act: by the claiming unit's first contact, or by the resident, so `known`."""
    at = act.at.replace(tzinfo=rules.zone)
    if act.do == "rate":
        return c.Rate(at=at, by=Actor.resident(), known=known, score=act.score, words=act.words)
    assert rules.service_orders is not None
    unit = act.unit or state.unit
    assert unit is not None
    by = Actor(role=Role.OFFICER, id=rules.service_orders.provider(unit, rules.units).people[0])
    match act.do:
        case "claim":
            assert act.promise is not None
            return c.Claim(at=at, by=by, unit=unit, promised_by=act.promise.replace(tzinfo=rules.zone))
        case "start":
            return c.Start(at=at, by=by)
        case "deliver":
            return c.Deliver(at=at, by=by, words=act.words)
