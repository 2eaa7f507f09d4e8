"""What a report is made of: tables of whole numbers about a period, as of an instant. No personal data."""

from collections import Counter
from datetime import datetime
from typing import NamedTuple

from projections.lives import Life
from projections.periods import Period
from projections.stays import Fact
from rulebook.model import Rulebook

NONE = "none"
"""How petitions without a value (not yet classified) are counted."""

Cell = str | int | None


class Table(NamedTuple):
    """A named table; of every row the first cell says what it is about."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


class Asked(NamedTuple):
    """What a report is about: the period, the instant it speaks of, and the rules."""

    period: Period
    moment: datetime
    rules: Rulebook

    def within(self, at: datetime | None) -> bool:
        """Whether something was in the period, and not after the report."""
        return at is not None and self.period.starts <= at < self.period.ends and at <= self.moment


class Told(NamedTuple):
    """A prefix of the log, folded: every petition's life, and the facts of who had it."""

    lives: list[Life]
    facts: list[Fact]


def category_of(life: Life) -> str:
    """Its category, or `none`."""
    return life.state.category or NONE


def tier_of(life: Life) -> str:
    """Its tier, or `none`."""
    return life.state.tier or NONE


def counted(name: str, words: tuple[str, ...], counts: dict[str, Counter[str]]) -> Table:
    """A row for each key, a column for each word."""
    return Table(name, (name, *words), tuple((key, *(counts[key][word] for word in words)) for key in sorted(counts)))


def listed(name: str, cells: dict[str, Cell]) -> Table:
    """A row for each key and its count."""
    return Table(name, (name, "count"), tuple(sorted(cells.items())))
