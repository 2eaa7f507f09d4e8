"""For whom a dossier is made, and which sealed texts they may read in it. All dossiers verify alike.

A text that is not opened stays a commitment: the leaf is the same, and nobody can claim that the text was another.
"""

from enum import StrEnum
from typing import Final

from aggregates.event import Event
from aggregates.messages.events import MessageWritten
from aggregates.petition.state import Petition
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

_R, _U = Reader.RESIDENT, Reader.UNIT

READ_BY: Final[dict[tuple[str, str], frozenset[Reader]]] = {
    # What the resident said.
    ("petition.received", "title"): frozenset({_R, _U}),
    ("petition.received", "text"): frozenset({_R, _U}),
    **{("petition.received", field): frozenset({_R}) for field in IDENTITY},
    **{("petition.resident_joined", field): frozenset({_R}) for field in IDENTITY},
    ("petition.unmerged", "reason"): frozenset({_R, _U}),
    ("petition.resumed", "answer"): frozenset({_R, _U}),
    ("petition.disputed", "reason"): frozenset({_R, _U}),
    ("petition.review_requested", "reason"): frozenset({_R, _U}),
    ("petition.withdrawn", "reason"): frozenset({_R, _U}),
    ("order.posted", "text"): frozenset({_R, _U}),
    **{("order.posted", field): frozenset({_R}) for field in IDENTITY},
    ("order.rated", "words"): frozenset({_R, _U}),
    ("order.withdrawn", "reason"): frozenset({_R, _U}),
    # What the resident was told, and why a promise to them was moved.
    ("petition.merged", "reason"): frozenset({_R, _U}),
    ("petition.mediation_ended", "terms"): frozenset({_R, _U}),
    ("petition.paused", "what"): frozenset({_R, _U}),
    ("petition.extension_asked", "reason"): frozenset({_R, _U}),
    ("petition.extension_decided", "reason"): frozenset({_R, _U}),
    ("petition.parking_asked", "reason"): frozenset({_R, _U}),
    ("petition.parking_decided", "reason"): frozenset({_R, _U}),
    ("petition.unparked", "reason"): frozenset({_R, _U}),
    ("petition.replied", "text"): frozenset({_R, _U}),
    ("petition.replied", "grounds"): frozenset({_R, _U}),
    ("petition.review_decided", "text"): frozenset({_R, _U}),
    ("petition.review_decided", "grounds"): frozenset({_R, _U}),
    ("order.delivered", "words"): frozenset({_R, _U}),
    ("message.written", "zh"): frozenset({_R, _U}),
    ("message.written", "en"): frozenset({_R, _U}),
    # What the offices said among themselves.
    ("petition.reclassified", "reason"): frozenset({_U}),
    ("petition.returned", "reason"): frozenset({_U}),
    ("petition.transferred", "reason"): frozenset({_U}),
    ("petition.assist_asked", "reason"): frozenset({_U}),
    ("petition.referred", "reason"): frozenset({_U}),
    ("petition.referral_decided", "decision"): frozenset({_U}),
    ("order.released", "reason"): frozenset({_U}),
    ("petition.steps_set_aside", "reason"): frozenset({_U}),
    # Why somebody looked: for the court.
    ("petition.sealed_fields_read", "reason"): frozenset(),
    ("order.sealed_fields_read", "reason"): frozenset(),
    ("message.read", "reason"): frozenset(),
}
"""Each personal field of the catalogue, and who besides the court reads it."""

LOOKED_AT: Final = {
    Reader.RESIDENT: ("title", "text", *IDENTITY),
    Reader.UNIT: ("title", "text"),
    Reader.COURT: ("title", "text", *IDENTITY),
    Reader.AUDITOR: (),
}
"""Fields of the petition named in the recorded look."""


def may_read(reader: Reader, event: Event, field: str, petition: Petition) -> bool:
    """Whether a reader may read a sealed field of an event.

    A resident reads what was sealed with their own key. A unit reads nothing of a confidential petition, nor of one
    that complains about a unit: every word could tell who asks.
    """
    if reader is Reader.COURT:
        return True
    if reader not in READ_BY.get((event.TOPIC, field), ()):
        return False
    if reader is Reader.RESIDENT:
        own = getattr(event, "resident", None) == petition.resident
        return own and not (isinstance(event, MessageWritten) and event.to != "resident")
    if isinstance(event, MessageWritten) and event.to == "resident":
        return False
    return not petition.confidential and petition.complained_about is None


def told_of(reader: Reader, *, opened: bool) -> Said:
    """For whom the dossier is and which sealed texts it opens, in the report's words."""
    said = FOR[reader]
    if opened or reader is Reader.AUDITOR:
        return said
    return Said(f"{said.zh}；本卷未开启密封内容", f"{said.en}; nothing sealed is opened in this one")
