"""Days and times as people and spreadsheets write them: 2026/11/25 9:05, 11月25日下午3点半, 昨天 9:05, ISO 8601.

What is written in one way only is read; what could be two days (05/06/2026, 26/11/25) is refused, never guessed. What
was left out is filled in where only one reading is left, and said.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from rulebook.problems import BadInput, shorten

Side = Literal["past", "ahead"]
"""Which day is meant where its year is not written: the last one that has begun, or the next one after today."""

EXAMPLE: Final = "2025-10-09T10:00, 2025/10/9 10:00, 10月9日 10:00 or 2025-10-09T10:00+08:00"
EXAMPLE_DAY: Final = "2026-03-01, 2026/3/1 or 3月1日"
YEARS: Final = range(1900, 9001)
LEAP_YEARS_APART: Final = 8

_DAY = re.compile(
    r"""(?:(?P<year>\d{4})(?P<sep>[-/.])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})
        | (?P<compact>\d{8})
        | (?P<month_>\d{1,2})[-/](?P<day_>\d{1,2})
        | (?:(?P<nian>\d{4}|\d{2})\s?年\s?)?(?P<yue>\d{1,2})\s?月\s?(?P<ri>\d{1,2})\s?[日号]?
        | (?P<near>今天|今日|昨天|昨日|前天|前日|明天|明日|后天|today|yesterday|tomorrow))""",
    re.VERBOSE | re.IGNORECASE,
)
_TIME = re.compile(
    r"""(?P<part>凌晨|清晨|早晨|早上|上午|中午|下午|傍晚|晚上|夜里)?\s?
        (?:(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.(?P<fraction>\d{1,6}))?)?
        | (?P<dian>\d{1,2})\s?[点时]\s?(?:(?P<quarter>半|一刻|三刻)|(?P<fen>\d{1,2})\s?分?|整)?)
        \s?(?P<half>[ap]\.?m\.?)?\s?(?P<offset>Z|[+-]\d{2}:?\d{2})?""",
    re.VERBOSE | re.IGNORECASE,
)
_NEAR: Final = {
    **dict.fromkeys(("今天", "今日", "today"), 0),
    **dict.fromkeys(("昨天", "昨日", "yesterday"), -1),
    **dict.fromkeys(("前天", "前日"), -2),
    **dict.fromkeys(("明天", "明日", "tomorrow"), 1),
    "后天": 2,
}
_QUARTERS: Final = {"半": 30, "一刻": 15, "三刻": 45}
_AS_IT_IS: Final = {hour: hour for hour in range(25)}
_AND_TWELVE: Final = {hour: hour + 12 for hour in range(1, 12)}


def _hours(of: Mapping[int, int], first: int, last: int) -> dict[int, int]:
    return {hour: of[hour] for hour in range(first, last + 1)}


_DAWN: Final = _hours(_AS_IT_IS, 0, 5) | {12: 0}
_MORNING: Final = _hours(_AS_IT_IS, 4, 12)
_NOON: Final = _hours(_AS_IT_IS, 10, 14) | _hours(_AND_TWELVE, 1, 2)
_AFTERNOON: Final = _hours(_AS_IT_IS, 12, 19) | _hours(_AND_TWELVE, 1, 7)
_EVENING: Final = _hours(_AS_IT_IS, 17, 24) | _hours(_AND_TWELVE, 5, 11) | {12: 24}
_PARTS: Final = {
    "凌晨": _DAWN,
    **dict.fromkeys(("清晨", "早晨", "早上", "上午"), _MORNING),
    "中午": _NOON,
    **dict.fromkeys(("下午", "傍晚"), _AFTERNOON),
    **dict.fromkeys(("晚上", "夜里"), _EVENING),
}
"""What an hour is after each word for a part of the day; an hour that is missing there is not plain."""


class NotATime(BadInput, ValueError):
    """The text is no day or time, or could be several; the message says what is expected and what was found."""


class Written(NamedTuple):
    """What was read; `notes`: a sentence for each thing that was not written, or is written for another zone."""

    moment: datetime
    notes: tuple[str, ...] = ()


class WrittenDay(NamedTuple):
    """What was read; `notes`: a sentence for each thing that was not written."""

    day: date
    notes: tuple[str, ...] = ()


def written_time(text: str, zone: ZoneInfo, now: datetime, side: Side = "past") -> Written:
    """The instant that is written, in `zone`; one without an offset is the zone's own.

    Raises:
        NotATime: it is none, or could be several.
    """
    plain = _plain(text)
    try:
        return _iso(plain, zone) or _spoken(plain, zone, now.astimezone(zone), side)
    except (ValueError, OverflowError) as error:
        raise NotATime(f"expected a date and time, as {EXAMPLE}; found {shorten(text)} ({error})") from None


def written_day(text: str, today: date, side: Side = "past") -> WrittenDay:
    """The day that is written.

    Raises:
        NotATime: it is none, or could be several.
    """
    plain = _plain(text)
    try:
        found = _DAY.match(plain)
        if found is None or found.end() != len(plain):
            return WrittenDay(_within(date.fromisoformat(plain)))
        return _day(found, today, side)
    except (ValueError, OverflowError) as error:
        raise NotATime(f"expected a date, as {EXAMPLE_DAY}; found {shorten(text)} ({error})") from None


def _plain(text: str) -> str:
    """Full-width digits and signs as the usual ones, one space where there are several."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()


