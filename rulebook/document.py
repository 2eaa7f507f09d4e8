"""One YAML text as plain values, exactly as written: the traps of YAML 1.1 are read right or refused by name.

Dates and times stay text (an unquoted 16:00 is not the number 960, `no` is not false), a key may stand only
once, and aliases, tags and several documents in one file are refused. Types are the model's business.
"""

import re
from typing import Any

import yaml

from rulebook.problems import Problem, shorten

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,14})")
DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]{0,14})\.[0-9]{1,15}")
CONSTANTS = {"": None, "~": None, "null": None, "true": True, "false": False}
PLAIN = ("str", "int", "float", "bool", "null", "timestamp", "map", "seq", "value", "merge")
PLAIN_TAGS = {f"tag:yaml.org,2002:{tag}" for tag in PLAIN}


def read_document(file: str, text: str) -> tuple[Any, tuple[Problem, ...]]:
    """The values of `text` (dict, list, str, int, float, bool, None), and what is wrong with its YAML."""
    try:
        root = yaml.compose(text, Loader=LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f"line {mark.line + 1}" if mark else "the file"
        return None, (Problem(file, line, "YAML that can be read", error.problem or str(error.context)),)
    except (yaml.YAMLError, ValueError) as error:
        return None, (Problem(file, "the file", "YAML that can be read", shorten(str(error))),)
    except RecursionError:
        return None, (Problem(file, "the file", "lists within lists to a sane depth", "too many"),)
    reader = _Reader(file)
    value = None if root is None else reader.value(root, "")
    return value, tuple(reader.problems)


class _Reader:
    """Turns composed nodes into values and collects every problem on the way."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._seen: set[int] = set()

    def value(self, node: yaml.Node, path: str) -> Any:
        if node.tag not in PLAIN_TAGS:
            self._refuse(node, path, "a value without a tag", node.tag)
            return None
        if isinstance(node, yaml.ScalarNode):
            return scalar(node)
        if id(node) in self._seen:
            self._refuse(node, path, "the value written out", "a YAML alias")
            return None
        self._seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, f"{path}[{n}]") for n, item in enumerate(node.value)]
        return self._mapping(node, path)

    def _mapping(self, node: yaml.Node, path: str) -> dict[str, Any]:
        values: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for key, item in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._refuse(key, path, "a word as the key", "a list or a mapping")
                continue
            name, place = key.value, f"{path}.{key.value}".lstrip(".")
            if name in values:
                self._refuse(key, place, f"each key once (first on line {lines[name]})", f"{name!r} again")
                continue
            lines[name] = key.start_mark.line + 1
            values[name] = self.value(item, place)
        return values

    def _refuse(self, node: yaml.Node, path: str, expected: str, found: str) -> None:
        place = f"{path} (line {node.start_mark.line + 1})".lstrip()
        self.problems.append(Problem(self.file, place, expected, found))


def scalar(node: yaml.ScalarNode) -> str | int | float | bool | None:
    """A quoted scalar is text; a plain one is a constant or number if it looks like one and nothing else."""
    text: str = node.value
    if node.style:
        return text
    if text in CONSTANTS:
        return CONSTANTS[text]
    if INTEGER.fullmatch(text):
        return int(text)
    if DECIMAL.fullmatch(text):
        return float(text)
    return text
