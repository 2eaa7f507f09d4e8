"""The decision to show personal data: the look is on record before anything is shown."""

from aggregates.event import Event, Role
from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.petition.decisions.access import may
from aggregates.petition.decisions.refusal import Refused, event_header
from aggregates.petition.for_whom import MAY_KNOW_WHO
from aggregates.petition.state import Petition
from aggregates.petition.what_may_follow import STAFF
from rulebook.model import Rulebook

READABLE = ("title", "text", "name", "phone", "address")
IDENTITY = frozenset({"name", "phone", "address"})


def read(state: Petition, command: c.ReadSealedFields, rules: Rulebook) -> tuple[Event, ...]:
    """Somebody looks at personal data. Units do not see who asks confidentially."""
    for field in command.fields:
        if field not in READABLE:
            raise Refused("unknown-field", f"fields: expected among {', '.join(READABLE)}; found {field!r}")
    hidden = sorted(IDENTITY & {*command.fields})
    if state.confidential and hidden and not _may_know_who(state, command, rules):
        raise Refused(
            "confidential",
            f"fields: {', '.join(hidden)} are confidential here and not shown to units; ask the window to pass on what "
            "the resident must hear",
        )
    return (
        e.SealedFieldsRead(
            **event_header(command, rules), fields=command.fields, resident=state.resident, reason=command.reason
        ),
    )


def _may_know_who(state: Petition, command: c.Command, rules: Rulebook) -> bool:
    """Units may not, whoever of them asks, in whatever role."""
    if command.by.role is Role.OFFICER:
        return False
    return rules.access is None or command.by.role not in STAFF or may(command.by.id, MAY_KNOW_WHO, state, rules)