def _iso(text: str, zone: ZoneInfo) -> Written | None:
    """The instant of an ISO 8601 text; None: it is none."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    dateless = re.fullmatch(r"[\d-]+(W[\d-]+)?", text)
    notes = ("no time given; read as 00:00",) if dateless else ()
    if read.tzinfo is None:
        return _in_zone(read, zone, notes)
    return _from_zone(read, zone, notes)


def _spoken(text: str, zone: ZoneInfo, now: datetime, side: Side) -> Written:
    day, rest = WrittenDay(now.date(), (f"no day given; read as {now.date()}",)), text
    if found := _DAY.match(text):
        day, rest = _day(found, now.date(), side), text[found.end() :].lstrip(" T,")
        if not rest:
            return _in_zone(datetime.combine(day.day, time()), zone, (*day.notes, "no time given; read as 00:00"))
    clock = _TIME.match(rest)
    if clock is None or clock.end() != len(rest):
        raise ValueError(f"not read: {shorten(rest)}")
    local = datetime.combine(day.day, time()) + _since_midnight(clock)
    if offset := clock["offset"]:
        told = datetime.fromisoformat(f"2000-01-01T00:00{offset.upper()}").tzinfo
        return _from_zone(local.replace(tzinfo=told), zone, day.notes)
    return _in_zone(local, zone, day.notes)


def _day(found: re.Match[str], today: date, side: Side) -> WrittenDay:
    if near := found["near"]:
        return WrittenDay(today + timedelta(days=_NEAR[near.lower()]))
    if compact := found["compact"]:
        return WrittenDay(_within(date(int(compact[:4]), int(compact[4:6]), int(compact[6:]))))
    year = found["year"] or found["nian"]
    month, day = (
        int(found[a] or found[b] or found[c]) for a, b, c in (("month", "month_", "yue"), ("day", "day_", "ri"))
    )
    if year is not None:
        return WrittenDay(_within(date(int(year) + (2000 if len(year) == 2 else 0), month, day)))
    guessed = _nearest(month, day, today, side)
    return WrittenDay(guessed, (f"no year given; read as {guessed}",))


def _nearest(month: int, day: int, today: date, side: Side) -> date:
    date(2000, month, day)  # a leap year: what it has not, no year has
    step = 1 if side == "ahead" else -1
    for year in range(today.year, today.year + step * (LEAP_YEARS_APART + 1), step):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if (found > today) is (side == "ahead"):
            return found
    raise ValueError("no such day near today")


def _since_midnight(clock: re.Match[str]) -> timedelta:
    hour = int(clock["hour"] or clock["dian"])
    minute = _QUARTERS[clock["quarter"]] if clock["quarter"] else int(clock["minute"] or clock["fen"] or 0)
    if part := clock["part"]:
        if clock["half"] or hour not in _PARTS[part]:
            raise ValueError(f"{part}{hour} is not one time of the day")
        hour = _PARTS[part][hour]
    elif half := clock["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(f"{hour} {half}")
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    second, micro = int(clock["second"] or 0), int((clock["fraction"] or "0").ljust(6, "0"))
    if hour > 24 or minute > 59 or second > 59 or (hour == 24 and (minute or second or micro)):
        raise ValueError("a day has 24 hours of 60 minutes")
    return timedelta(hours=hour, minutes=minute, seconds=second, microseconds=micro)


def _in_zone(read: datetime, zone: ZoneInfo, notes: tuple[str, ...]) -> Written:
    return Written(_can_be(read.replace(tzinfo=zone)), (*notes, f"no offset given; read as {zone.key} time"))


def _from_zone(read: datetime, zone: ZoneInfo, notes: tuple[str, ...]) -> Written:
    here = _can_be(read.astimezone(zone))
    if read.utcoffset() != here.utcoffset():
        notes = (*notes, f"{read.isoformat()} is {here:%Y-%m-%d %H:%M} in {zone.key}")
    return Written(here, notes)


def _can_be(moment: datetime) -> datetime:
    """The moment, if UTC has it: the years 1 and 9999 have hours it has not."""
    moment.timestamp()
    _within(moment.date())
    return moment


def _within(day: date) -> date:
    if day.year not in YEARS:
        raise ValueError("a year from 1900 to 9000")
    return day
