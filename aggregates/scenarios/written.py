"""A scenario as it is written. Times are local to the rulebook and without a zone, as `2025-09-30 15:00`."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from rulebook.proposal import Proposal
from rulebook.source import Name

LOCAL = "%Y-%m-%d %H:%M"


def _local(value: object) -> object:
    if isinstance(value, str):
        try:
            return datetime.strptime(value, LOCAL)  # noqa: DTZ007 - the rulebook's zone is added where it is known
        except ValueError:
            pass
    raise ValueError("a local time in quotes, as 2025-09-30 15:00")


Local = Annotated[datetime, BeforeValidator(_local)]
Topics = dict[str, dict[str, Any]]


class Entry(BaseModel):
    """A part of a file; what is not known may not stand there."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Act(BaseModel):
    """Somebody does something: `by` is an id of the rulebook's staff, or `resident`; `do` the act's name.

    Without `do`, time goes by until then. Whatever else is written are the act's own fields.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    at: Local
    by: str = "resident"
    do: str | None = None

    @property
    def said(self) -> dict[str, Any]:
        """The act's own fields."""
        return self.model_extra or {}


class Then(Entry):
    """What is true then.

    `events` are all that followed, in order: a topic, or a topic with fields. Where `when` begins with an act, what the
    engine did before it had happened already. `happened` counts events of the whole life. `owed` is the engine's next
    step, or `nothing`; `owed_at` its time.
    """

    refused: str | None = None
    says: str | None = None
    status: str | None = None
    category: str | None = None
    matter: str | None = None
    tier: str | None = None
    unit: str | None = None
    assisting: tuple[str, ...] | None = None
    with_leader: bool | None = None
    residents: int | None = None
    priority: int | None = None
    returns: int | None = None
    review_unit: str | None = None
    supervised_by: str | None = None
    final: bool | None = None
    promise: str | None = None
    owed: str | None = None
    owed_at: str | None = None
    events: tuple[str | Topics, ...] | None = None
    happened: dict[str, int] | None = None


class Proposed(Entry):
    """What the classifier is taken to propose; without it the rulebook's own classifier reads the text."""

    category: str
    tier: str
    matter: str | None = None
    needs_human: bool = False

    def proposal(self) -> Proposal:
        """As the classifier would say it."""
        sure = 0.4 if self.needs_human else 0.9
        return Proposal(confidence=sure, reasons=("情景设定",), **self.model_dump())


class Scenario(Entry):
    """One story: `given` what had happened, `when` something is done, `then` this is true and that is `due`.

    `due` maps a clock's name to a local time (with ` provisional` where no calendar is known yet), or to `stopped`,
    `waits` or `none`; of an order, `promise` to the promised time.
    """

    title: Name
    about: Literal["petition", "order"] = "petition"
    proposes: Proposed | None = None
    given: tuple[Act, ...] = ()
    when: tuple[Act, ...] = Field(min_length=1)
    then: Then = Then()
    due: dict[str, str] = {}


class Written(Entry):
    """A file of scenarios; `rulebook` is a folder, as seen from the file."""

    rulebook: str | None = None
    scenarios: tuple[Scenario, ...] = Field(min_length=1)
