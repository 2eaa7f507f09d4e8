"""Recording times that cannot be true: the log's order is the order of commits, so times must not fall.

A time later than one of a following event, than a checkpoint over the event, or than now, was recorded ahead, by a
clock that was wrong. Where times contradict each other, as few as possible are called wrong.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate

Seconds = float


def untimely(
    times: Sequence[Seconds], now: Seconds, checkpoints: Mapping[int, Seconds], tolerance: Seconds
) -> dict[int, Seconds]:
    """The times that cannot be true: index → seconds by which it is wrong, positive ahead, negative behind.

    `times` are in order of positions; `checkpoints` are times of signing by size. An event that is behind may only have
    waited for its commit; no honest clock records one ahead.
    """
    found = {index: at - now for index, at in enumerate(times) if at > now + tolerance}
    signed = [(size, checkpoints[size]) for size in sorted(checkpoints) if checkpoints[size] <= now + tolerance]
    # Reversed, so that of two contradicting checkpoints the later time is kept: a bound too late accuses no event.
    kept = _rising([-at for _, at in reversed(signed)])
    bounds = [signed[-1 - index] for index in reversed(kept)]
    sizes = [size for size, _ in bounds]
    for index, at in enumerate(times):
        place = bisect_right(sizes, index)  # the first checkpoint of more than `index` events covers it
        if index not in found and place < len(bounds) and at > bounds[place][1] + tolerance:
            found[index] = at - bounds[place][1]
    left = [index for index in range(len(times)) if index not in found]
    for begin, end in _spans([times[index] for index in left], tolerance):
        part = left[begin:end]
        found |= _in_span(part, [times[index] for index in part], tolerance)
    return found


def _spans(times: Sequence[Seconds], tolerance: Seconds) -> list[tuple[int, int]]:
    """Index ranges within which some time contradicts another; outside of them times never fall."""
    so_far = list(accumulate(times, max))
    to_come = list(accumulate(reversed(times), min))[::-1]
    spans: list[tuple[int, int]] = []
    begin = 0
    for index in range(1, len(times) + 1):
        if index == len(times) or so_far[index - 1] <= to_come[index]:
            if so_far[index - 1] - min(to_come[begin], so_far[index - 1]) > tolerance and index - begin > 1:
                spans.append((begin, index))
            begin = index
    return spans


def _in_span(indices: Sequence[int], times: Sequence[Seconds], tolerance: Seconds) -> dict[int, Seconds]:
    true = _rising(times)
    found: dict[int, Seconds] = {}
    for place, (index, at) in enumerate(zip(indices, times, strict=True)):
        after = bisect_right(true, place)
        if after and true[after - 1] == place:
            continue
        if after < len(true) and at > times[true[after]] + tolerance:
            found[index] = at - times[true[after]]
        elif after and at < times[true[after - 1]] - tolerance:
            found[index] = at - times[true[after - 1]]
    return found


def _rising(times: Sequence[Seconds]) -> list[int]:
    """Indices of the longest non-falling subsequence; of several, the one with the smallest last time."""
    tails: list[Seconds] = []
    ends: list[int] = []
    before: list[int] = []
    for index, at in enumerate(times):
        place = bisect_right(tails, at)
        before.append(ends[place - 1] if place else -1)
        tails[place : place + 1] = [at]
        ends[place : place + 1] = [index]
    chain: list[int] = []
    at_end = ends[-1] if ends else -1
    while at_end >= 0:
        chain.append(at_end)
        at_end = before[at_end]
    return chain[::-1]
