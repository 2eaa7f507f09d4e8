"""How events change the clocks in a petition's state."""

from collections.abc import Iterable

from aggregates.event import Clock, ClockName, Moment, Moved
from aggregates.petition.state.petition import RunningClock

Clocks = dict[ClockName, RunningClock]


def set_clocks(clocks: Clocks, given: Iterable[Clock], *, only: bool = False) -> Clocks:
    """Set these clocks; an unchanged one keeps its progress. `only`: mark all others as dropped."""
    kept = {name: each.model_copy(update={"dropped": True}) if only else each for name, each in clocks.items()}
    for clock in given:
        before = clocks.get(clock.name)
        kept[clock.name] = _again(before, clock) if before else RunningClock(clock=clock)
    return kept


def _again(before: RunningClock, clock: Clock) -> RunningClock:
    """A changed clock restarts its reminders. Starting at the same instant, it keeps `stopped_at` and `breached_at`."""
    if clock == before.clock:
        return before.model_copy(update={"dropped": False})
    if clock.started_at != before.clock.started_at:
        return RunningClock(clock=clock)
    return before.model_copy(update={"clock": clock, "reminders_given": 0, "dropped": False})


def move(clocks: Clocks, moved: Iterable[Moved]) -> Clocks:
    """Replace clocks by their moved versions; their progress stays."""
    after = dict(clocks)
    for each in moved:
        after[each.clock.name] = after[each.clock.name].model_copy(update={"clock": each.clock})
    return after


def stand_still(clocks: Clocks, names: Iterable[ClockName], at: Moment) -> Clocks:
    """Pause these clocks."""
    return clocks | {name: clocks[name].model_copy(update={"paused_at": at}) for name in names}


def run_on(clocks: Clocks) -> Clocks:
    """Resume all clocks."""
    return {name: each.model_copy(update={"paused_at": None}) for name, each in clocks.items()}


def stop(clocks: Clocks, at: Moment, names: Iterable[ClockName] | None = None) -> Clocks:
    """Stop these clocks, or all: met, or no longer owed."""
    ending = set(clocks if names is None else names)
    return {
        name: each.model_copy(update={"stopped_at": at, "paused_at": None, "repeat_at": None})
        if name in ending and each.stopped_at is None
        else each
        for name, each in clocks.items()
    }


def change(clocks: Clocks, name: ClockName, **values: object) -> Clocks:
    """Change fields of one clock; unchanged if there is none of that name."""
    return clocks | {name: clocks[name].model_copy(update=values)} if name in clocks else clocks
