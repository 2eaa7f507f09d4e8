"""A process's clock compared with the database's: within the tolerance it is corrected, beyond it nothing is written.

No event is recorded ahead of the database's time: of all clocks it is the one that every process shares.
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
"""How far clocks may differ where no setting says otherwise."""


class ClockWrong(Expected):
    """The clocks differ by more than the tolerance: nothing was written. The message says what to do."""


def system_clock() -> datetime:
    """This machine's time."""
    return datetime.now(UTC)


class ClockGuard:
    """One process's clock, and its measured difference from the database's. Thread-safe."""

    def __init__(self, raw: RawClock = system_clock, tolerance: timedelta = TOLERANCE, *, story: bool = False) -> None:
        """Use `raw` as this process's clock. `story`: rows have a simulated time, only the raw clock is compared."""
        self.raw = raw
        self.tolerance = tolerance
        self.story = story
        self.wrong: ClockWrong | None = None
        self._correction = timedelta()

    def now(self, engine: datetime | None = None) -> datetime:  # noqa: ARG002 - the port's shape, `office.clock.Now`
        """The raw clock, corrected by the last measured difference: within the tolerance all processes share a time."""
        return self.raw() + self._correction

    def ask(self, connection: Connection[Any]) -> timedelta:
        """Measure how far the raw clock is ahead of the database's (negative: behind), and correct `now` by it.

        What the round trip of the question can explain is not counted: a slow answer makes no clock wrong. `wrong` is
        None afterwards if the difference is within the tolerance.

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
        """Set `now` back by `ahead`: the database found a row recorded that far ahead of its time."""
        self._correction -= ahead

    def judge(self, ahead: timedelta, other: datetime, whose: str = "the database") -> ClockWrong | None:
        """`ClockWrong` for a clock that is `ahead` of `other`, the time of `whose` clock; None within the tolerance."""
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
    """A difference in words, in its largest units: `2 d 0 h`, `3 min 20 s`, `75 s`, `0.25 s`."""
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
    """The database refused an append: a clock is `ahead` of its time `database`; `waited` from sending to answer."""

    def __init__(self, detail: str, *, rows: bool, waited: timedelta) -> None:
        """Parse the DETAIL of `suqiu.append_in_time`. `rows`: a row is ahead (`recorded_at`), not the process's
        clock.
        """
        ahead, database = (float(part) for part in detail.split())
        super().__init__(detail)
        self.ahead = timedelta(seconds=ahead)
        self.database = datetime.fromtimestamp(database, UTC)
        self.rows = rows
        self.waited = waited

    def waits(self, guard: ClockGuard) -> bool:
        """Whether to retry. Rows ahead within the tolerance: sleep until they are not. False: the clock is wrong.

        A statement that was under way so long (a stopped process) that its clock reading looks behind is retried too.
        """
        if self.rows and self.ahead <= guard.tolerance:
            guard.learn(self.ahead)
            time.sleep(self.ahead.total_seconds())
            return True
        return not self.rows and self.ahead < timedelta() and self.waited >= -self.ahead - guard.tolerance

    def as_wrong(self, guard: ClockGuard) -> ClockWrong:
        """The `ClockWrong` to raise for this refusal; a process clock that is wrong is kept in `guard.wrong`."""
        if self.rows:
            at = self.database.isoformat(timespec="seconds")
            return ClockWrong(
                f"what was to be written was recorded {span(self.ahead)} ahead of the database's time {at}, more than "
                f"{guard.tolerance.total_seconds():g} s (SUQIU_CLOCK_TOLERANCE). Nothing was written; repeat it"
            )
        guard.wrong = guard.judge(self.ahead, self.database)
        return guard.wrong or ClockWrong(f"the clock differs from the database's by {span(self.ahead)}; repeat it")
