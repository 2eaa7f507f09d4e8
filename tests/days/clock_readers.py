"""Who reads this machine's clock, and where what it says is taken apart into days: found in the source."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

READ = {("datetime", "now"), ("datetime", "today"), ("datetime", "utcnow"), ("date", "today"), ("time", "time")}
"""What a call of the clock looks like: the last two names of it."""
DAY = {"date", "year", "month", "day", "weekday", "isoweekday", "isocalendar", "strftime", "astimezone", "replace"}
"""What is asked of an instant by whoever wants the day."""

Found = Callable[[str], list[int]]


def reads_clock(source: str) -> list[int]:
    """The lines of a module in which the clock is read, in order; `monotonic` tells no day and is none."""
    return sorted(node.lineno for node, _ in _reads(ast.parse(source), ()))


def reads_day(source: str) -> list[int]:
    """Those in which the day is taken from it, or which are read once for all, when the module is loaded.

    A span from now (`datetime.now(UTC) - timedelta(hours=1)`) is the same on any day.
    """
    return sorted(node.lineno for node, around in _reads(ast.parse(source), ()) if _takes_day(node, around))


def readers(root: Path, folders: tuple[str, ...], found: Found) -> dict[str, list[int]]:
    """The modules below these folders in which something is found, by their path from `root`."""
    lines = {}
    for folder in folders:
        for file in sorted((root / folder).rglob("*.py")):
            if here := found(file.read_text("utf-8")):
                lines[file.relative_to(root).as_posix()] = here
    return lines


def _reads(node: ast.AST, around: tuple[ast.AST, ...]) -> Iterator[tuple[ast.Attribute, tuple[ast.AST, ...]]]:
    """The clock's own functions, called or handed on as one, each with what stands around it, the nearest first."""
    if isinstance(node, ast.Attribute) and (_name(node.value), node.attr) in READ:
        yield node, around
    for child in ast.iter_child_nodes(node):
        yield from _reads(child, (node, *around))


def _takes_day(node: ast.Attribute, around: tuple[ast.AST, ...]) -> bool:
    inside = any(isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) for each in around)
    whole = [each.func for each in around if isinstance(each, ast.Call) and _cuts_to_seconds(each)]
    statement = next(number for number, each in enumerate(around) if isinstance(each, ast.stmt))
    asked = any(
        isinstance(each, ast.Attribute) and each.attr in DAY for each in around[:statement] if each not in whole
    )
    written = any(isinstance(each, ast.FormattedValue) and each.format_spec for each in around[:statement])
    return not inside or asked or written or node.attr == "today"


def _cuts_to_seconds(call: ast.Call) -> bool:
    """Whether it is `.replace(microsecond=…)`, which leaves the day as it is."""
    return {each.arg for each in call.keywords} == {"microsecond"}


def _name(value: ast.expr) -> str:
    match value:
        case ast.Name(name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
