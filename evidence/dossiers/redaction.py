"""For whom a dossier is made, and which sealed texts they may read in it. All dossiers verify alike.

A text that is not opened stays a commitment: the leaf is the same, and nobody can claim that the text was another.
"""

from enum import StrEnum
from typing import Final

from aggregates.catalogue import CATALOGUE
from aggregates.event import Actor, Role
from aggregates.messages.events import MessageWritten
from aggregates.personal import Readers, personal_fields, readers_of
from aggregates.petition.decisions import Refused
from aggregates.petition.state import Petition
from aggregates.petition.what_may_follow import STAFF
from aggregates.record import Recorded
from evidence.deadline_sentences import Said

IDENTITY: Final = ("name", "phone", "address")


class Reader(StrEnum):
    """For whom it is made."""

    RESIDENT = "resident"
    UNIT = "unit"
    COURT = "court"
    AUDITOR = "auditor"


FOR: Final = {
    Reader.RESIDENT: Said(
        "供居民本人：本人所述和所获答复", "for the resident: their own words and what they were told"
    ),
    Reader.UNIT: Said("供承办单位：不含居民身份", "for the unit: nothing of who asks"),
    Reader.COURT: Said("供法院：尚可开启的全部内容", "for the court: all that can still be opened"),
    Reader.AUDITOR: Said("供审计：不开启任何密封内容", "for auditors: nothing that is sealed is opened"),
}

_AS_DECLARED: Final = {
    Readers.RESIDENT_AND_UNIT: frozenset({Reader.RESIDENT, Reader.UNIT}),
    Readers.RESIDENT: frozenset({Reader.RESIDENT}),
    Readers.UNIT: frozenset({Reader.UNIT}),
    Readers.COURT_ALONE: frozenset[Reader](),
}
READ_BY: Final[dict[tuple[str, str], frozenset[Reader]]] = {
    (kind.TOPIC, field): _AS_DECLARED[readers]
    for kind in CATALOGUE
    for field in personal_fields(kind)
    if (readers := readers_of(kind, field)) is not None
}
"""Each personal field of the catalogue, and who but the court reads it: as the field itself says."""

LOOKED_AT: Final = {
    Reader.RESIDENT: ("title", "text", *IDENTITY),
    Reader.UNIT: ("title", "text"),
    Reader.COURT: ("title", "text", *IDENTITY),
    Reader.AUDITOR: (),
}
"""Fields of the petition named in the recorded look."""


GIVEN_BY: Final = {
    Reader.RESIDENT: frozenset({Role.CLERK, Role.LEADER, Role.SUPERVISOR}),
    Reader.UNIT: STAFF | {Role.SUPERVISOR},
    Reader.COURT: frozenset({Role.LEADER, Role.SUPERVISOR}),
    Reader.AUDITOR: STAFF | {Role.SUPERVISOR},
}
"""Roles that may give out a dossier of each kind, of those who may read the petition at all. The court's holds
everything, and the resident's says who asks: no officer of a unit gives either out.
"""
ALWAYS_OPENED: Final = frozenset({Reader.COURT})
"""Kinds made only opened: a court is not handed a closed one as if it were all there is."""


def may_give(reader: Reader, by: Actor, *, opened: bool) -> None:
    """Check that somebody may give out a dossier of a kind, `opened` or closed.

    Raises:
        Refused: `not-yours`, if it is not theirs to give; `reason-missing`, if it is never made closed.
    """
    what = f"a dossier for the {reader.value}"
    if by.role not in GIVEN_BY[reader]:
        roles = " or ".join(sorted(role.value for role in GIVEN_BY[reader]))
        raise Refused("not-yours", f"{what} is given out by a {roles}; found a {by.role.value}")
    if reader in ALWAYS_OPENED and not opened:
        raise Refused("reason-missing", f"reason: {what} is made only opened: expected why")


def may_read(reader: Reader, record: Recorded, field: str, petition: Petition) -> bool:
    """Whether a reader may read a sealed field of an event.

    A resident reads what was sealed with their own key. A unit reads nothing of a confidential petition, nor what was
    written while it was confidential, nor of one that complains about a unit: every word could tell who asks.
    """
    event = record.event
    if reader is Reader.COURT:
        return True
    if reader not in READ_BY.get((event.TOPIC, field), ()):
        return False
    if reader is Reader.RESIDENT:
        own = getattr(event, "resident", None) == petition.resident
        return own and not (isinstance(event, MessageWritten) and event.to != "resident")
    if isinstance(event, MessageWritten) and event.to == "resident":
        return False
    return not _in_confidence(record, petition) and not petition.complained_about


def _in_confidence(record: Recorded, petition: Petition) -> bool:
    """Whether it was written while the petition was confidential; of letters and orders, whether it ever was."""
    if record.stream == petition.id:
        return petition.keeps_who(record.version)
    return petition.confidential or bool(petition.said_in_confidence)


def told_of(reader: Reader, *, opened: bool) -> Said:
    """For whom the dossier is and which sealed texts it opens, in the report's words."""
    said = FOR[reader]
    if opened or reader is Reader.AUDITOR:
        return said
    return Said(f"{said.zh}；本卷未开启密封内容", f"{said.en}; nothing sealed is opened in this one")
