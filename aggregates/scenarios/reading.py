"""From the text of a scenario file to its scenarios, or to everything that is wrong with how it is written."""

from collections.abc import Callable
from typing import Any, NamedTuple

from pydantic import ValidationError

from aggregates.scenarios.written import Scenario, Written
from rulebook.document import line_of, read_document
from rulebook.problems import Problem, RulebookError, shorten

Path = tuple[str | int, ...]


class ScenarioFile(NamedTuple):
    """The scenarios of a file, and on which line each part of it stands."""

    file: str
    scenarios: tuple[Scenario, ...]
    line: Callable[[Path], int]


def rulebook_of(file: str, text: str) -> str | None:
    """The folder of the rulebook the file names, if it names one. Raises RulebookError."""
    value, problems = read_document(file, text)
    if problems:
        raise RulebookError(problems)
    return value.get("rulebook") if isinstance(value, dict) else None


def read_scenarios(file: str, text: str) -> ScenarioFile:
    """The scenarios of `text`. Raises RulebookError with every problem, each with its line."""
    value, problems = read_document(file, text)
    if problems:
        raise RulebookError(problems)

    def line(path: Path) -> int:
        return line_of(text, path)

    try:
        written = Written.model_validate(_acts_listed(value))
    except ValidationError as error:
        raise RulebookError(_problem(file, each, line) for each in error.errors(include_url=False)) from None
    return ScenarioFile(file, written.scenarios, line)


def _acts_listed(value: Any) -> Any:
    """`when` may be one act; it is read as a list of one."""
    if not isinstance(value, dict) or not isinstance(value.get("scenarios"), list):
        return value
    listed = [
        {**each, "when": [each["when"]]} if isinstance(each, dict) and isinstance(each.get("when"), dict) else each
        for each in value["scenarios"]
    ]
    return {**value, "scenarios": listed}


def _problem(file: str, error: Any, line: Callable[[Path], int]) -> Problem:
    path: Path = error["loc"]
    shown = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
    message = error["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    found = "nothing" if error["type"] == "missing" else shorten(error["input"])
    return Problem(file, shown or "the file", message[:1].lower() + message[1:], found, line(path))
