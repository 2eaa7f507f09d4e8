"""Times as people type them, and as they read them."""

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime
from zoneinfo import ZoneInfo

from cli.failures import WrongUse
from projections.words import shown

__all__ = ["EXAMPLE", "iso", "local_times", "not_ahead", "read_day", "read_moment", "shown"]

LEAP_YEARS_APART = 8
EXAMPLE = "2025-10-09T10:00 or 2025-10-09T10:00+08:00"


def read_moment(option: str, text: str, zone: ZoneInfo, notes: list[str]) -> datetime:
    """The instant that was typed, in `zone`; a time without an offset is read as the zone's, and `notes` says so.

    Raises:
        WrongUse: it is no date and time of the calendar.
    """
    try:
        read = datetime.fromisoformat(text.strip())
        if re.fullmatch(r"[\d-]+(W[\d-]+)?", text.strip()):
            notes.append(f"{option}: no time given; read as 00:00")
        if read.tzinfo is None:
            notes.append(f"{option}: no offset given; read as {zone.key} time")
            return _within(read.replace(tzinfo=zone))
        here = _within(read.astimezone(zone))
    except (ValueError, OverflowError) as error:
        raise WrongUse(f"{option}: expected a date and time, as {EXAMPLE}; found {text[:60]!r} ({error})") from None
    if read.utcoffset() != here.utcoffset():
        notes.append(f"{option}: {read.isoformat()} is {here:%Y-%m-%d %H:%M} in {zone.key}")
    return here


def read_day(option: str, text: str) -> date:
    """The day that was typed.

    Raises:
        WrongUse: it is no date of the calendar.
    """
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise WrongUse(f"{option}: expected a date, as 2026-03-01; found {text[:60]!r} ({error})") from None


def day_ahead(option: str, text: str, today: date) -> date:
    """The day that was typed; without a year, as 04-01, the next such day after today.

    Raises:
        WrongUse: it is no date of the calendar.
    """
    if re.fullmatch(r"\d\d-\d\d", text.strip()) is None:
        return read_day(option, text)
    for year in range(today.year, today.year + LEAP_YEARS_APART + 1):
        with suppress(ValueError):
            if (day := date.fromisoformat(f"{year}-{text.strip()}")) > today:
                return day
    raise WrongUse(f"{option}: expected a date, as 2026-03-01 or 03-01; found {text!r}")


def not_ahead(option: str, moment: datetime, now: datetime) -> datetime:
    """The moment again.

    Raises:
        WrongUse: it has not been yet.
    """
    if moment > now:
        raise WrongUse(f"{option}: expected a time that has been; found {moment.isoformat()}")
    return moment


def iso(moment: datetime | None, zone: ZoneInfo) -> str | None:
    """For programs: ISO with the office's offset."""
    return None if moment is None else moment.astimezone(zone).isoformat()


def local_times(values: dict[str, object], zone: ZoneInfo, without: Iterable[str] = ()) -> dict[str, object]:
    """A row for programs: its instants with the office's offset, some fields left out."""
    left = set(without)
    return {
        name: iso(value, zone) if isinstance(value, datetime) else value
        for name, value in values.items()
        if name not in left
    }


def _within(moment: datetime) -> datetime:
    """The moment, if UTC has it: the years 1 and 9999 have hours it has not."""
    moment.timestamp()
    if not 1900 <= moment.year <= 9000:
        raise ValueError("a year from 1900 to 9000")
    return moment
