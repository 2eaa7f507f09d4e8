"""The entries of `petitions.yaml`: what residents ask for in the story, and what people then do about it."""

import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from aggregates.known import Seen
from aggregates.petition.channels import Channel
from rulebook.model import Rulebook

TRIAGED_AFTER = timedelta(minutes=15)
"""How long after its receipt a person triages a petition that the classifier may not."""

HOMEWARD = timedelta(minutes=30)
"""How long after closing time the last day ends: what is due at closing time still happens."""

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def _instant(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d", value):
        raise ValueError("a date and time in quotes, as 2025-09-26T09:10")
    return datetime.fromisoformat(value)


def _span(value: object) -> object:
    found = re.fullmatch(r"(\d+)([mhd])", value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("minutes, hours or days, as 20m, 6h, 2d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


Instant = Annotated[datetime, BeforeValidator(_instant)]
"""Local time of the rulebook's zone, written without one."""

Span = Annotated[timedelta, BeforeValidator(_span)]
Words = Annotated[str, Field(min_length=1)]


class Entry(BaseModel):
    """The base of everything in the script: unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class _Act(Entry):
    """An act: at an instant (`at`), or a span `after` the petition was submitted."""

    at: Instant | None = None
    after: Span | None = None

    @model_validator(mode="after")
    def _one_time(self) -> Self:
        if (self.at is None) == (self.after is None):
            raise ValueError("either `at` or `after`")
        return self


class Accept(_Act):
    """The unit takes it."""

    do: Literal["accept"]


class Reply(_Act):
    """The unit answers."""

    do: Literal["reply"]
    outcome: Literal["resolved", "explained", "refused"]
    text: Words
    grounds: Words


class Return(_Act):
    """The unit returns it as not theirs."""

    do: Literal["return"]
    reason: Words


class Dispatch(_Act):
    """The window gives it to another unit after a return."""

    do: Literal["dispatch"]
    unit: str


class Transfer(_Act):
    """The unit hands it to another of its tier."""

    do: Literal["transfer"]
    unit: str
    reason: Words


class Withdraw(_Act):
    """The resident withdraws it."""

    do: Literal["withdraw"]
    reason: Words


class Confirm(_Act):
    """The resident says it is settled."""

    do: Literal["confirm"]
    satisfied: bool | None = None


class Dispute(_Act):
    """The resident says it is not settled."""

    do: Literal["dispute"]
    reason: Words


class HandOver(_Act):
    """The window brings the resident to a centre."""

    do: Literal["hand-over"]
    unit: str


class ConfirmHandOver(_Act):
    """The centre confirms that it has the resident."""

    do: Literal["confirm-hand-over"]


class Pause(_Act):
    """The unit asks the resident for what is missing."""

    do: Literal["pause"]
    what: Words


class Resume(_Act):
    """The resident brings it."""

    do: Literal["resume"]
    answer: Words


class Extend(_Act):
    """The unit asks for more time."""

    do: Literal["extend"]
    days: int
    reason: Words


class DecideExtension(_Act):
    """The leader grants it or not."""

    do: Literal["decide-extension"]
    approved: bool
    reason: Words


class Merge(_Act):
    """The window sees that the same was reported before; `into` is that petition's key."""

    do: Literal["merge"]
    into: str
    reason: Words


class Urgent(_Act):
    """The window notes who is in danger or in need."""

    do: Literal["urgent"]
    cause: Literal["life", "elderly", "minor"]


class NewCode(_Act):
    """The resident has lost the code, shows a paper at the window and is given another."""

    do: Literal["new-code"]
    seen: Seen


Act = Annotated[
    Accept
    | Reply
    | Return
    | Dispatch
    | Transfer
    | Withdraw
    | Confirm
    | Dispute
    | HandOver
    | ConfirmHandOver
    | Pause
    | Resume
    | Extend
    | DecideExtension
    | Merge
    | Urgent
    | NewCode,
    Field(discriminator="do"),
]


class Triage(Entry):
    """A person's triage, where the classifier may not."""

    category: str
    tier: str
    matter: str


class Scripted(Entry):
    """One petition of the story."""

    key: str = Field(pattern=r"^[a-z][a-z-]*$")
    submitted: Instant
    channel: Channel
    title: Words
    text: Words
    name: Words
    phone: Words
    address: Words
    anonymous: bool = False
    triage: Triage | None = None
    acts: tuple[Act, ...] = ()

    def when(self, act: _Act) -> datetime:
        """The local time of an act."""
        return act.at or self.submitted + (act.after or timedelta())


def days_of(script: Sequence[Scripted], rules: Rulebook) -> tuple[datetime, datetime]:
    """The story's first midnight, and the evening of the last day on which somebody does something."""
    instants = [entry.submitted for entry in script] + [entry.when(act) for entry in script for act in entry.acts]
    first = datetime.combine(min(instants), time.min, rules.zone)
    return first, datetime.combine(max(instants), rules.office_hours.closes, rules.zone) + HOMEWARD
