"""Reads the files of rulebooks and message templates, and hands their texts to the pure parsers."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from rulebook.messages import MessageBook, parse_messages
from rulebook.model import Rulebook
from rulebook.problems import BadInput, Spot
from rulebook.reading import includes_of, parse, spots

MESSAGES = "messages.yaml"
STANDARD = Path(__file__).resolve().parents[2] / "rulebook" / MESSAGES


class RulebookUnreadable(BadInput):
    """A file of a rulebook does not exist or cannot be read; the message names it."""


def read_rulebook(path: Path) -> Rulebook:
    """The rulebook of this main file or folder. Equal texts give the same object within a process.

    Raises:
        RulebookUnreadable: a file cannot be read.
        RulebookError: a value is wrong; every problem names file, path, expectation and what was found.
    """
    return _parsed(main_file(path).name, _texts(path))


def spots_of(path: Path) -> Callable[[tuple[str | int, ...]], Spot]:
    """What says in which file of a rulebook, and on which line, a place of the book stands.

    Raises:
        RulebookUnreadable, RulebookError: see `read_rulebook`.
    """
    return spots(main_file(path).name, dict(_texts(path)))


def _texts(path: Path) -> tuple[tuple[str, str], ...]:
    main = main_file(path)
    text = _text(main)
    return (main.name, text), *((name, _text(main.parent / name)) for name in _includes(main.name, text))


BOOKS_KEPT = 8
"""Books cached: a process's own, and those it compares it with."""


@lru_cache(BOOKS_KEPT)
def _includes(main: str, text: str) -> tuple[str, ...]:
    return includes_of(text, main)


@lru_cache(BOOKS_KEPT)
def _parsed(main: str, texts: tuple[tuple[str, str], ...]) -> Rulebook:
    """Cached by text, not by path: a changed file is another book. The book is frozen, and keeps its hash."""
    return parse(main, dict(texts))


def main_file(path: Path) -> Path:
    """The main file of a rulebook given by that file or by its folder."""
    return path / "rulebook.yaml" if path.is_dir() else path


def messages_file(rulebook: Path) -> Path:
    """The message templates in a rulebook's folder, if its town has its own; else the standard ones."""
    own = (rulebook if rulebook.is_dir() else rulebook.parent) / MESSAGES
    return own if own.is_file() else STANDARD


def read_messages(path: Path) -> MessageBook:
    """The message templates of a file.

    Raises:
        RulebookUnreadable: the file cannot be read.
        RulebookError: a template is wrong; every problem names file, path, expectation and what was found.
    """
    from aggregates.messages.telling import usable  # noqa: PLC0415 - commands that send nothing do not wait for it

    return parse_messages(path.name, _text(path), usable())


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise RulebookUnreadable(f"{path}: expected UTF-8 text; byte {error.start} is none") from error
    except OSError as error:
        raise RulebookUnreadable(f"{path}: {error.strerror}") from error
