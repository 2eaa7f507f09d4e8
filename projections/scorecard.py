"""Scorecards of units: what they received in a period and what came of it. Units are scored, never residents or staff.

A card is about the stays that began in its period. Under each measure a stay is kept, missed, excluded for a reason an
event gives, or not decided yet; so each figure can be counted again from what `explained` lists. Satisfaction is the
residents' own word. A stay with impossible times, as a wrong clock leaves them, is counted as `impossible` only.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, Literal, NamedTuple

from psycopg import Connection

from projections.periods import Period
from projections.stays import Fact, facts_of_stays

Measure = Literal["response", "contact", "on_time", "resolution", "satisfaction", "confirmation"]
MEASURES: tuple[Measure, ...] = ("response", "contact", "on_time", "resolution", "satisfaction", "confirmation")
"""response: the unit showed that it took notice while its return window was open · contact: somebody spoke with the
resident in time · on_time: answered before the clock ended · resolution: the answer was `resolved` · satisfaction: the
resident is satisfied · confirmation: the resident says it is settled. The last three are of those answered."""

Finding = Literal["kept", "missed", "excluded", "open"]
Reason = Literal[
    "withdrawn",
    "merged",
    "parked",
    "returned",
    "transferred",
    "moved",
    "anonymous",
    "silent",
    "not_said",
    "no_window",
    "set_aside",
    "running",
]
"""Why a stay is in no denominator; `running`: it is not decided yet, all others are what an event says."""


ENDED_BY = frozenset({"left", "answered", "withdrawn"})
"""Facts that end a stay."""


class Verdict(NamedTuple):
    """The finding about a stay under a measure, and the event it is from (`position` of the log, `topic`)."""

    receipt: str
    petition: str
    unit: str | None
    stay: int
    began_at: datetime
    measure: Measure
    finding: Finding
    reason: Reason | None
    topic: str
    position: int
    at: datetime


@dataclass(slots=True)
class Rate:
    """`numerator` of `denominator`; `excluded` by reason and `open` are in neither."""

    numerator: int = 0
    denominator: int = 0
    open: int = 0
    excluded: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> float | None:
        """The share, 0 to 1; None: the denominator is 0."""
        return self.numerator / self.denominator if self.denominator else None


@dataclass(slots=True)
class Scorecard:
    """A unit in a period; `unit` None is the desk that dispatches. `received`: stays that began, `answered`: those
    of them that were answered, both without stays set aside; `impossible`: stays with impossible times, which are in
    no rate.
    """

    unit: str | None
    received: int = 0
    answered: int = 0
    impossible: int = 0
    rates: dict[Measure, Rate] = field(default_factory=lambda: {measure: Rate() for measure in MEASURES})

    def add(self, verdict: Verdict) -> None:
        """Add a verdict."""
        rate = self.rates[verdict.measure]
        match verdict.finding:
            case "kept" | "missed":
                rate.denominator += 1
                rate.numerator += verdict.finding == "kept"
            case "open":
                rate.open += 1
            case "excluded":
                rate.excluded[verdict.reason or ""] += 1


def scorecards(connection: Connection[Any], period: Period, as_of: datetime) -> list[Scorecard]:
    """The card of every unit that received something in a period, by what was recorded until `as_of`."""
    return cards_of(facts_of_stays(connection, period, as_of), as_of, apart=is_impossible)


def explained(connection: Connection[Any], period: Period, as_of: datetime, unit: str | None) -> list[Verdict]:
    """Every verdict behind a unit's card, by measure, then stay."""
    found = [
        verdict
        for stay in stays_of(facts_of_stays(connection, period, as_of))
        if stay[0].unit == unit and not is_impossible(stay)
        for verdict in verdicts(stay, as_of)
    ]
    return sorted(found, key=lambda verdict: (MEASURES.index(verdict.measure), verdict.began_at, verdict.position))


def is_impossible(stay: Sequence[Fact]) -> bool:
    """Whether a stay's times are impossible: no event says that it began, or it ended before it began.

    A clock that was days ahead causes this: what it wrote is recorded after its own consequences.
    """
    return not any(fact.fact == "came" for fact in stay) or any(
        fact.fact in ENDED_BY and fact.at < fact.began_at for fact in stay
    )


def cards_of(
    facts: Iterable[Fact], as_of: datetime, *, apart: Callable[[Sequence[Fact]], bool] = lambda _: False
) -> list[Scorecard]:
    """The cards from facts grouped by stay: the desk's first, then by unit; `apart`: which stays are impossible."""
    cards: dict[str | None, Scorecard] = {}
    for stay in stays_of(facts):
        card = cards.setdefault(stay[0].unit, Scorecard(stay[0].unit))
        if apart(stay):
            card.impossible += 1
            continue
        if not any(fact.fact == "set_aside" for fact in stay):
            card.received += 1
            card.answered += any(fact.fact == "answered" for fact in stay)
        for verdict in verdicts(stay, as_of):
            card.add(verdict)
    return sorted(cards.values(), key=lambda card: card.unit or "")


