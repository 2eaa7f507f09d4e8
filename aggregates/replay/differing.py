"""Compares two courses of one petition: which deadlines, tiers and breaches differ, with sums that add up.

A promise is the same in both if it is of the same clock and rank of tier, and as many of its kind came before it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from aggregates.event import Event
from aggregates.petition.state import fold
from aggregates.record import Recorded
from aggregates.replay.otherwise import Otherwise, Unplayed
from aggregates.replay.promises import Promise, promises
from aggregates.replay.steps import fields_that_differ

Rank = Callable[[str], int]
"""The rank of a tier, from 0 at the lowest."""


class Life(NamedTuple):
    """The measures of a course: each promise's deadline, the missed ones, and the highest level reached."""

    deadlines: dict[str, datetime]
    breaches: frozenset[str]
    level: int


class Moved(NamedTuple):
    """A promise with another deadline, or one that only one of the two courses has."""

    promise: str
    recorded: datetime | None
    then: datetime | None


@dataclass(frozen=True)
class Differing:
    """The differences between the record and its course under other rules."""

    recorded: Life
    then: Life
    moved: tuple[Moved, ...]
    other_events: int
    refused: tuple[Unplayed, ...]
    mapped: tuple[Unplayed, ...]
    stuck: str | None

    @property
    def breaches_only_recorded(self) -> list[str]:
        """Deadlines missed only in the record."""
        return sorted(self.recorded.breaches - self.then.breaches)

    @property
    def breaches_only_then(self) -> list[str]:
        """Deadlines missed only under the other rules."""
        return sorted(self.then.breaches - self.recorded.breaches)

    @property
    def kind(self) -> str:
        """`identical`, `details` (other reminders, windows or units only), `differs`, or `stuck`."""
        if self.stuck:
            return "stuck"
        if self.moved or self.recorded != self.then or self.refused:
            return "differs"
        return "details" if self.other_events else "identical"


LEADER = 1_000
"""The level of the leader, above every tier."""


def life(petition: str, records: Sequence[Recorded], rank: Rank) -> Life:
    """The measures of a course."""
    given = promises(petition, records)
    state = fold(petition, (record.event for record in records))
    level = LEADER if state.with_leader else rank(state.tier) if state.tier else -1
    missed = frozenset(_key(each, rank) for each in given if each.ended == "breached")
    return Life({_key(each, rank): each.clock.due_at for each in given}, missed, level)


def _key(promise: Promise, rank: Rank) -> str:
    level = f":{rank(promise.tier) + 1}" if promise.tier else ""
    return f"{promise.name}{level}" + (f"#{promise.number + 1}" if promise.number else "")


def differing(petition: str, records: Sequence[Recorded], told: Otherwise, rank: Rank, other_rank: Rank) -> Differing:
    """Compare the record with its course under other rules."""
    recorded, then = life(petition, records, rank), life(petition, told.records, other_rank)
    names = dict.fromkeys((*recorded.deadlines, *then.deadlines))
    pairs = [(name, recorded.deadlines.get(name), then.deadlines.get(name)) for name in names]
    return Differing(
        recorded=recorded,
        then=then,
        moved=tuple(Moved(*pair) for pair in pairs if pair[1] != pair[2]),
        other_events=_other_events([each.event for each in records], [each.event for each in told.records]),
        refused=tuple(told.refused),
        mapped=tuple(told.mapped),
        stuck=told.stuck,
    )


def _other_events(recorded: Sequence[Event], then: Sequence[Event]) -> int:
    """How many events differ, apart from the rulebook they name."""
    both = list(zip(recorded, then, strict=False))
    return abs(len(recorded) - len(then)) + sum(
        type(was) is not type(now) or any(name != "rulebook" for name, _, _ in fields_that_differ(was, now))
        for was, now in both
    )


@dataclass
class Sums:
    """Totals over many petitions. Those that got stuck count as petitions and in nothing else."""

    petitions: int = 0
    identical: int = 0
    details: int = 0
    differs: int = 0
    stuck: int = 0
    deadlines_recorded: int = 0
    deadlines_then: int = 0
    deadlines_same: int = 0
    deadlines_earlier: int = 0
    deadlines_later: int = 0
    deadlines_only_recorded: int = 0
    deadlines_only_then: int = 0
    breaches_recorded: int = 0
    breaches_then: int = 0
    breaches_both: int = 0
    breaches_only_recorded: int = 0
    breaches_only_then: int = 0
    tiers_same: int = 0
    tiers_higher: int = 0
    tiers_lower: int = 0
    acts_refused: int = 0
    names_mapped: dict[str, int] = field(default_factory=dict)

    def add(self, one: Differing) -> None:
        """Add one petition."""
        self.petitions += 1
        setattr(self, one.kind, getattr(self, one.kind) + 1)
        for _, _, note in one.mapped:
            self.names_mapped[note] = self.names_mapped.get(note, 0) + 1
        if one.stuck:
            return
        self._deadlines(one)
        self.breaches_recorded += len(one.recorded.breaches)
        self.breaches_then += len(one.then.breaches)
        self.breaches_both += len(one.recorded.breaches & one.then.breaches)
        self.breaches_only_recorded += len(one.breaches_only_recorded)
        self.breaches_only_then += len(one.breaches_only_then)
        self.tiers_same += one.then.level == one.recorded.level
        self.tiers_higher += one.then.level > one.recorded.level
        self.tiers_lower += one.then.level < one.recorded.level
        self.acts_refused += len(one.refused)

    def _deadlines(self, one: Differing) -> None:
        self.deadlines_recorded += len(one.recorded.deadlines)
        self.deadlines_then += len(one.then.deadlines)
        self.deadlines_same += len(one.recorded.deadlines) - sum(each.recorded is not None for each in one.moved)
        for each in one.moved:
            if each.recorded is None:
                self.deadlines_only_then += 1
            elif each.then is None:
                self.deadlines_only_recorded += 1
            elif each.then < each.recorded:
                self.deadlines_earlier += 1
            else:
                self.deadlines_later += 1

    def add_up(self) -> bool:
        """Whether every sum is the sum of its parts."""
        both = self.deadlines_same + self.deadlines_earlier + self.deadlines_later
        return _all_equal(
            (self.petitions, self.identical + self.details + self.differs + self.stuck),
            (self.deadlines_recorded, both + self.deadlines_only_recorded),
            (self.deadlines_then, both + self.deadlines_only_then),
            (self.breaches_recorded, self.breaches_both + self.breaches_only_recorded),
            (self.breaches_then, self.breaches_both + self.breaches_only_then),
            (self.petitions - self.stuck, self.tiers_same + self.tiers_higher + self.tiers_lower),
        )


def _all_equal(*pairs: tuple[int, int]) -> bool:
    return all(one == other for one, other in pairs)


def ranks(order: Iterable[str]) -> Rank:
    """Ranks by the order of a book's tiers; an unknown tier is below all."""
    known = {tier: number for number, tier in enumerate(order)}
    return lambda tier: known.get(tier, -1)
