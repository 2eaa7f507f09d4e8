"""Reading a rulebook's files for its pure parser."""

from pathlib import Path

from rulebook.model import Rulebook
from rulebook.reading import includes_of, parse


class RulebookUnreadable(Exception):
    """A file of a rulebook is not there or cannot be read; the message names it."""


def read_rulebook(path: Path) -> Rulebook:
    """The rulebook whose main file, or whose folder, this is.

    Raises:
        RulebookUnreadable: a file cannot be read.
        RulebookError: a value is wrong; every problem names file, path, expectation and what was found.
    """
    main = path / "rulebook.yaml" if path.is_dir() else path
    texts = {main.name: _text(main)}
    for name in includes_of(texts[main.name]):
        texts[name] = _text(main.parent / name)
    return parse(main.name, texts)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise RulebookUnreadable(f"{path}: expected UTF-8 text; byte {error.start} is none") from error
    except OSError as error:
        raise RulebookUnreadable(f"{path}: {error.strerror}") from error
