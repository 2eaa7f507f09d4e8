"""Where commands write: answers to stdout, remarks and progress to stderr; colours and boxes for a terminal only.

What drives a terminal is shown and never sent, whoever wrote it: the consoles here let nothing else through.
"""

import json
import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from rulebook.visible import escaped, visible

if TYPE_CHECKING:
    from aggregates.record import Unreadable

PIPED_WIDTH = 140
"""Columns where nobody's terminal says: wide enough that no list breaks a line."""


class _Pipe(Console):
    """A console that shows what would drive a terminal, and says with an error that nobody is at its other end.

    Rich would obey the first, and at the second end the thread or task it is in.
    """

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError

    def render_str(self, text: str, **how: Any) -> Text:
        """A text, measured and wrapped as it will be shown."""
        return super().render_str(visible(text), **how)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """The same of everything else that is shown."""
        for each in super().render(renderable, options):
            yield each if each.control else each._replace(text=visible(each.text))


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else PIPED_WIDTH
    return _Pipe(stderr=stderr, width=width, highlight=False, emoji=False, markup=True)


OUT = _console(stderr=False)
ERR = _console(stderr=True)


def emit(answer: Mapping[str, Any]) -> None:
    """Write one JSON line, at once; instants as ISO texts, and what would drive a terminal escaped as JSON has it."""
    sys.stdout.write(escaped(json.dumps(answer, ensure_ascii=False, default=_plain)) + "\n")
    sys.stdout.flush()


def remark(sentence: str) -> None:
    """Say something beside the answer; where nobody can hear it any more, it is not said, and all goes on."""
    with suppress(OSError, ValueError):  # a pipe nobody reads, a full disk, a closed file
        ERR.print(sentence, style="dim", markup=False, soft_wrap=True)


def remarks(sentences: Iterable[str]) -> None:
    """Say several things beside the answer."""
    for sentence in sentences:
        remark(sentence)


def listing(*columns: str, title: str | None = None) -> Table:
    """An empty table in the manner of the house."""
    table = Table(*columns, title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in table.columns:
        column.overflow = "fold"
    return table


def tell_left_out(rows: "Iterable[Unreadable]") -> None:
    """Name the rows that this program could not read or apply, and whose streams were left out for them."""
    for row in rows:
        OUT.print(f"  left out: {row}", markup=False, style="yellow", soft_wrap=True)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)
