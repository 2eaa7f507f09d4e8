"""What commands answer with `--json`, held against `cli/reference.yaml`, wherever a test has a command's answer.

A shape is written as `{key: shape, maybe_absent?: shape, NAME: shape} | [shape] | word | null`: a key in capitals
stands for any key. Words are in `WORDS`.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from cyclopts import App

from cli.main import make_app
from cli.reference import answers, command_paths

TOKEN = re.compile(r"[{}\[\],:|]|[^\s{}\[\],:|]+")


def _moment(value: Any) -> bool:
    return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None


def _date(value: Any) -> bool:
    return isinstance(value, str) and bool(date.fromisoformat(value))


WORDS: dict[str, Callable[[Any], bool]] = {
    "text": lambda value: isinstance(value, str),
    "bool": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "moment": _moment,
    "date": _date,
    "null": lambda value: value is None,
    "any": lambda _: True,
}


class Shape(NamedTuple):
    """One way an answer may be: a word, a list of `each`, or an object."""

    word: str = ""
    each: "tuple[Shape, ...]" = ()
    keys: "dict[str, tuple[Shape, ...]] | None" = None


def parse(text: str) -> tuple[Shape, ...]:
    """The ways of a written shape.

    Raises:
        ValueError: it is not written as the head of this file says.
    """
    tokens = TOKEN.findall(text)
    ways = _ways(tokens)
    if tokens:
        raise ValueError(f"not read: {' '.join(tokens[:5])}")
    return ways


def _ways(tokens: list[str]) -> tuple[Shape, ...]:
    ways = [_one(tokens)]
    while tokens and tokens[0] == "|":
        tokens.pop(0)
        ways.append(_one(tokens))
    return tuple(ways)


def _one(tokens: list[str]) -> Shape:
    match token := tokens.pop(0):
        case "[":
            each = _ways(tokens)
            _expect(tokens, "]")
            return Shape(each=each)
        case "{":
            keys: dict[str, tuple[Shape, ...]] = {}
            while tokens[0] != "}":
                key = tokens.pop(0)
                _expect(tokens, ":")
                keys[key] = _ways(tokens)
                if tokens[0] == ",":
                    tokens.pop(0)
            _expect(tokens, "}")
            return Shape(keys=keys)
    if token not in WORDS:
        raise ValueError(f"no word of a shape: {token}")
    return Shape(word=token)


def _expect(tokens: list[str], token: str) -> None:
    if (found := tokens.pop(0)) != token:
        raise ValueError(f"{token} expected, not {found}")


def differences(value: Any, ways: Sequence[Shape], place: str = "") -> Iterator[str]:
    """Where a value differs from the nearest of the ways."""
    found = [list(_differs(value, way, place)) for way in ways]
    yield from min(found, key=len)


def _differs(value: Any, shape: Shape, place: str) -> Iterator[str]:
    if shape.word:
        if not _is(shape.word, value):
            yield f"{place}: {shape.word} expected, not {value!r}"
    elif shape.keys is not None and isinstance(value, dict):
        yield from _object(value, shape.keys, place)
    elif shape.each and isinstance(value, list):
        for n, each in enumerate(value):
            yield from differences(each, shape.each, f"{place}[{n}]")
    else:
        yield f"{place}: {'an object' if shape.keys is not None else 'a list'} expected, not {value!r}"


def _is(word: str, value: Any) -> bool:
    try:
        return WORDS[word](value)
    except ValueError:
        return False


def _object(value: dict[str, Any], keys: dict[str, tuple[Shape, ...]], place: str) -> Iterator[str]:
    named = {key.removesuffix("?"): ways for key, ways in keys.items()}
    any_key = next((ways for key, ways in named.items() if key.isupper()), None)
    for key in named.keys() - value.keys():
        if not key.isupper() and f"{key}?" not in keys:
            yield f"{place}.{key}: is not there"
    for key, each in value.items():
        ways = named.get(key, any_key)
        if ways is None:
            yield f"{place}.{key}: is not in the shape"
        else:
            yield from differences(each, ways, f"{place}.{key}")


@cache
def _app() -> App:
    return make_app()


@cache
def _paths() -> frozenset[tuple[str, ...]]:
    return frozenset(command_paths(_app()))


@cache
def shape_of(command: str) -> tuple[Shape, ...]:
    """The ways a command answers; every one may answer an error."""
    return (*parse(answers()[command].shape), *parse("{error: text}"))


def command_of(words: Sequence[str]) -> str:
    """The command in a command line."""
    path: tuple[str, ...] = ()
    for word in words:
        if (*path, word) not in _paths():
            break
        path = (*path, word)
    return " ".join(path)


def held(words: Sequence[str], out: str) -> None:
    """Hold what a command answered against its shape; nothing is asked of one without `--json`.

    Raises:
        AssertionError: it is not as `cli/reference.yaml` says; the places are named.
    """
    command = command_of(words)
    if "--json" not in words or not command:
        return
    for line in out.splitlines():
        wrong = list(differences(json.loads(line), shape_of(command)))
        assert not wrong, f"suqiu {command} --json is not as cli/reference.yaml says: {'; '.join(wrong[:5])}"
