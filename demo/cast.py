"""Who does what in the story: each scripted act as a command of a person of the rulebook, or of the resident."""

from datetime import datetime

from aggregates.event import Actor, Role
from aggregates.known import Known
from aggregates.petition import commands as c
from aggregates.petition.channels import Channel
from aggregates.petition.state import Petition
from demo import script as s
from office.submission import Submission
from rulebook.model import Rulebook


def window_clerk(rules: Rulebook) -> Actor:
    """The first clerk of the rulebook, who works at the window."""
    return next(Actor(role=Role.CLERK, id=person.id) for person in rules.staff if person.role == "clerk")


def of_unit(unit: str | None, rules: Rulebook) -> Actor:
    """The first of a unit's staff, in the role the rulebook gives."""
    assert unit is not None
    person = rules.staff_member(rules.unit(unit).staff[0])
    return Actor(role=Role(person.role), id=person.id)


def at_the_door(entry: s.Scripted, rules: Rulebook) -> Actor:
    """Who takes a petition in: residents themselves online, else the clerk."""
    return Actor.resident() if entry.channel is Channel.ONLINE else window_clerk(rules)


def submission(entry: s.Scripted) -> Submission:
    """The scripted request as a submission."""
    said = entry.model_dump(include={"title", "text", "channel", "name", "phone", "address", "anonymous"})
    return Submission(external_id=f"demo-{entry.key}", **said)


def leader(rules: Rulebook) -> Actor:
    """The first of the leader's unit, who decides requests of units."""
    return of_unit(rules.leader.unit, rules)


def merged(act: s.Merge, into: Petition, at: datetime, rules: Rulebook) -> c.Command:
    """The command that merges a petition into another one."""
    by = window_clerk(rules)
    return c.Merge(at=at, by=by, into=into.id, reason=act.reason)


def command(  # noqa: PLR0911, PLR0912 - one arm an act
    act: s.Triage | s.Act, state: Petition, at: datetime, rules: Rulebook, known: Known | None = None
) -> c.Command:
    """The command of an act, given the petition's state; of a resident's own, how they were `known`.

    Raises:
        TypeError: the act is a merge, which is about two petitions: use `merged`.
    """
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
            return c.Withdraw(at=at, by=Actor.resident(), known=known, reason=act.reason)
        case s.Confirm():
            return c.Confirm(at=at, by=Actor.resident(), known=known, satisfied=act.satisfied)
        case s.Dispute():
            return c.Dispute(at=at, by=Actor.resident(), known=known, reason=act.reason)
        case s.HandOver():
            return c.HandOver(at=at, by=window_clerk(rules), unit=act.unit)
        case s.ConfirmHandOver():
            return c.ConfirmHandOver(at=at, by=of_unit(state.handed_over_to, rules))
        case s.Pause():
            return c.Pause(at=at, by=of_unit(state.unit, rules), what=act.what)
        case s.Resume():
            return c.Resume(at=at, by=Actor.resident(), known=known, answer=act.answer)
        case s.Extend():
            return c.RequestExtension(at=at, by=of_unit(state.unit, rules), days=act.days, reason=act.reason)
        case s.DecideExtension():
            return c.DecideExtension(at=at, by=leader(rules), approved=act.approved, reason=act.reason)
        case s.NewCode():
            return c.GiveCode(at=at, by=window_clerk(rules), seen=act.seen)
        case s.Urgent():
            return c.SetUrgency(at=at, by=window_clerk(rules), cause=act.cause)
        case s.Merge():
            raise TypeError("a merge is about two petitions")
