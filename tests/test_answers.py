"""What is held against a shape, and what is said of it."""

from typing import Any

import pytest

from tests.answers import command_of, differences, held, parse

SHAPE = "{a: text, b?: integer | null, c: [{NAME: number}], d: moment | date}"


@pytest.mark.parametrize(
    ("value", "places"),
    [
        ({"a": "x", "c": [], "d": "2025-01-02"}, []),
        ({"a": "x", "b": None, "c": [{"any": 1.5, "key": 2}], "d": "2025-01-02T00:00:00+08:00"}, []),
        ({"a": 1, "c": [], "d": "2025-01-02"}, [".a: text expected, not 1"]),
        ({"c": [], "d": "2025-01-02"}, [".a: is not there"]),
        ({"a": "x", "c": [], "d": "2025-01-02", "e": 1}, [".e: is not in the shape"]),
        ({"a": "x", "b": True, "c": [], "d": "2025-01-02"}, [".b: integer expected, not True"]),
        ({"a": "x", "c": [{"key": "y"}], "d": "2025-01-02"}, [".c[0].key: number expected, not 'y'"]),
        ({"a": "x", "c": {}, "d": "2025-01-02"}, [".c: a list expected, not {}"]),
        ({"a": "x", "c": [], "d": "2025-01-02T00:00:00"}, [".d: moment expected, not '2025-01-02T00:00:00'"]),
    ],
)
def test_where_an_answer_differs_is_named(value: Any, places: list[str]) -> None:
    assert list(differences(value, parse(SHAPE))) == places


@pytest.mark.parametrize("text", ["{a text}", "word", "[text", "text text"])
def test_a_shape_that_is_none_is_refused(text: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        parse(text)


def test_an_answer_of_a_command_is_held_against_its_shape() -> None:
    held(["doctor", "--json"], '{"ok": true, "checks": []}\n')
    held(["doctor", "--json"], '{"error": "no server"}\n')
    held(["doctor"], "not JSON, and not asked for it")
    with pytest.raises(AssertionError, match=r"suqiu doctor --json .*\.checks: is not there"):
        held(["doctor", "--json"], '{"ok": true}\n')


def test_the_command_of_a_line() -> None:
    assert command_of(["petition", "show", "SQ-1", "--json"]) == "petition show"
    assert command_of(["ledger", "--open"]) == "ledger"
