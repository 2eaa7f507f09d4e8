"""The parts of a report: tables of integers about a period, as of an instant. No personal data."""

from collections import Counter
from datetime import datetime
from typing import NamedTuple

from projections.lives import Life
from projections.periods import Period
from projections.stays import Fact
from rulebook.model import Rulebook

NONE = "none"
"""The key for petitions without a value (not yet classified)."""

Cell = str | int | None


class Table(NamedTuple):
    """A named table; the first cell of a row is its key."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


class Asked(NamedTuple):
    """The request for a report: the period, the instant it is as of, and the rules."""

    period: Period
    moment: datetime
    rules: Rulebook

    def within(self, at: datetime | None) -> bool:
        """Whether an instant is in the period, and not after the report's."""
        return at is not None and self.period.starts <= at < self.period.ends and at <= self.moment


class Told(NamedTuple):
    """A prefix of the log, folded: every petition, and the facts of its stays."""

    lives: list[Life]
    facts: list[Fact]


def category_of(life: Life) -> str:
    """The petition's category, or `none`."""
    return life.state.category or NONE


def tier_of(life: Life) -> str:
    """The petition's tier, or `none`."""
    return life.state.tier or NONE


def counted(name: str, words: tuple[str, ...], counts: dict[str, Counter[str]]) -> Table:
    """A row for each key, a column for each word."""
    return Table(name, (name, *words), tuple((key, *(counts[key][word] for word in words)) for key in sorted(counts)))


def listed(name: str, cells: dict[str, Cell]) -> Table:
    """A row for each key and its count."""
    return Table(name, (name, "count"), tuple(sorted(cells.items())))
