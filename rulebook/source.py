"""What every dated value of the rulebook has in common: it is frozen, and it says where it comes from."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

# An id is written in URLs, search attributes and file names: keep to plain ASCII, no spaces.
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=80)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=400)]
Days = Annotated[int, Field(gt=0, le=3650)]


class Record(BaseModel):
    """A frozen piece of the rulebook; an unknown field is an error, not a shrug."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Sourced(Record):
    """A value with its reason: `source` says where it is written, `verified` when that was last checked."""

    source: Text
    verified: date


class Name(Record):
    """A name as residents read it (`zh`) and as code, logs and English readers do (`en`)."""

    zh: Text
    en: Text
