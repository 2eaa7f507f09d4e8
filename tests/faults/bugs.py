"""Bugs seeded into a process of the town, to try the checker: each names what it breaks."""

from collections.abc import Callable

BUGS: dict[str, Callable[[], None]] = {}


def seed(name: str) -> None:
    """Break this process so."""
    BUGS[name]()
