"""Everything that can happen to the erasure of a resident's data. The topics are the storage format: permanent."""

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from aggregates.event import Event

Reason = Literal["resident_asked", "not_needed", "unlawful", "retention"]
"""Why: the resident asks for it · the purpose is fulfilled · it should never have been taken down · the time to keep it
is over. Words of the office's own: a sentence could hold what is to be erased."""


class Reached(BaseModel):
    """A reader of the log that has gone past the erasure: its name, and the position it stood at."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reader: str
    position: int


class ErasureWished(Event):
    """The resident asks the office to erase what is theirs. Nothing is destroyed by that: two people of it must act.

    `petition` is what they hold the receipt of, so that the office finds them: a petition or an order.
    """

    TOPIC: ClassVar[str] = "resident.erasure_wished"

    subject: str
    petition: str


class ErasureAsked(Event):
    """Somebody asks that everything sealed with this resident's key be made unreadable, for good."""

    TOPIC: ClassVar[str] = "resident.erasure_asked"

    subject: str
    reason: Reason


class ErasureDecided(Event):
    """Somebody else approved it, or did not. From the approval on the key is destroyed, whatever fails in between.

    `key` names the key it is about (None: there is none any more): a resident who comes again before it is done has
    another one, which stays.
    """

    TOPIC: ClassVar[str] = "resident.erasure_decided"

    subject: str
    approved: bool
    key: str | None


class ResidentErased(Event):
    """The key is destroyed. `streams`: the petitions and orders that held something of the resident, by their ids.

    `key_found` is false where there was none any more: an earlier try had destroyed it and could not say so.
    """

    TOPIC: ClassVar[str] = "resident.erased"

    subject: str
    key: str | None
    key_found: bool
    streams: tuple[str, ...]


class ErasureAcknowledged(Event):
    """Every reader of the log has gone past the erasure: nothing is made from the old texts any more."""

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
