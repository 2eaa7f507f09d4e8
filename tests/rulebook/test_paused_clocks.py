"""Pauses, extensions and rosters against a slow reckoner that knows no rule but the office's words."""

from datetime import date, datetime, time, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from rulebook.clocks import Pause, deadline
from rulebook.model import ClockRule
from rulebook.roster import Roster
from tests.rulebook.books import baiyang
from tests.rulebook.test_clocks_by_hand import CHINA, WORKED, closing, instants

COUNTINGS = st.sampled_from(["calendar", "working"])
waits = st.lists(st.tuples(st.integers(0, 60 * 24 * 40), st.integers(0, 60 * 24 * 25)), max_size=4)


def rule(kind: str, n: int, counting: str) -> ClockRule:
    days = n if kind == "days" else None
    values = {"rule": "r", "kind": kind, "days": days, "counting": counting}
    return ClockRule.model_validate({**values, "source": "test", "verified": date(2026, 11, 20)})


def over(at: datetime) -> bool:
    return (at.hour, at.minute) >= (16, 0)


def by_hand(
    kind: str, n: int, counting: str, start: datetime, pauses: list[Pause], extra: int, every_day_from: datetime | None
) -> datetime:
    """Walk day by day with a pencil: is it paused, is it worked, does it count?"""
    paused = set()
    for since, until, _ in pauses:
        day = since.date()
        while day < until.date() or (day == until.date() and over(until)):
            paused.add(day)
            day += timedelta(days=1)
    duty = None
    if every_day_from is not None:
        duty = every_day_from.date() + timedelta(days=1 if over(every_day_from) else 0)

    def worked(day: date) -> bool:
        return day in WORKED_SET or (duty is not None and day >= duty)

    left, last, begun = n if kind == "days" else 0, start.date(), kind == "days"
    if kind == "same_day" and worked(last) and not over(start) and last not in paused:
        begun = True
    day = last
    left += extra
    while not begun:
        day += timedelta(days=1)
        begun = worked(day) and day not in paused
    last = day
    while left:
        day += timedelta(days=1)
        if day not in paused and (counting == "calendar" or worked(day)):
            left, last = left - 1, day
    while not worked(last):
        last += timedelta(days=1)
        while last in paused:
            last += timedelta(days=1)
    return closing(last)


WORKED_SET = set(WORKED)


@settings(deadline=None, max_examples=2_000)
@given(
    start=instants.filter(lambda at: at < datetime(2026, 6, 1, tzinfo=CHINA)),
    kind=st.sampled_from(["same_day", "days"]),
    n=st.integers(1, 40),
    counting=COUNTINGS,
    waits=waits,
    extra=st.integers(0, 15),
    duty=st.none() | st.integers(0, 60 * 24 * 30),
)
def test_a_person_with_a_pencil_comes_to_the_same_day(
    start: datetime, kind: str, n: int, counting: str, waits: list[tuple[int, int]], extra: int, duty: int | None
) -> None:
    pauses = [Pause(start + timedelta(minutes=after), start + timedelta(minutes=after + long)) for after, long in waits]
    posted = None if duty is None else start + timedelta(minutes=duty)
    postings: list[tuple[datetime, Roster]] = [] if posted is None else [(posted, "every_day")]
    found = deadline(rule(kind, n, counting), start, baiyang(), postings, pauses=pauses, extra_days=extra)
    assert found.due_at == by_hand(kind, n, counting, start, pauses, extra, posted)
    dates = [day.date for day in found.days]
    assert dates == [start.date() + timedelta(days=k) for k in range(len(dates))], "no gap in the explanation"
    assert sum(day.counted for day in found.days) == (n if kind == "days" else 1) + extra
    assert not [day for day in found.days if day.counted and day.why.startswith("paused")]


@settings(deadline=None, max_examples=200)
@given(start=instants.filter(lambda at: at < datetime(2026, 6, 1, tzinfo=CHINA)), n=st.integers(1, 20), waits=waits)
def test_the_order_in_which_waits_are_told_makes_no_difference(
    start: datetime, n: int, waits: list[tuple[int, int]]
) -> None:
    pauses = [
        Pause(start + timedelta(minutes=after), start + timedelta(minutes=after + long)) for after, long in waits[:3]
    ]
    ends = {
        deadline(rule("days", n, "calendar"), start, baiyang(), pauses=order).due_at for order in permutations(pauses)
    }
    assert len(ends) == 1
    assert ends.pop() >= deadline(rule("days", n, "calendar"), start, baiyang()).due_at, "waiting never takes time away"


def test_a_paused_day_is_shown_as_one() -> None:
    """Three days from Monday; the resident is waited for from Tuesday to Thursday morning."""
    zone = ZoneInfo("Asia/Shanghai")
    start = datetime(2026, 11, 16, 9, tzinfo=zone)
    pause = Pause(datetime(2026, 11, 17, 10, tzinfo=zone), datetime(2026, 11, 19, 9, tzinfo=zone))
    found = deadline(baiyang().tier("district").clock, start, baiyang(), pauses=[pause])
    assert [(day.date.day, day.counted, day.why) for day in found.days] == [
        (16, False, "the start day is not counted"),
        (17, False, "paused: waiting for the resident"),
        (18, False, "paused: waiting for the resident"),
        (19, True, "day 1 of 3, working day"),
        (20, True, "day 2 of 3, working day"),
        (21, True, "day 3 of 3, weekend"),
        (22, False, "weekend, the last day moves on"),
        (23, False, "the last day moves here: next working day"),
    ]
    assert found.used_before(date(2026, 11, 20)) == 1
    assert found.due_at == datetime.combine(date(2026, 11, 23), time(17, 30), zone)
