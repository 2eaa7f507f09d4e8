"""A hundred disputes about time: the sentence's verdict against an oracle that counts days in a way of its own."""

import random
from datetime import datetime, timedelta
from typing import NamedTuple

import chinese_calendar
import pytest

from aggregates import commands as c
from aggregates.decisions import Refused
from aggregates.replay.dispute import Finding, findings
from tests.aggregates.office import LEADER, PETITION, at, baiyang, proposal
from tests.replay.lives import Filed, books, with_days
from workers.evidence.deadline_sentences import about, length, verdict

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
ZONE = baiyang().zone
SHORTER = with_days("district", 2)


class Told(NamedTuple):
    """What the oracle says: when it was due, whether it was kept, and by how much."""

    due: datetime
    kept: bool
    by: timedelta


def oracle(received: datetime, days: int, pause: tuple[datetime, datetime] | None, judged: datetime) -> Told:
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
    while not chinese_calendar.is_workday(day):
        day += timedelta(days=1)
    due = datetime(day.year, day.month, day.day, 17, 30, tzinfo=ZONE)
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


def lived(number: int) -> tuple[Finding, Told, str]:
    """One dispute: its life, what the program finds, and what the oracle says."""
    dice, kind = random.Random(number), KINDS[number % len(KINDS)]  # noqa: S311 - a generator of tests
    case, days = begun(dice, kind)
    received = case.events[0].at
    pause = None
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
    elif kind == "extended":
        approved, more = dice.random() < 0.7, asked(case, dice.randrange(1, 4))
        case.until(case.now + timedelta(minutes=5)).act(c.DecideExtension, LEADER, approved=approved)
        days += more if approved else 0
    due = oracle(received, days, pause, received).due
    judged = answered(case, kind, due, dice)
    found = findings(PETITION, case.records, books(baiyang(), SHORTER), case.now)
    (one,) = [each for each in found if each.promise.tier == "district"]
    return one, oracle(received, days, pause, judged), kind


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


@pytest.mark.parametrize("number", range(100))
def test_the_sentence_is_right(number: int) -> None:
    finding, told, kind = lived(number)
    assert finding.promise.clock.due_at == told.due, kind
    assert finding.verdict == ("kept" if told.kept else "missed"), kind
    assert finding.by == told.by, kind
    said = verdict(finding, ZONE)
    assert said.zh.startswith("按时" if told.kept else "超期")
    assert said.en.startswith("Kept" if told.kept else "Missed")
    assert f"{told.due:%Y-%m-%d %H:%M}" in said.zh
    if told.by:
        assert length(told.by).zh in said.zh
        assert length(told.by).en in said.en
    told_more = [each.zh for each in about(finding, baiyang())]
    assert any("到期时在册" in each for each in told_more)
    assert bool(finding.late) == (kind == "entered late")
    assert any("补录" in each for each in told_more) == (kind == "entered late")
    assert bool(finding.waits) == (kind == "paused")
    assert bool(finding.extensions) == (kind == "extended")
    assert all(record.recorded_at <= told.due for record in finding.on_record)


def test_every_kind_is_kept_and_missed_where_it_can_be() -> None:
    seen = {(kind, told.kept) for _, told, kind in map(lived, range(100))}
    assert {kind for kind, kept in seen if kept} >= {
        "on time",
        "at the boundary",
        "across holidays",
        "paused",
        "extended",
    }
    assert {kind for kind, kept in seen if not kept} >= {
        "late",
        "at the boundary",
        "paused",
        "extended",
        "entered late",
    }


def test_days_are_explained_and_who_approved_is_named() -> None:
    case = Filed(proposes=proposal("public_service", "district")).receive("2025-09-23 15:00").step().step()
    case.act(c.RequestExtension, days=2).act(c.DecideExtension)
    case.until("2025-09-28 10:00").act(c.Reply)
    finding = next(each for each in findings(PETITION, case.records, books(baiyang()), case.now) if each.extensions)
    said = [each.zh for each in about(finding, baiyang())]
    assert any("延期" in each and "leader-1" in each and "批准" in each and "station-1" in each for each in said)
    assert any("期限变动" in each for each in said) == (finding.promise.moves != [])
    assert finding.days[0].why == "the start day is not counted"
    assert sum(day.counted for day in finding.days) == 5
