"""Every gauge: its name, what it counts, in what unit. docs/metrics.md adds the alert that fits."""

from typing import NamedTuple


class Gauge(NamedTuple):
    """A metric for Prometheus. The unit, if any, is in the name too; `labels` are the names of its labels."""

    name: str
    unit: str
    says: str
    labels: tuple[str, ...] = ()


class Sample(NamedTuple):
    """One value of a gauge."""

    gauge: str
    value: float
    labels: dict[str, str]


def sample(gauge: str, value: float, **labels: str) -> Sample:
    """A value of the gauge `suqiu_<gauge>`."""
    return Sample(f"suqiu_{gauge}", float(value), labels)


GAUGES = (
    Gauge("suqiu_build_info", "1", "this process: its part, version and build", ("part", "version", "build")),
    Gauge("suqiu_figures_at_seconds", "unix time", "when the figures of a subject were last asked", ("of",)),
    Gauge("suqiu_clock_ahead_seconds", "s", "this process's clock ahead of the other; below 0: behind", ("of",)),
    Gauge("suqiu_part_working", "parts", "how many do the work of a part and were heard of lately", ("name",)),
    Gauge("suqiu_part_silent_seconds", "s", "age of the last heartbeat of whoever does a part's work", ("name",)),
    Gauge("suqiu_log_events", "events", "events in the log"),
    Gauge("suqiu_reader_lag_events", "events", "events a reader of the log has not read", ("reader",)),
    Gauge("suqiu_reader_lag_seconds", "s", "for how long the oldest of them waits", ("reader",)),
    Gauge("suqiu_streams_set_aside", "streams", "streams a reader set aside, as a row of theirs stops it"),
    Gauge("suqiu_unreadable_rows", "rows", "rows this program cannot read, where readers stand and at the log's end"),
    Gauge("suqiu_steps_overdue", "streams", "petitions, orders whose step was due over a minute ago", ("kind",)),
    Gauge("suqiu_steps_overdue_seconds", "s", "for how long the oldest of those steps is overdue"),
    Gauge("suqiu_checkpoint_behind_seconds", "s", "for how long the oldest unsigned event waits"),
    Gauge("suqiu_rules_adopted", "adoptions", "adoptions of the office's rulebook; 0: nothing is taken in"),
    Gauge("suqiu_adoptions_unfinished", "adoptions", "adoptions not brought to every running petition"),
    Gauge("suqiu_messages_failed", "messages", "messages given up within a day"),
    Gauge("suqiu_messages_waiting", "messages", "messages the gateway is still to take"),
    Gauge("suqiu_messages_waiting_seconds", "s", "how long ago the oldest of them might leave"),
    Gauge("suqiu_disk_free_bytes", "bytes", "room where `data`, `logs`, `database` are written", ("of",)),
    Gauge("suqiu_current_build_set", "0 or 1", "whether some build has the workers' tasks"),
    Gauge("suqiu_current_build_polled", "0 or 1", "whether a worker of that build asks for them"),
    Gauge("suqiu_current_build_ours", "0 or 1", "whether that build is this process's"),
    Gauge("suqiu_schedules_missing", "schedules", "schedules of the rulebook that Temporal does not have"),
    Gauge("suqiu_schedules_paused", "schedules", "schedules of the rulebook that somebody paused"),
)