def together(cards: Iterable[Scorecard]) -> Scorecard:
    """One card for all units, without the desk's stays, which belong to petitions on their way to a unit."""
    whole = Scorecard(None)
    for card in cards:
        whole.impossible += card.impossible
        if card.unit is None:
            continue
        whole.received += card.received
        whole.answered += card.answered
        for measure, rate in card.rates.items():
            total = whole.rates[measure]
            total.numerator += rate.numerator
            total.denominator += rate.denominator
            total.open += rate.open
            total.excluded += rate.excluded
    return whole


def stays_of(facts: Iterable[Fact]) -> Iterator[list[Fact]]:
    """Group facts, in order, by stay."""
    for _, stay in groupby(facts, key=attrgetter("petition", "stay")):
        yield list(stay)


def verdicts(stay: Sequence[Fact], as_of: datetime) -> Iterator[Verdict]:
    """The verdict on one stay under each measure that applies to it."""
    seen = _Seen(stay)
    came = seen.came
    judged: list[tuple[Measure, _Judged]] = [("on_time", _on_time(seen))]
    if came.unit is not None:
        judged.append(("response", _response(seen, as_of)))
    if contact := seen.first("contact_missed") or seen.first("contacted"):
        judged.append(("contact", _Judged("kept" if contact.fact == "contacted" else "missed", None, contact)))
    if answer := seen.last("answered"):
        judged.append(("resolution", _Judged("kept" if answer.outcome == "resolved" else "missed", None, answer)))
        judged.append(("satisfaction", _said(seen, answer, satisfied=True)))
        judged.append(("confirmation", _said(seen, answer, satisfied=False)))
    if aside := seen.first("set_aside"):
        judged = [(measure, _Judged("excluded", "set_aside", aside)) for measure, _ in judged]
    for measure, (finding, reason, fact) in judged:
        by_receipt = reason == "anonymous"
        yield Verdict(
            came.receipt,
            came.petition,
            came.unit,
            came.stay,
            came.began_at,
            measure,
            finding,
            reason,
            "petition.received" if by_receipt else fact.topic,
            (came.unreachable or fact.position) if by_receipt else fact.position,
            fact.at,
        )


class _Judged(NamedTuple):
    finding: Finding
    reason: Reason | None
    by: Fact


class _Seen:
    """The facts of a stay, by name."""

    def __init__(self, stay: Sequence[Fact]) -> None:
        self._facts = stay
        came = self.first("came")
        assert came is not None, f"{stay[0].petition}: stay {stay[0].stay} began with nothing"
        self.came = came

    def first(self, name: str) -> Fact | None:
        return next((fact for fact in self._facts if fact.fact == name), None)

    def last(self, *names: str) -> Fact | None:
        return next((fact for fact in reversed(self._facts) if fact.fact in names), None)

    def still(self, into: str, out: str) -> Fact | None:
        """The fact `into`, unless the fact `out` followed it."""
        found = self.last(into, out)
        return found if found and found.fact == into else None


def _on_time(seen: _Seen) -> _Judged:
    """Answered before the clock ended. The desk keeps it by dispatching in time."""
    if missed := seen.first("missed"):
        return _Judged("missed", None, missed)
    if answer := seen.first("answered"):
        return _Judged("kept" if answer.on_time else "missed", None, answer)
    left = seen.last("left")
    if seen.came.unit is None and left:
        return _Judged("kept", None, left)
    return _gone(seen) or _Judged("open", "running", seen.came)


def _response(seen: _Seen, as_of: datetime) -> _Judged:
    """Responded within the return window; a deadline missed without response is a miss even within the window."""
    until = seen.came.until
    if until is None:
        return _Judged("excluded", "no_window", seen.came)
    if sign := seen.first("responded"):
        return _Judged("kept" if sign.at <= until else "missed", None, sign)
    gone = _gone(seen)
    if missed := seen.first("missed"):
        return _Judged("missed", None, missed)
    if gone and gone.by.at <= until:
        return gone
    return _Judged("missed", None, seen.came) if gone or as_of > until else _Judged("open", "running", seen.came)


def _gone(seen: _Seen) -> _Judged | None:
    """Why the stay is excluded, if nothing more is expected of the unit."""
    if withdrawn := seen.first("withdrawn"):
        return _Judged("excluded", "withdrawn", withdrawn)
    if merged := seen.still("merged", "unmerged"):
        return _Judged("excluded", "merged", merged)
    if returned := seen.first("returned"):
        return _Judged("excluded", "returned", returned)
    if left := seen.last("left"):
        return _Judged("excluded", "transferred" if left.topic == "petition.transferred" else "moved", left)
    if parked := seen.still("parked", "unparked"):
        return _Judged("excluded", "parked", parked)
    return None


def _said(seen: _Seen, answer: Fact, *, satisfied: bool) -> _Judged:
    """The resident's last word on the answer; a dispute or a request for review counts as not settled."""
    said = seen.last("confirmed", "disputed", "review_asked")
    if said:
        settled = said.fact == "confirmed"
        if satisfied and settled and said.satisfied is None:
            return _Judged("excluded", "not_said", said)
        return _Judged("kept" if settled and (said.satisfied or not satisfied) else "missed", None, said)
    if withdrawn := seen.first("withdrawn"):
        return _Judged("excluded", "withdrawn", withdrawn)
    if seen.came.unreachable is not None:
        return _Judged("excluded", "anonymous", answer)
    if silent := seen.first("silent"):
        return _Judged("excluded", "silent", silent)
    return _Judged("open", "running", answer)
