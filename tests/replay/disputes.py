"""Disputes about time made by a dice, and an oracle that counts days in a way of its own."""

import random
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

import chinese_calendar

from aggregates.petition import commands as c
from aggregates.petition.decisions import Refused
from rulebook.model import Rulebook
from tests.aggregates.office import at, proposal
from tests.people import LEADER
from tests.replay.lives import Filed, with_days
from tests.rulebook.books import baiyang

KINDS = (
    "on time",
    "late",
    "at the boundary",
    "across holidays",
    "paused",
    "extended",
    "rule changed after",
    "rule changed before",
    "entered late",
    "nothing yet",
)
MORE_KINDS = (*KINDS, "parked", "calendar changed", "rule changed midway", "merged after", "corrected after")
ZONE = baiyang().zone
SHORTER = with_days("district", 2)


class Told(NamedTuple):
    """What the oracle says: when it was due, whether it was kept, and by how much."""

    due: datetime
    kept: bool
    by: timedelta


class Dispute(NamedTuple):
    """A life about whose district clock there is a dispute, and what the oracle says; `books`: those it was under."""

    case: Filed
    told: Told
    kind: str
    books: tuple[Rulebook, ...]


def oracle(
    received: datetime,
    days: int,
    pause: tuple[datetime, datetime] | None,
    judged: datetime,
    off: date | None = None,
) -> Told:
    """Count on the fingers: one calendar day after the other, then on to a working day by the state's own list."""
    day, left = received.astimezone(ZONE).date(), days
    skipped = set()
    if pause:
        first, last = (each.astimezone(ZONE) for each in pause)
        until = last.date() + timedelta(days=last.hour >= 16)
        skipped = {first.date() + timedelta(days=number) for number in range((until - first.date()).days)}
    while left:
        day += timedelta(days=1)
        left -= day not in skipped
    while not chinese_calendar.is_workday(day) or day == off:
        day += timedelta(days=1)
    due = datetime.combine(day, time(17, 30), ZONE)
    return Told(due, judged <= due, abs(judged - due))


def begun(dice: random.Random, kind: str) -> tuple[Filed, int]:
    """A petition with its district unit, and how many days it has."""
    case = Filed(proposes=proposal("public_service", "district"))
    if kind == "across holidays":
        received = at("2025-09-26 10:00") + timedelta(days=dice.choice((0, 2, 3, 4)))
    else:
        received = at("2025-02-05 09:00") + timedelta(days=dice.randrange(270), minutes=dice.randrange(600))
    case.receive(f"{received:%Y-%m-%d %H:%M}")
    if kind == "rule changed before":
        case.rules = SHORTER
    case.step().step()
    return case, 2 if kind == "rule changed before" else 3


def dispute(number: int, kinds: tuple[str, ...] = KINDS) -> Dispute:
    """One dispute: its life, and what the oracle says."""
    dice, kind = random.Random(number), kinds[number % len(kinds)]  # noqa: S311 - a generator of tests
    case, days = begun(dice, kind)
    received = case.events[0].at
    pause: tuple[datetime, datetime] | None = None
    off: date | None = None
    if kind == "rule changed after":
        case.rules = SHORTER
    case.until(case.now + timedelta(minutes=dice.randrange(1, 300)))
    if kind == "paused":
        since = case.now
        case.act(c.Pause)
        case.until(min(since + timedelta(hours=dice.randrange(1, 90)), case.state.waits_until or since))
        if case.state.waits_until:
            case.act(c.Resume)
        pause = (since, case.now)
    elif kind == "parked":
        pause = parked(case, dice)
    elif kind == "extended":
        approved, more = dice.random() < 0.7, asked(case, dice.randrange(1, 4))
        case.until(case.now + timedelta(minutes=5)).act(c.DecideExtension, LEADER, approved=approved)
        days += more if approved else 0
    elif kind == "calendar changed":
        off = oracle(received, days, None, received).due.date()
        case.rules = with_day_off(off)
        case.act(c.Recompute, cause="calendar")
    elif kind == "rule changed midway":
        case.rules, days = following(SHORTER), 2
        case.act(c.Recompute, cause="rulebook")
    due = oracle(received, days, pause, received, off).due
    judged = answered(case, kind, due, dice)
    return Dispute(case, oracle(received, days, pause, judged, off), kind, (baiyang(), SHORTER, case.rules))


def parked(case: Filed, dice: random.Random) -> tuple[datetime, datetime]:
    """Parked with approval until a day that comes, or until somebody looks before; answers from when to when."""
    day = (case.now + timedelta(days=dice.randrange(2, 30))).date()
    case.act(c.RequestParking, look_again_on=day)
    case.until(case.now + timedelta(minutes=3)).act(c.DecideParking, LEADER)
    since = case.now
    case.until(min(since + timedelta(hours=dice.randrange(1, 700)), case.state.waits_until or since))
    if case.state.waits_until:
        case.act(c.Unpark)
    return since, case.now


def with_day_off(day: date) -> Rulebook:
    """Baiyang's book with one more day off."""
    years = tuple(
        each.model_copy(
            update={
                "holidays": {**each.holidays, day: "临时放假"},
                "make_up_days": {other: why for other, why in each.make_up_days.items() if other != day},
            }
        )
        if each.year == day.year
        else each
        for each in baiyang().calendars
    )
    return baiyang().model_copy(update={"calendars": years})


def following(book: Rulebook) -> Rulebook:
    """The book with rules that running cases follow."""
    tiers = tuple(
        tier.model_copy(update={"clock": tier.clock.model_copy(update={"keep_old_rule": False})}) for tier in book.tiers
    )
    return book.model_copy(update={"tiers": tiers})


def asked(case: Filed, days: int) -> int:
    """Ask for so many days, or for as many more as it takes to move the deadline past days off; answers how many."""
    for more in range(days, 4):
        try:
            case.act(c.RequestExtension, days=more)
        except Refused:
            continue
        return more
    raise AssertionError("three days more always move a deadline outside of the long holidays")


def answered(case: Filed, kind: str, due: datetime, dice: random.Random) -> datetime:
    """The reply, or none; answers when it is judged."""
    if kind in ("merged after", "corrected after"):
        case.until(due - timedelta(seconds=1))
        case.now = due + timedelta(minutes=dice.randrange(1, 90))
        case = case.act(c.Merge) if kind == "merged after" else case.act(c.Reclassify, category=None, tier="beyond")
        return case.now
    late = kind in ("late", "nothing yet") or (
        kind not in ("on time", "at the boundary", "entered late") and dice.random() < 0.5
    )
    if kind == "at the boundary":
        case.until(due - timedelta(seconds=1))
        case.now = due + dice.choice((-1, 0, 1)) * timedelta(seconds=1)
    elif kind == "entered late":
        case.until(due - timedelta(seconds=1))
        case.now = due + timedelta(minutes=dice.randrange(1, 90))
        case.act(c.Reply, when=f"{due - timedelta(minutes=20):%Y-%m-%d %H:%M}")
        return case.now
    elif late:
        case.until(due + timedelta(minutes=dice.randrange(1, 3_000)))
    else:
        case.until(max(case.now, due - timedelta(minutes=dice.randrange(0, 240))) - timedelta(seconds=1))
        case.now += timedelta(seconds=1)
    if kind != "nothing yet":
        case.act(c.Reply)
    return case.now
