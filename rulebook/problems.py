"""What is wrong with a rulebook, in words the person who edits it can act on."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import ClassVar, NamedTuple

SHOWN = 12


class Expected(Exception):
    """An error shown as its one sentence to whoever typed a command, which ends with `exit_code`."""

    exit_code: ClassVar[int] = 1


class BadInput(Expected):
    """What was given cannot be used; the sentence names the field and what was expected."""

    exit_code: ClassVar[int] = 2


class Spot(NamedTuple):
    """Where something stands: file, place in it (`matters[12].tier`), its line, and the id of the entry it belongs to.

    `line` is None where nothing of the kind stands in the file, `id` where no entry around it has one.
    """

    file: str
    path: str
    line: int | None = None
    id: str | None = None

    def __str__(self) -> str:
        file = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{file}: {self.path}" if self.id is None else f"{file}: {self.path} ({self.id})"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend: where (see `Spot`), what belongs there, what is there."""

    file: str
    path: str
    expected: str
    found: str
    line: int | None = None
    id: str | None = None

    def __str__(self) -> str:
        where = Spot(self.file, self.path, self.line, self.id)
        return " ".join(f"{where}: expected {self.expected}; found {self.found}".splitlines())


class RulebookError(BadInput):
    """A rulebook that cannot be used. `problems` has every one found, in the order of the files."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class UnknownName(BadInput, LookupError):
    """A look-up of an id that the rulebook does not have; the sentence names those it has."""

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        self.what, self.name = what, name
        super().__init__(f"no {what} is called {shorten(name)}; expected {one_of(known, name)}")


def one_of(known: Iterable[str], wanted: str = "") -> str:
    """The choices as words; of a long list those that look like `wanted`, some others, and how many."""
    names = tuple(known)
    if not names:
        return "a name, but there is none"
    if len(names) <= SHOWN:
        return "one of " + ", ".join(names)
    first = get_close_matches(wanted, names, n=3, cutoff=0.5)
    shown = (first + [name for name in names if name not in first])[:SHOWN]
    return f"one of {', '.join(shown)} … ({len(names)} in all)"


def shorten(value: object, limit: int = 60) -> str:
    """`value` as Python writes it, cut to about `limit` characters."""
    if value is None:
        return "nothing"
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
