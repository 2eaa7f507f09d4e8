"""One YAML text as plain values, exactly as written: the traps of YAML 1.1 are read right or refused by name.

Dates and times stay text (an unquoted 16:00 is not the number 960, `no` is not false), a key may stand only
once, and aliases, tags and several documents in one file are refused. Types are the model's business.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import yaml

from rulebook.problems import Problem, shorten

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,14})")
DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]{0,14})\.[0-9]{1,15}")
CONSTANTS = {"": None, "~": None, "null": None, "true": True, "false": False}
DEEPEST = 20  # levels; a rulebook needs seven


class _TooDeep(ValueError):
    """Lists within lists beyond any rulebook: nothing after this place can be read."""


def read_document(file: str, text: str) -> tuple[Any, tuple[Problem, ...]]:
    """The values of `text` (dict, list, str, int, float, bool, None), and what is wrong with its YAML."""
    reader = _Reader(file, text)
    try:
        return reader.document(), tuple(reader.problems)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}" if mark else "the file"
        found = f"a mistake: {error.problem or error.context}"
    except (yaml.YAMLError, UnicodeError) as error:
        place, found = "the file", shorten(str(error))
    except _TooDeep as error:
        place, found = str(error), f"more than {DEEPEST} levels, one within the other"
    return None, (*reader.problems, Problem(file, place, "YAML that can be read", found))


class _Reader:
    """Turns the events of a YAML parser into values and collects every problem on the way."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=LOADER)
        self._depth = 0

    def document(self) -> Any:
        value, documents = None, 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._refuse(event, "", "one document in a file", "another one")
            elif isinstance(event, yaml.NodeEvent):
                value = self._value(event, "")
        return value

    def _value(self, event: yaml.Event, path: str) -> Any:
        if isinstance(event, yaml.AliasEvent):
            self._refuse(event, path, "the value written out", "a YAML alias")
            return None
        if tag := getattr(event, "tag", None):
            self._refuse(event, path, "a value without a tag", tag)
        if isinstance(event, yaml.ScalarEvent):
            return event.value if event.style else plain(event.value)
        self._depth += 1
        if self._depth > DEEPEST:
            raise _TooDeep(f"line {line(event)}")
        is_list = isinstance(event, yaml.SequenceStartEvent)
        value = self._list(path) if is_list else self._mapping(path)
        self._depth -= 1
        return value

    def _list(self, path: str) -> list[Any]:
        values: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            values.append(self._value(event, f"{path}[{len(values)}]"))
        return values

    def _mapping(self, path: str) -> dict[str, Any]:
        values: dict[str, Any] = {}
        lines: dict[str, int] = {}
        while not isinstance(key := next(self._events), yaml.MappingEndEvent):
            if not isinstance(key, yaml.ScalarEvent):
                self._refuse(key, path, "a word as the key", "a list, a mapping or an alias")
                self._value(key, path)
                self._value(next(self._events), path)
                continue
            place = f"{path}.{key.value}".lstrip(".")
            value = self._value(next(self._events), place)
            if key.value in values:
                expected = f"each key once (first on line {lines[key.value]})"
                self._refuse(key, place, expected, f"{key.value!r} again")
                continue
            values[key.value] = value
            lines[key.value] = line(key)
        return values

    def _refuse(self, event: yaml.Event, path: str, expected: str, found: str) -> None:
        place = f"{path} (line {line(event)})".lstrip()
        self.problems.append(Problem(self.file, place, expected, found))


def line(event: yaml.Event) -> int:
    """The line an event begins on, the first being 1."""
    return event.start_mark.line + 1 if event.start_mark else 1


def plain(text: str) -> str | int | float | bool | None:
    """An unquoted scalar: a constant or a number if it looks like one and like nothing else, or text."""
    if text in CONSTANTS:
        return CONSTANTS[text]
    if INTEGER.fullmatch(text):
        return int(text)
    if DECIMAL.fullmatch(text):
        return float(text)
    return text


def line_of(text: str, path: tuple[str | int, ...]) -> int:
    """The line on which the value at `path` (`scenarios`, 2, `then`) stands, or the nearest part around it."""
    node, found = _composed(text), 1
    for step in path:
        match node:
            case yaml.SequenceNode():
                inside = {n: (each, each) for n, each in enumerate(node.value)}
            case yaml.MappingNode():
                inside = {key.value: (key, each) for key, each in node.value}
            case _:
                break
        if step not in inside:
            break
        key, node = inside[step]
        found = key.start_mark.line + 1
    return found


@lru_cache(4)
def _composed(text: str) -> Any:
    """Whoever asks for one line asks for many of the same file."""
    return yaml.compose(text, Loader=LOADER)
