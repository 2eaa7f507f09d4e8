"""Times as people type them, and as they read them."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cli.failures import WrongUse
from projections.words import shown

if TYPE_CHECKING:
    from rulebook.written_times import Side

__all__ = ["iso", "local_times", "not_ahead", "read_day", "read_moment", "shown"]


def read_moment(option: str, text: str, zone: ZoneInfo, notes: list[str], side: "Side" = "past") -> datetime:
    """The instant that was typed, in `zone`; `notes` says what was not typed, as the year or the offset.

    Raises:
        WrongUse: it is no date and time of the calendar, or could be several.
    """
    from office.clock import wall_clock
    from rulebook.written_times import NotATime, written_time

    try:
        read = written_time(text, zone, wall_clock(), side)
    except NotATime as error:
        raise WrongUse(f"{option}: {error}") from None
    notes.extend(f"{option}: {each}" for each in read.notes)
    return read.moment


def read_day(option: str, text: str, zone: ZoneInfo, notes: list[str], side: "Side" = "past") -> date:
    """The day that was typed; `notes` says what was not typed.

    Raises:
        WrongUse: it is no date of the calendar, or could be several.
    """
    from office.clock import wall_clock
    from rulebook.written_times import NotATime, written_day

    try:
        read = written_day(text, wall_clock().astimezone(zone).date(), side)
    except NotATime as error:
        raise WrongUse(f"{option}: {error}") from None
    notes.extend(f"{option}: {each}" for each in read.notes)
    return read.day


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
