"""Progress on stderr, for a terminal only: how far, how fast, how long still."""

from collections.abc import Callable, Iterable, Iterator, Mapping
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
    with bars({what: what}) as move_one:

        def move(done: int, of: int | None = None) -> None:
            move_one(what, done, total if of is None else of)

        if total is not None:
            move(0)
        yield move


@contextmanager
def bars(named: Mapping[str, str]) -> Iterator[Callable[[str, int, int | None], None]]:
    """Bars, one below the other, while the block runs: names and what each shows. Call what it gives with a name, how
    far it is, and of how many.
    """
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    shows, rate = TextColumn("{task.description}"), TextColumn("{task.fields[rate]}")
    columns = (shows, BarColumn(), TaskProgressColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn())
    with Progress(*columns, console=ERR, transient=True, disable=not ERR.is_terminal) as progress:
        tasks = {name: progress.add_task(shown, total=None, rate="") for name, shown in named.items()}

        def move(name: str, done: int, of: int | None) -> None:
            speed = next(each.speed for each in progress.tasks if each.id == tasks[name])
            progress.update(tasks[name], completed=done, total=of, rate=f"{speed:,.0f}/s" if speed else "")

        yield move
