"""Every event of the erasure of a resident's data. The topics are the storage format: permanent."""

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from aggregates.event import Event
from aggregates.known import Known

Reason = Literal["resident_asked", "not_needed", "unlawful", "retention"]
"""Why: the resident asks for it · the purpose is fulfilled · it should never have been taken down · the time to keep it
is over. Words of the office's own: a sentence could hold what is to be erased."""


class Reached(BaseModel):
    """A reader of the log and its position, past the erasure."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reader: str
    position: int


class ErasureWished(Event):
    """The resident asks the office to erase their data. Nothing is destroyed yet: two people of the office must act.

    `petition`: the petition or order whose receipt they hold, by which the office finds them. By them with their
    code, or noted by staff who know that it is them: `known`.
    """

    TOPIC: ClassVar[str] = "resident.erasure_wished"
    VERSION: ClassVar[int] = 2

    subject: str
    petition: str
    known: Known


class ErasureAsked(Event):
    """Somebody of the office asks that everything sealed with this resident's key be made unreadable, for good.

    `known`: how the resident was known, where they ask for it and have not asked by themselves before.
    """

    TOPIC: ClassVar[str] = "resident.erasure_asked"
    VERSION: ClassVar[int] = 2

    subject: str
    reason: Reason
    known: Known | None


class ErasureDecided(Event):
    """Somebody else approved it, or did not. After an approval the key is destroyed, whatever fails in between.

    `key`: the `key_id` it is about (None: no key is left): a resident who comes again before it is done gets another
    key, which stays.
    """

    TOPIC: ClassVar[str] = "resident.erasure_decided"

    subject: str
    approved: bool
    key: str | None


class ResidentErased(Event):
    """The key is destroyed. `streams`: ids of the petitions and orders that held data of the resident.

    `key_found` false: an earlier try had destroyed the key without recording it.
    """

    TOPIC: ClassVar[str] = "resident.erased"

    subject: str
    key: str | None
    key_found: bool
    streams: tuple[str, ...]


class ErasureAcknowledged(Event):
    """Every reader of the log is past the erasure: nothing is derived from the old texts any more."""

    TOPIC: ClassVar[str] = "resident.erasure_acknowledged"

    subject: str
    readers: tuple[Reached, ...]


ERASURE_EVENTS: tuple[type[Event], ...] = (
    ErasureWished,
    ErasureAsked,
    ErasureDecided,
    ResidentErased,
    ErasureAcknowledged,
)
