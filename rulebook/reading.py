"""From the texts of a rulebook's files to a Rulebook, or to everything that is wrong with them.

The caller reads the files; the main one names the others in `includes:`. A file brings whole top-level parts
(`units:`, `matters:` …); each part stands in one file, and `calendar:` in one file a year.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from rulebook.consistency import findings
from rulebook.document import line_of, read_document
from rulebook.model import Rulebook
from rulebook.problems import Problem, RulebookError, Spot, UnknownName, one_of, shorten

__all__ = ["Problem", "RulebookError", "Spot", "UnknownName", "includes_of", "parse", "spots"]

PARTS = tuple(name for name in Rulebook.model_fields if name != "calendars")
Place = tuple[str | int, ...]


def includes_of(text: str, file: str = "rulebook.yaml") -> tuple[str, ...]:
    """The file names the main file `text` asks for, to be read beside it. Raises RulebookError."""
    value, problems = read_document(file, text)
    includes = value.get("includes", []) if isinstance(value, dict) else []
    problems += tuple(_include_problems(file, includes))
    if problems:
        raise RulebookError(problems)
    return tuple(includes)


def parse(main: str, files: Mapping[str, str]) -> Rulebook:
    """The rulebook whose main file is called `main`; `files` maps each file's name to its YAML text.

    Raises RulebookError with every problem of one kind at once: first how the files are written, then each
    type, then what contradicts what.
    """
    reader = _Parts(main)
    reader.read(files)
    if reader.problems:
        raise RulebookError(reader.problems)
    try:
        text = json.dumps(reader.parts, ensure_ascii=False).encode(errors="replace")
        # JSON mode, strictly: text for dates and times, but no "3" or true where a number belongs.
        book = Rulebook.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise RulebookError(
            reader.problem(problem["loc"], *_words(problem)) for problem in error.errors(include_url=False)
        ) from None
    if wrong := [reader.problem(*finding) for finding in findings(book)]:
        raise RulebookError(wrong)
    return book


def spots(main: str, files: Mapping[str, str]) -> Callable[[Place], Spot]:
    """What says of a place in a sound book (`matters`, 12, `wording`) in which file and on which line it stands."""
    reader = _Parts(main)
    reader.read(files)
    return reader.spot


class _Parts:
    """The top-level parts of all files, and which file each came from."""

    def __init__(self, main: str) -> None:
        self.main = main
        self.parts: dict[str, Any] = {"calendars": []}
        self.problems: list[Problem] = []
        self._files: Mapping[str, str] = {}
        self._home: dict[str, str] = {}
        self._calendars: list[str] = []

    def read(self, files: Mapping[str, str]) -> None:
        self._files = files
        if self.main not in files:
            self.problems.append(Problem(self.main, "the file", "the main file's text", "nothing"))
            return
        includes = self._add(self.main, files[self.main]).get("includes", [])
        if wrong := list(_include_problems(self.main, includes)):
            self.problems += wrong
            return
        for n, name in enumerate(includes):
            if name in files:
                self._add(name, files[name])
            else:
                self.problems.append(Problem(self.main, f"includes[{n}]", "a file that is there", repr(name)))

    def _add(self, file: str, text: str) -> dict[str, Any]:
        value, problems = read_document(file, text)
        self.problems += problems
        if not isinstance(value, dict):
            if not problems:
                self.problems.append(Problem(file, "the file", "parts, as `units:`", shorten(value)))
            return {}

        def stands(part: str) -> int | None:
            return None if problems else line_of(text, (part,))

        for part, content in value.items():
            if part == "includes" and file == self.main:
                continue
            if part == "calendar":
                self.parts["calendars"].append(content)
                self._calendars.append(file)
            elif part not in PARTS:
                expected = one_of((*PARTS, "calendar"), part)
                self.problems.append(Problem(file, part, expected, repr(part), stands(part)))
            elif part in self._home:
                expected = f"each part in one file ({self._home[part]} has it)"
                self.problems.append(Problem(file, part, expected, f"{part!r} again", stands(part)))
            else:
                self.parts[part] = content
                self._home[part] = file
        return value

    def problem(self, place: Place, expected: str, found: str) -> Problem:
        """The problem at `place` of the whole book, told in the file it comes from."""
        file, path, line, id_ = self.spot(place)
        return Problem(file, path, expected, found, line, id_)

    def spot(self, place: Place) -> Spot:
        """Where `place` of the whole book stands."""
        part, *rest = place
        file, inside = self._home.get(str(part), self.main), place
        if part == "calendars":
            file, inside = (self._calendars[int(rest[0])], ("calendar", *rest[1:])) if rest else (file, ("includes",))
        named = tuple(step for step in inside if step != "[key]")
        stands = inside[0] in self._home or part == "calendars"
        line = line_of(self._files[file], named) if stands else None
        return Spot(file, _path(named), line, None if place[-1] == "id" else _entry(self.parts, place[:-1]))


def _include_problems(file: str, includes: Any) -> Iterable[Problem]:
    if not isinstance(includes, list):
        yield Problem(file, "includes", "a list of file names", shorten(includes))
        return
    for n, name in enumerate(includes):
        if not isinstance(name, str) or not name or name.startswith(".") or set(name) & set("/\\:\0"):
            expected = "the plain name of a file in the same folder"
            yield Problem(file, f"includes[{n}]", expected, shorten(name))
        elif name in includes[:n] or name == file:
            yield Problem(file, f"includes[{n}]", "each file once", f"{name!r} again")


def _path(place: Place) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".")


def _entry(value: Any, place: Place) -> str | None:
    """The id of the innermost entry on the way to a place."""
    found = None
    for step in place:
        try:
            value = value[step]
        except (LookupError, TypeError):
            break
        if isinstance(value, dict) and isinstance(value.get("id"), str):
            found = value["id"]
    return found


def _words(problem: Any) -> tuple[str, str]:
    """What pydantic expected and found, in the words of this room."""
    kind, context = problem["type"], problem.get("ctx", {})
    found = shorten(problem["input"])
    if kind == "missing":
        return "a value", "nothing"
    if kind == "extra_forbidden":
        return "no field of this name", repr(problem["loc"][-1])
    if kind == "literal_error":
        return "one of " + context["expected"].replace("'", "").replace(" or ", ", "), found
    if kind == "value_error":
        return str(context["error"]), found
    if kind == "string_pattern_mismatch":  # the one pattern of this room: `source.Id`
        return "letters, digits and . _ - only", found
    message = problem["msg"].removeprefix("Input should be ").removeprefix("a valid ")
    return message[:1].lower() + message[1:], found
