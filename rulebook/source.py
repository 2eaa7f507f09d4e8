"""What every dated value of the rulebook has in common: it is frozen, and it says where it comes from."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date, time
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints


def written(pattern: str, read: Callable[[str], object], words: str) -> BeforeValidator:
    """Reads text written in one way only; what is not text is left to its type."""

    def check(value: object) -> object:
        if not isinstance(value, str):
            return value
        if re.fullmatch(pattern, value, re.ASCII):
            with suppress(ValueError):
                return read(value)
        raise ValueError(words)

    return BeforeValidator(check)


# An id is written in URLs, search attributes and file names: keep to plain ASCII, no spaces.
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=80)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=400)]
Days = Annotated[int, Field(gt=0, le=3650)]
# One way to write a day and a time of day: no zones, no timestamps, no two spellings of one holiday.
Day = Annotated[date, written(r"\d{4}-\d\d-\d\d", date.fromisoformat, "a day, as 2026-11-20")]
TimeOfDay = Annotated[time, written(r"\d\d:\d\d(:\d\d)?", time.fromisoformat, "a time of day, as 08:30")]


class Record(BaseModel):
    """A frozen piece of the rulebook; an unknown field is an error, not a shrug."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Sourced(Record):
    """A value with its reason: `source` says where it is written, `verified` when that was last checked."""

    source: Text
    verified: Day


class Name(Record):
    """A name as residents read it (`zh`) and as code, logs and English readers do (`en`)."""

    zh: Text
    en: Text
