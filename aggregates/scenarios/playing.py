"""A scenario played: people act at their times, the engine whenever its agenda says so, on a clock of its own."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from pydantic import ValidationError

from aggregates.command import Command, ResidentsWord
from aggregates.event import Actor, Event, Role
from aggregates.known import BY_CODE
from aggregates.orders import agenda as orders_agenda
from aggregates.orders import commands as orders
from aggregates.orders import decisions as orders_decisions
from aggregates.orders import state as orders_state
from aggregates.orders.state import Order
from aggregates.petition import commands as petitions
from aggregates.petition.agenda import Step, agenda
from aggregates.petition.decisions import Refused, command_for, decide
from aggregates.petition.state import Petition, fold
from aggregates.scenarios.written import LOCAL, Act, Scenario
from rulebook.classification import TermClassifier
from rulebook.model import Rulebook, UnknownName

RECEIPT = "SQ-0123-4567-89AB-CDEFG"
RESIDENT = "r-scenario"
MOST_STEPS = 1000


class CannotPlay(Exception):
    """An act of the scenario could not be done; `act` is its place (`given`, 2)."""

    def __init__(self, act: tuple[str | int, ...], reason: str) -> None:
        self.act = act
        super().__init__(reason)


class Owed(Protocol):
    """A step of either agenda."""

    @property
    def step(self) -> Any: ...
    @property
    def due_at(self) -> datetime | None: ...


class Played(NamedTuple):
    """What came of a scenario: the whole life, how much of it was given, and the last act's refusal, if any."""

    state: Petition | Order
    owed: Owed
    events: tuple[Event, ...]
    given: int
    refusal: Refused | None


def play(scenario: Scenario, rules: Rulebook) -> Played:
    """Play it to its end.

    Raises:
        CannotPlay: something else than the last act is refused, or an act is written wrongly.
    """
    life = _Life(scenario, rules)
    for number, act in enumerate(scenario.given):
        life.perform(("given", number), act)
    if scenario.when[0].do is not None:  # what the engine did before somebody acts had happened too
        life.perform(("when",), scenario.when[0].model_copy(update={"do": None}))
    given = len(life.events)
    last = len(scenario.when) - 1
    for number, act in enumerate(scenario.when):
        life.perform(("when", number) if last else ("when",), act, may_be_refused=number == last)
    return Played(life.state, life.owed, tuple(life.events), given, life.refusal)


class _Life:
    """One petition or order under a fake clock."""

    def __init__(self, scenario: Scenario, rules: Rulebook) -> None:
        self._rules = rules
        self._scenario = scenario
        self._of_orders = scenario.about == "order"
        self._words = ("", "")
        self.events: list[Event] = []
        self.refusal: Refused | None = None

    @property
    def state(self) -> Petition | Order:
        return orders_state.fold("o-scenario", self.events) if self._of_orders else fold("p-scenario", self.events)

    @property
    def owed(self) -> Owed:
        state = self.state
        return orders_agenda.agenda(state) if isinstance(state, Order) else agenda(state)

    def perform(self, place: tuple[str | int, ...], act: Act, *, may_be_refused: bool = False) -> None:
        """Let the engine do what is due until then, and then the act."""
        at = act.at.replace(tzinfo=self._rules.zone)
        try:
            self._until(at)
            if act.do is not None:
                self._do(self._command(act, at))
        except Refused as refused:
            if not may_be_refused:
                raise CannotPlay(place, f"{refused.code}: {refused}") from refused
            self.refusal = refused
        except UnknownName as error:
            raise CannotPlay((*place, "by"), str(error)) from error
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
            raise CannotPlay(place, f"{act.do}: {wrong}") from error

    def _until(self, end: datetime) -> None:
        for _ in range(MOST_STEPS):
            owed = self.owed
            if owed.due_at is None or owed.due_at > end:
                return
            last = self.state.last_at
            self._do(self._engines(owed.step, max(owed.due_at, last) if last else owed.due_at))
        raise AssertionError(f"more than {MOST_STEPS} steps by {end}")

    def _engines(self, step: Any, at: datetime) -> Command:
        state = self.state
        if isinstance(state, Order):
            return orders_decisions.command_for(step, at)
        if step is not Step.CLASSIFY:
            return command_for(step, state, at)
        proposes = self._scenario.proposes
        proposal = proposes.proposal() if proposes else TermClassifier(self._rules).classify(*self._words)
        return petitions.Classify(at=at, by=Actor.engine(), proposal=proposal)

    def _do(self, command: Command) -> None:
        state = self.state
        if isinstance(command, petitions.Receive):
            self._words = (command.title or "", command.text)
        self.events += (
            orders_decisions.decide(state, command, self._rules)
            if isinstance(state, Order)
            else decide(state, command, self._rules)
        )

    def _command(self, act: Act, at: datetime) -> Command:
        kinds: Mapping[str, type[Command]] = {
            kind.NAME: kind for kind in (orders.COMMANDS if self._of_orders else petitions.COMMANDS)
        }
        if act.do is None or act.do not in kinds:
            raise Refused("unknown-act", f"do: expected one of {', '.join(kinds)}; found {act.do!r}")
        said = {field: self._moment(value) for field, value in act.said.items()}
        if act.do == "merge" and (receipt := said.pop("into_receipt", None)):
            said["into"] = f"p-{receipt}"
        kind, by = kinds[act.do], self._actor(act.by)
        known = {"known": BY_CODE} if issubclass(kind, ResidentsWord) and by.role is Role.RESIDENT else {}
        return kind(at=at, by=by, **{**self._usual(act), **known, **said})

    def _moment(self, value: Any) -> Any:
        """A local time is meant in the rulebook's zone."""
        try:
            return datetime.strptime(value, LOCAL).replace(tzinfo=self._rules.zone)
        except (TypeError, ValueError):
            return tuple(value) if isinstance(value, list) else value

    def _actor(self, by: str) -> Actor:
        if by in ("resident", "engine"):
            return Actor.resident() if by == "resident" else Actor.engine()
        partners = self._rules.service_orders.partners if self._rules.service_orders else ()
        if any(by in partner.contacts for partner in partners):
            return Actor(role=Role.OFFICER, id=by)
        person = self._rules.staff_member(by)
        return Actor(role=Role(person.role), id=person.id)

    def _usual(self, act: Act) -> dict[str, Any]:
        """What a clerk need not write: ids the doors make."""
        match act.do:
            case "receive" | "post":
                usual = {"receipt": RECEIPT, "resident": RESIDENT, "community": self._rules.id}
                return usual | ({"channel": "counter"} if act.do == "receive" else {})
            case "join":
                return {"resident": f"r-joined-{len(self.events)}"}
            case "support":
                return {"supporter": f"r-supports-{len(self.events)}"}
            case "inspect":
                return {"inspector": f"r-inspects-{len(self.events)}"}
        return {}
