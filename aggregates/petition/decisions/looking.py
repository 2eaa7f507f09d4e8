"""The decision to open sealed fields: the look is recorded before anything is shown."""

from aggregates.event import Event, Role
from aggregates.personal import personal_fields
from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.petition.decisions.access import may
from aggregates.petition.decisions.decision import Decision, Decisions
from aggregates.petition.decisions.refusal import Refused, event_header
from aggregates.petition.for_whom import MAY_KNOW_WHO
from aggregates.petition.state import Petition
from aggregates.petition.what_may_follow import STAFF
from rulebook.model import Rulebook

IDENTITY = frozenset({"name", "phone", "address"})
SEALED = {kind.TOPIC: personal_fields(kind) for kind in e.EVENTS}
"""Sealed fields by topic."""
OVERSEE = frozenset({Role.LEADER, Role.SUPERVISOR})
"""Roles that may read why others looked."""


def shown_unasked(topic: str) -> tuple[str, ...]:
    """The fields opened by default: all sealed ones of the event except name, telephone and address."""
    return tuple(field for field in SEALED[topic] if field not in IDENTITY)


def read(state: Petition, command: c.ReadSealedFields, rules: Rulebook) -> tuple[Event, ...]:
    """Record a look at sealed fields of one event.

    Raises:
        Refused: nothing is sealed in it, a field is not sealed there, it says why somebody else looked and the actor is
            neither leader nor committee, or it says who asks, which is confidential and the actor's unit may not know.
    """
    sealed = SEALED.get(command.event_topic, ())
    if not sealed:
        raise Refused("nothing-sealed", f"event: nothing is sealed in event {command.event}, {command.event_topic}")
    if command.event_topic == e.SealedFieldsRead.TOPIC and command.by.role not in OVERSEE:
        raise Refused("not-yours", "event: why somebody looked is shown to leaders and the supervisory committee only")
    for field in command.fields:
        if field not in sealed:
            raise Refused("unknown-field", f"fields: expected among {', '.join(sealed)}; found {field!r}")
    hidden = sorted(IDENTITY & {*command.fields})
    if state.keeps_who(command.event) and hidden and not _may_know_who(state, command, rules):
        raise Refused(
            "confidential",
            f"fields: {', '.join(hidden)} are confidential here and not shown to units; ask the window to pass on what "
            "the resident must hear",
        )
    return (
        e.SealedFieldsRead(
            **event_header(command, rules),
            event=command.event,
            event_topic=command.event_topic,
            fields=command.fields,
            resident=command.resident or state.resident,
            reason=command.reason,
        ),
    )


def _may_know_who(state: Petition, command: c.Command, rules: Rulebook) -> bool:
    """Whether the actor may know who asks: officers never, others by their part."""
    if command.by.role is Role.OFFICER:
        return False
    return rules.access is None or command.by.role not in STAFF or may(command.by.id, MAY_KNOW_WHO, state, rules)


DECISIONS: Decisions = {
    c.ReadSealedFields: Decision(read, e.SealedFieldsRead),
}
