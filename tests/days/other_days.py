"""Days on which everything has to hold, and how a process is made to live on one: libfaketime, by its environment."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
ELSEWHEN = Path(__file__).with_name("elsewhen")
USUAL = (
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib64/faketime/libfaketime.so.1",
    "/usr/lib/faketime/libfaketime.so.1",
)


class NoFaketime(Exception):
    """libfaketime is not here; the message says how to get it."""


class Day(NamedTuple):
    """When a run begins, by the office's clock, and what is special about it."""

    begins: datetime
    why: str

    def __str__(self) -> str:
        """As a test is called after it."""
        return f"{self.begins:%Y-%m-%dT%H.%M}"


def on(year: int, month: int, day: int, hour: int = 10, minute: int = 0, *, why: str) -> Day:
    """A day in the office's time zone."""
    return Day(datetime(year, month, day, hour, minute, tzinfo=ZONE), why)


WEEK = tuple(on(2026, 11, day, why="a day of an ordinary week") for day in range(23, 30))
SPECIAL = (
    on(2026, 9, 30, 23, 58, why="the eve of a long holiday, going on for midnight"),
    on(2026, 10, 3, why="a long holiday"),
    on(2026, 10, 10, 15, 58, why="a make-up Saturday, going on for the cut-off"),
    on(2026, 12, 31, 23, 58, why="the end of the last year whose calendar was published"),
    on(2027, 1, 4, why="a year whose calendar nobody has published"),
)


def living_on(day: Day, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process to which it is that day now; its children live on it too.

    All of them are moved by the same span, so that their clocks agree and go on from one to the next.

    Raises:
        NoFaketime: the library is not where distributions put it, nor where LIBFAKETIME says.
    """
    shift = round((day.begins - datetime.now(UTC)).total_seconds())
    return {
        **environment,
        "LD_PRELOAD": str(libfaketime(environment)),
        "FAKETIME": f"{shift:+d}",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, (str(ELSEWHEN), environment.get("PYTHONPATH", "")))),
    }


def libfaketime(environment: Mapping[str, str]) -> Path:
    """Where the library is.

    Raises:
        NoFaketime: nowhere.
    """
    named = environment.get("LIBFAKETIME")
    for place in (named,) if named else USUAL:
        if Path(place).is_file():
            return Path(place)
    raise NoFaketime(
        f"libfaketime is not at {named or 'any usual place'}: install it (Debian, Ubuntu: `apt install libfaketime`), "
        "or say in LIBFAKETIME where libfaketime.so.1 is; without it nothing was run on another day"
    )
