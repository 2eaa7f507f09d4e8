"""Expected values of a scenario file written anew as the rules have them now, everything else left as it stands."""

import json
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

import yaml

from rulebook.document import LOADER, plain

Path = tuple[str | int, ...]

PLAIN = re.compile(r"[^\s'\"&*!|>%@`#,\[\]{}?:-]([^\n,\[\]{}#:]|:(?=\S))*")
"""Text that stands in YAML without quotes, in lists and mappings on one line too."""


class Correction(NamedTuple):
    """The place of an expected value in the file, and what stands there from now on."""

    path: Path
    value: Any


def rewrite(text: str, corrections: Iterable[Correction]) -> str:
    """The file's text with those values; comments, order and all else as they were.

    Raises:
        LookupError: there is no value at a path.
    """
    root = yaml.compose(text, Loader=LOADER)
    spans = sorted(((*_span(root, each.path), each.value) for each in corrections), reverse=True)
    for start, end, value in spans:
        text = text[:start] + written(value, quoted=text[start : start + 1] in "'\"") + text[end:]
    return text


def written(value: Any, *, quoted: bool = False) -> str:
    """A value as a scenario file has it; text in quotes where it was, or where it needs them."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case list() | tuple():
            return f"[{', '.join(_item(each) for each in value)}]"
        case dict():
            return f"{{ {', '.join(f'{written(key)}: {written(each)}' for key, each in value.items())} }}"
        case _:
            text = str(value)
            stands = not quoted and PLAIN.fullmatch(text) is not None and plain(text) == text
            return text if stands else json.dumps(text, ensure_ascii=False)


def _item(value: Any) -> str:
    """As an item of a list: one name with its fields (`petition.reminded: { number: 1 }`) needs no braces there."""
    text = written(value)
    return text[2:-2] if isinstance(value, dict) and len(value) == 1 else text


def _span(node: Any, path: Path) -> tuple[int, int]:
    for step in path:
        match node:
            case yaml.SequenceNode() if isinstance(step, int) and step < len(node.value):
                node = node.value[step]
            case yaml.MappingNode():
                node = next((each for key, each in node.value if key.value == step), None)
            case _:
                node = None
        if node is None:
            raise LookupError(f"nothing stands at {path}")
    return node.start_mark.index, _end(node)


def _end(node: Any) -> int:
    """Of a list or mapping over several lines its last value's: the parser's own end is where the next thing begins."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)
