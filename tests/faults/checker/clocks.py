"""By what clock it was written: never ahead of the time at which it was seen, nor long before it could be."""

from bisect import bisect_left
from collections.abc import Iterator

from tests.faults.evidence import Evidence

About = Iterator[tuple[str, str]]
LONGEST_STOP_SECONDS = 60.0
"""How long a stopped process may keep an act it has noted before it writes it."""


def recorded_ahead(evidence: Evidence) -> About:
    """Nothing says that it was recorded later than it was seen, by more than the clocks' tolerance."""
    heads = _heads(evidence)
    for record in evidence.records:
        place = bisect_left(heads, (record.position, 0.0))
        if place < len(heads):
            seen_at = evidence.timeline.town(heads[place][1])
            if record.recorded_at > seen_at + evidence.tolerance:
                ahead = (record.recorded_at - seen_at).total_seconds()
                yield record.stream, f"version {record.version} was recorded {ahead:.0f} s ahead of its time"


def recorded_behind(evidence: Evidence) -> About:
    """Nothing says that it was recorded long before the log was seen without it."""
    heads = _heads(evidence)
    for record in evidence.records:
        place = bisect_left(heads, (record.position, 0.0)) - 1
        if place >= 0:
            seen_without = heads[place][1]
            written = evidence.timeline.wall(record.recorded_at)
            if written < seen_without - evidence.tolerance.total_seconds() - LONGEST_STOP_SECONDS:
                yield record.stream, f"version {record.version} was recorded {seen_without - written:.0f} s behind"


def _heads(evidence: Evidence) -> list[tuple[int, float]]:
    """(position, when it was first seen), in order."""
    found: list[tuple[int, float]] = []
    for entry in evidence.entries:
        if entry.said == "head" and (not found or entry.detail["position"] > found[-1][0]):
            found.append((entry.detail["position"], entry.at))
    return found
