"""Who does what in the story: each scripted act as the command of a person of the rulebook, or of the resident."""

from datetime import datetime

from aggregates import commands as c
from aggregates.channels import Channel
from aggregates.events import Actor, Role
from aggregates.state import Petition
from rulebook.model import Rulebook
from workers.demo_district import script as s
from workers.intake import Submission


def window_clerk(rules: Rulebook) -> Actor:
    """The clerk at the door: the first of the rulebook."""
    return next(Actor(role=Role.CLERK, id=person.id) for person in rules.staff if person.role == "clerk")


def of_unit(unit: str | None, rules: Rulebook) -> Actor:
    """Somebody of a unit: the first of its staff, in the role the rulebook gives."""
    assert unit is not None
    person = rules.staff_member(rules.unit(unit).staff[0])
    return Actor(role=Role(person.role), id=person.id)


def at_the_door(entry: s.Scripted, rules: Rulebook) -> Actor:
    """Who takes it in: residents write online themselves; for the rest a clerk does."""
    return Actor.resident() if entry.channel is Channel.ONLINE else window_clerk(rules)


def submission(entry: s.Scripted) -> Submission:
    """The request as a door takes it in."""
    said = entry.model_dump(include={"title", "text", "channel", "name", "phone", "address", "anonymous"})
    return Submission(external_id=f"demo-{entry.key}", **said)


def command(  # noqa: PLR0911 - one arm an act
    act: s.Triage | s.Act, state: Petition, at: datetime, rules: Rulebook
) -> c.Command:
    """The command an act stands for, given what has become of the petition."""
    match act:
        case s.Triage():
            return c.Triage(at=at, by=window_clerk(rules), **act.model_dump())
        case s.Accept():
            return c.Accept(at=at, by=of_unit(state.unit, rules))
        case s.Reply():
            said = act.model_dump(include={"outcome", "text", "grounds"})
            return c.Reply(at=at, by=of_unit(state.unit, rules), **said)
        case s.Return():
            return c.Return(at=at, by=of_unit(state.unit, rules), reason=act.reason)
        case s.Dispatch():
            return c.Dispatch(at=at, by=window_clerk(rules), unit=act.unit)
        case s.Transfer():
            return c.Transfer(at=at, by=of_unit(state.unit, rules), unit=act.unit, reason=act.reason)
        case s.Withdraw():
            return c.Withdraw(at=at, by=Actor.resident(), reason=act.reason)
        case s.Confirm():
            return c.Confirm(at=at, by=Actor.resident(), satisfied=act.satisfied)
        case s.Dispute():
            return c.Dispute(at=at, by=Actor.resident(), reason=act.reason)
