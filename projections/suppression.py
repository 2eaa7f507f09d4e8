"""Small counts left out of what everybody may read, so that nobody is recognised, also not by subtracting."""

from collections.abc import Mapping


def suppressed(counts: Mapping[str, int], smallest: int) -> dict[str, str | int | None]:
    """The counts of one table whose total may be known elsewhere; too small ones become `<5` (or whatever is smallest).

    Where the hidden ones together would be a count too small, or one alone, the next larger one is hidden too: its
    place says `*`. A table hidden whole says nothing; a count of nothing hides nobody and stays.
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
