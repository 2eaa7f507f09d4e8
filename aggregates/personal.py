"""Fields that hold personal data: plain while a command runs, sealed from the first stored event on.

A field typed `Personal` carries either the plain text (only between a door and the store) or the `Sealed` form the
store keeps. Both hide themselves from `repr`, so that no log line can show them by accident. Of an event it says, too,
who reads it: `Annotated[Personal, Readers.UNIT]`.
"""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field


class Sealed(BaseModel):
    """A sealed field, as stored: encrypted, with a commitment.

    `key`: the `key_id` of the resident's key: a resident who was erased and comes again has another one. `nonce` and
    `ciphertext` are base64 (AES-256-GCM over salt and text); `commitment` is the hex SHA-256 over salt and text, which
    proofs use: it says nothing about the text once the key, and with it the salt, is destroyed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    key: str
    nonce: str = Field(repr=False)
    ciphertext: str = Field(repr=False)
    commitment: str


class _PersonalMark:
    """Marks a field for the codec."""


PERSONAL: Final = _PersonalMark()

Personal = Annotated[str | Sealed, Field(repr=False), PERSONAL]
PersonalOrNone = Annotated[str | Sealed | None, Field(repr=False), PERSONAL]


class Readers(StrEnum):
    """Who reads a personal field of an event in a dossier, beside the court: it reads all that can still be opened."""

    RESIDENT_AND_UNIT = "resident and unit"
    """What residents said and were told, and why a promise to them was moved."""
    RESIDENT = "resident"
    """Who they are."""
    UNIT = "unit"
    """What the offices said among themselves."""
    COURT_ALONE = "court alone"
    """Why somebody looked."""


def personal_fields(model: type[BaseModel]) -> tuple[str, ...]:
    """Names of the personal fields of a model, in the order they are declared."""
    return tuple(name for name, field in model.model_fields.items() if PERSONAL in field.metadata)


def readers_of(model: type[BaseModel], field: str) -> Readers | None:
    """Who reads a personal field; None where it does not say, which a test finds."""
    return next((mark for mark in model.model_fields[field].metadata if isinstance(mark, Readers)), None)
