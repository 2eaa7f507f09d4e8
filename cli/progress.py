"""Progress on stderr, for a terminal only: how far, how fast, how long still."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from cli.screen import ERR

T = TypeVar("T")
EVERY = 50
"""Rows between two drawings."""


def counted(rows: Iterable[T], known: int | None, *, quiet: bool = False) -> Iterator[T]:
    """The rows again, with a bar beside them when there are many."""
    if quiet or not ERR.is_terminal or (known is not None and known < EVERY):
        yield from rows
        return
    with bar("行 rows", known) as move:
        for number, row in enumerate(rows, 1):
            yield row
            if number % EVERY == 0:
                move(number)


@contextmanager
def bar(what: str, total: int | None) -> Iterator[Callable[..., None]]:
    """A bar while the block runs; call what it gives with how far you are, and the total if it moved."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    rate = TextColumn("{task.fields[rate]}")
    columns = (TextColumn(what), BarColumn(), TaskProgressColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn())
    with Progress(*columns, console=ERR, transient=True, disable=not ERR.is_terminal) as progress:
        task = progress.add_task(what, total=total, rate="")

        def move(done: int, of: int | None = None) -> None:
            speed = progress.tasks[0].speed
            progress.update(
                task,
                completed=done,
                total=total if of is None else of,
                rate=f"{speed:,.0f}/s" if speed else "",
            )

        yield move
