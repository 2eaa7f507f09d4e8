"""Suppression of small counts in what is published, so that nobody is recognised, not by subtraction either."""

from collections.abc import Mapping


def suppressed(counts: Mapping[str, int], smallest: int) -> dict[str, str | int | None]:
    """The counts of one table whose total may be known elsewhere; counts below `smallest` become `<5` (say).

    If the hidden counts together are below `smallest`, or only one is hidden, the next larger count is hidden too, as
    `*`. Zeros stay.
    """
    hidden = {name for name, count in counts.items() if 0 < count < smallest}
    small = set(hidden)
    if hidden:
        for name in sorted(counts, key=lambda each: (counts[each], each)):
            if len(hidden) > 1 and sum(counts[each] for each in hidden) >= smallest:
                break
            if counts[name]:
                hidden.add(name)
    return {
        name: f"<{smallest}" if name in small else "*" if name in hidden else count for name, count in counts.items()
    }
