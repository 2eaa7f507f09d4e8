"""What a classifier proposes."""

from typing import Annotated

from pydantic import Field

from rulebook.source import Record


class Proposal(Record):
    """A proposal: `confidence` 0..1, `needs_human` when a person must confirm, `reasons` in Chinese."""

    category: str
    tier: str
    matter: str | None
    confidence: Annotated[float, Field(ge=0, le=1)]
    needs_human: bool
    reasons: tuple[str, ...]
