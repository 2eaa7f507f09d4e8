"""One submission: what a door is given, checked; and the hash of all it says."""

import hashlib
from datetime import datetime
from typing import Annotated

import phonenumbers
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from aggregates.event import Urgent
from aggregates.petition.channels import Channel

REGION = "CN"


def written_phone(value: str) -> str:
    """A telephone number in E.164, from however it was written.

    Raises:
        ValueError: not a possible number.
    """
    try:
        number = phonenumbers.parse(value, REGION)
    except phonenumbers.NumberParseException as error:
        raise ValueError("expected a telephone number, as 13800000001 or 0429-1234567") from error
    if not phonenumbers.is_possible_number(number):
        raise ValueError("expected a telephone number, as 13800000001 or 0429-1234567")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _written_date(value: object) -> object:
    """Refuse bare numbers: read as seconds since 1970, `20251009` would be a day nobody meant."""
    if isinstance(value, datetime) or (isinstance(value, str) and "-" in value[1:]):
        return value
    raise ValueError(DATE)


DATE = "expected a date and time, as 2025-10-09T10:00+08:00"


class Submission(BaseModel):
    """One request as submitted. Unknown fields are ignored: files have columns of their own."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, str_strip_whitespace=True)

    text: str = Field(min_length=1, repr=False)
    title: str | None = Field(default=None, max_length=200, repr=False)
    channel: Channel = Channel.ONLINE
    submitted_at: Annotated[datetime, BeforeValidator(_written_date)] | None = None
    name: str | None = Field(default=None, max_length=100, repr=False)
    phone: Annotated[str, AfterValidator(written_phone)] | None = Field(default=None, repr=False)
    address: str | None = Field(default=None, max_length=300, repr=False)
    external_id: str | None = Field(default=None, min_length=1, max_length=200, repr=False)
    anonymous: bool = False
    section: str | None = Field(default=None, min_length=1, max_length=80)
    confidential: bool = False
    urgent: Urgent | None = None
    complained_about: str | None = Field(default=None, min_length=1, max_length=80)


ADDED_LATER = ("section", "confidential", "urgent", "complained_about")
"""Fields that earlier versions did not have: when empty, they do not enter the key of a submission."""


def content_hash(given: Submission) -> str:
    """The hash of all that a submission says, but not of its sender's id for it."""
    # Empty fields that were added later are left out of the hash: rows from before keep their receipt.
    silent = {"external_id"} | {field for field in ADDED_LATER if not getattr(given, field)}
    said = given.model_dump_json(exclude=silent)
    return hashlib.sha256(said.encode()).hexdigest()
