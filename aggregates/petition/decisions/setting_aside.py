"""Setting aside what the engine did too early, by a clock that was ahead."""

from aggregates.event import Event
from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.petition.decisions.decision import Decision, Decisions
from aggregates.petition.decisions.refusal import Refused, event_header
from aggregates.petition.state import Petition
from rulebook.model import Rulebook


def set_aside(state: Petition, command: c.SetAside, rules: Rulebook) -> tuple[Event, ...]:
    """Void these steps and set the state to what it would be without them; or only note that their times are wrong.

    Raises:
        Refused: the petition has changed since `as_of`, no step came too early, or a later act rests on them.
    """
    if command.as_of is not None and command.as_of != state.version:
        raise Refused("changed-meanwhile", "the petition was changed while its record was looked at; try again")
    if not command.steps and not command.noted:
        raise Refused(
            "nothing-untimely", "nothing of this petition was recorded ahead of its time, or it was put right"
        )
    undo = bool(command.steps) and not command.note_only
    if undo and command.acted is not None:
        raise Refused(
            "acted-on-since",
            f"{command.acted} rests on the steps that came too early: they stand; put right by transfer, return or a "
            "reply what has to be, and note the wrong times with --note-only",
        )
    noted = command.noted if undo else tuple(sorted((*command.noted, *command.steps)))
    return (
        e.StepsSetAside(
            **event_header(command, rules),
            versions=command.steps if undo else (),
            noted=noted,
            standing=command.standing if undo else None,
            resident=state.resident,
            reason=command.reason,
        ),
    )


DECISIONS: Decisions = {
    c.SetAside: Decision(set_aside, e.StepsSetAside),
}
