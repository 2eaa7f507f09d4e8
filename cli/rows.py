"""Rows of a JSON Lines file, or of stdin; or texts given one by one."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

from cyclopts import Parameter

from cli.failures import WrongUse
from cli.words import STDIN, on_terminal

if TYPE_CHECKING:
    from office.intake import Offered

From = Annotated[
    str | None, Parameter(name="--from", allow_leading_hyphen=True, help="A JSON Lines file, or - for stdin.")
]


def texts_or_file(command: str, texts: tuple[str, ...], name: str | None) -> tuple[str, ...]:
    """The texts; where neither they nor a file is given, one that a terminal is asked for.

    Raises:
        WrongUse: both are given, or neither is and nobody can be asked.
    """
    if not texts and name is None and on_terminal():
        return (STDIN,)
    if bool(texts) == (name is not None):
        raise WrongUse(f"{command}: expected either TEXT or --from FILE; TEXT - reads standard input")
    return texts


@contextmanager
def rows_of(name: str) -> "Iterator[tuple[Iterator[Offered], int | None]]":
    """The rows, and how many lines there are where that is known.

    Raises:
        OSError: the file cannot be read.
    """
    from office.intake import read_rows

    if name == STDIN:
        yield read_rows(sys.stdin.buffer), None
        return
    with Path(name).open("rb") as file:
        known = count_lines(file) if file.seekable() else None
        yield read_rows(file), known


def count_lines(file: BinaryIO) -> int:
    """Lines of a file, which then stands at its beginning again."""
    lines = sum(1 for _ in file)
    file.seek(0)
    return lines
