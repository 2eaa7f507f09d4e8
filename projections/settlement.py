"""At which level petitions were settled: in the grid, or at one of the tiers (小事不出网格).

An answer settles a petition unless a dispute, an open review or a new stay follows it. It was settled in the grid if a
grid lead (of a section or building) gave it at the lowest tier, and only grid leads had accepted the petition. The
rulebook's `sections` name the leads. Any other answer counts for the tier it was given at.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from psycopg import Connection

from projections.periods import Period
from projections.stays import Fact, facts_of_petitions

GRID = "grid"


@dataclass(slots=True)
class Level:
    """How many petitions were settled at a level, and with which outcomes."""

    level: str
    settled: int = 0
    resolved: int = 0
    explained: int = 0
    refused: int = 0


def settlement(
    connection: Connection[Any], period: Period, as_of: datetime, *, tiers: Sequence[str], leads: Collection[str]
) -> list[Level]:
    """Every level from the lowest up, with what was settled there in a period, by what was recorded until `as_of`.

    `tiers`: the rulebook's, lowest first; `leads`: ids of the grid leads.
    """
    return levels_of(facts_of_petitions(connection, ("answered",), period, as_of), period, tiers=tiers, leads=leads)


def levels_of(facts: Iterable[Fact], period: Period, *, tiers: Sequence[str], leads: Collection[str]) -> list[Level]:
    """The levels from facts, which are grouped by petition."""
    levels = {name: Level(name) for name in (*([GRID] if leads else []), *tiers)}
    for answer, level in _standing(facts, tiers[0], leads):
        if not period.starts <= answer.at < period.ends:
            continue
        row = levels.setdefault(level, Level(level))  # a tier of an earlier rulebook
        row.settled += 1
        row.resolved += answer.outcome == "resolved"
        row.explained += answer.outcome == "explained"
        row.refused += answer.outcome == "refused"
    return list(levels.values())


def _standing(facts: Iterable[Fact], lowest: str, leads: Collection[str]) -> Iterator[tuple[Fact, str]]:
    for _, each in groupby(facts, key=attrgetter("petition")):
        answer: Fact | None = None
        doubted: Fact | None = None
        by_leads = True
        for fact in each:
            if fact.fact == "answered":
                answer = fact
            elif fact.fact in ("disputed", "came"):
                answer = doubted = None
            elif fact.fact == "review_asked":
                answer, doubted = None, answer or doubted
            elif fact.fact == "reviewed" and fact.outcome != "revoked":
                answer = doubted
            elif fact.topic == "petition.accepted" and fact.by_id not in leads:
                by_leads = False
        if answer:
            grid = by_leads and answer.tier == lowest and answer.by_id in leads
            yield answer, GRID if grid else (answer.tier or lowest)
