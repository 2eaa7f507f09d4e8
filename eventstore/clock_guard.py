"""A process's clock held against the database's: beyond the tolerance it refuses to write, within it, it is corrected.

Nothing is recorded ahead of the database's time: of all clocks it is the one that every process shares.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import tuple_row

from rulebook.problems import Expected

RawClock = Callable[[], datetime]

TOLERANCE = timedelta(seconds=60)
"""How far clocks may be apart where no setting says otherwise."""


class ClockWrong(Expected):
    """The clocks differ by more than the tolerance: nothing was written. The message says what to do."""


def system_clock() -> datetime:
    """This machine's time."""
    return datetime.now(UTC)


class ClockGuard:
    """One process's clock, and how far it was found from the database's. Safe to share between threads."""

    def __init__(self, raw: RawClock = system_clock, tolerance: timedelta = TOLERANCE, *, story: bool = False) -> None:
        """Judge by `raw`. `story`: what is recorded has a time of its own, and only the raw clock is judged."""
        self.raw = raw
        self.tolerance = tolerance
        self.story = story
        self.wrong: ClockWrong | None = None
        self._correction = timedelta()

    def now(self, engine: datetime | None = None) -> datetime:  # noqa: ARG002 - the port's shape, `office.clock.Now`
        """The raw clock, put right by what was last measured: within the tolerance all processes go by one time."""
        return self.raw() + self._correction

    def ask(self, connection: Connection[Any]) -> timedelta:
        """Ask the database for its time and learn from it; how far the raw clock is ahead (below zero: behind).

        Only what is certain counts: a clock that agrees within the time of the question is right, however slow it was.
        `wrong` says afterwards whether it is more than the tolerance.

        Raises:
            psycopg.Error: the database was lost.
        """
        before = self.raw()
        database = time_of(connection)
        after = self.raw()
        ahead = max(before - database, timedelta()) + min(after - database, timedelta())
        self.wrong = self.judge(ahead, database)
        self._correction = -ahead if self.wrong is None else timedelta()
        return ahead

    def learn(self, ahead: timedelta) -> None:
        """Go back by so much: what was to be recorded was found ahead of the database's time."""
        self._correction -= ahead

    def judge(self, ahead: timedelta, other: datetime, whose: str = "the database") -> ClockWrong | None:
        """The error of so large a difference from `other`, the time of `whose` clock; None within the tolerance."""
        if abs(ahead) <= self.tolerance:
            return None
        here, there = (moment.astimezone(UTC).isoformat(timespec="seconds") for moment in (other + ahead, other))
        return ClockWrong(
            f"the clock of this process says {here}, {whose} says {there}: {span(ahead)} "
            f"{'ahead' if ahead > timedelta() else 'behind'}, more than {self.tolerance.total_seconds():g} s "
            "(SUQIU_CLOCK_TOLERANCE). Nothing was written; set the clock that is wrong, and repeat"
        )


def time_of(connection: Connection[Any]) -> datetime:
    """The database's time.

    Raises:
        psycopg.Error: the database was lost.
    """
    row = connection.cursor(row_factory=tuple_row).execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment


def span(difference: timedelta) -> str:
    """How much that is, in the largest units: `2 d 0 h`, `3 min 20 s`, `75 s`, `0.25 s`."""
    exactly = abs(difference).total_seconds()
    if exactly < 10:
        return f"{exactly:.2f} s"
    seconds = round(exactly)
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s"
    minutes = round(seconds / 60)
    return (
        f"{minutes // 60} h {minutes % 60} min" if minutes < 1440 else f"{minutes // 1440} d {minutes % 1440 // 60} h"
    )


class Refusal(Exception):
    """The database refused an append for a clock: `ahead` of its time `database`; `waited` from reading to answer."""

    def __init__(self, detail: str, *, rows: bool, waited: timedelta) -> None:
        """Read the DETAIL of `suqiu.append_in_time`. `rows`: what was to be recorded is ahead, not the clock itself."""
        ahead, database = (float(part) for part in detail.split())
        super().__init__(detail)
        self.ahead = timedelta(seconds=ahead)
        self.database = datetime.fromtimestamp(database, UTC)
        self.rows = rows
        self.waited = waited

    def waits(self, guard: ClockGuard) -> bool:
        """Whether trying again is right, after the moment that is missing; False: the clock is wrong.

        What lay on the way for so long that the clock reads behind, in a process that was stopped, is sent once more.
        """
        if self.rows and self.ahead <= guard.tolerance:
            guard.learn(self.ahead)
            time.sleep(self.ahead.total_seconds())
            return True
        return not self.rows and self.ahead < timedelta() and self.waited >= -self.ahead - guard.tolerance

    def as_wrong(self, guard: ClockGuard) -> ClockWrong:
        """The error for whoever wanted it written; the guard remembers a clock that was wrong."""
        if self.rows:
            at = self.database.isoformat(timespec="seconds")
            return ClockWrong(
                f"what was to be written was recorded {span(self.ahead)} ahead of the database's time {at}, more than "
                f"{guard.tolerance.total_seconds():g} s (SUQIU_CLOCK_TOLERANCE). Nothing was written; repeat it"
            )
        guard.wrong = guard.judge(self.ahead, self.database)
        return guard.wrong or ClockWrong(f"the clock differs from the database's by {span(self.ahead)}; repeat it")
