"""Scenario files, read and played under their rulebook."""

from pathlib import Path
from typing import NamedTuple

from aggregates.scenarios import (
    Correction,
    Difference,
    ScenarioFile,
    corrections,
    differences,
    read_scenarios,
    rewrite,
    rulebook_of,
)
from office.rules.rulebooks import RulebookUnreadable, read_rulebook
from rulebook.model import Rulebook

MAIN = "rulebook.yaml"
ROUNDS = 3
"""Passes: once a list of events is corrected, the events' fields can be compared too."""


class Checked(NamedTuple):
    """One file: the rulebook it was played under, its scenarios, and the differences of each."""

    path: Path
    rulebook: Rulebook
    source: ScenarioFile
    outcomes: tuple[tuple[Difference, ...], ...]


def scenario_files(path: Path) -> tuple[Path, ...]:
    """The file itself, or the scenario files of a folder: its own, or those of its folder `scenarios`.

    Raises:
        RulebookUnreadable: there is no such file.
    """
    if path.is_file():
        return (path,)
    folder = path / "scenarios" if (path / "scenarios").is_dir() else path
    files = tuple(sorted(each for each in folder.glob("*.yaml") if folder.name == "scenarios" or path == folder))
    if not files:
        raise RulebookUnreadable(f"{path}: expected a file of scenarios, or a folder with some; found none")
    return files


def check_file(path: Path, rulebook: Path | None = None) -> Checked:
    """Play a file's scenarios under a rulebook: the one given, the one the file names, or the one in a folder above it.

    Raises:
        RulebookUnreadable: a file cannot be read.
        RulebookError: a file has a wrong value.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RulebookUnreadable(f"{path}: {error}") from error
    named = rulebook_of(path.name, text)
    book = read_rulebook(rulebook or (path.parent / named if named else _beside(path)))
    source = read_scenarios(str(path), text)
    return _played(path, book, source)


def write_file(checked: Checked, *, outcomes: bool = False) -> tuple[Checked, int]:
    """Write times and numbers of days as the rulebook has them now: the file played again, how many were written.

    A story in which something else comes out is left whole, as its title may no longer be true, unless `outcomes` are
    to be written too. What no value can put right (an act that can be done no more, or now can) is always left, and
    differs still. Comments, order and fields of events stay.

    Raises:
        OSError: the file cannot be written; it is unchanged.
    """
    written = 0
    for _ in range(ROUNDS):
        found: list[Correction] = []
        for number in range(len(checked.source.scenarios)):
            found += corrections(checked.source, number, checked.rulebook, outcomes=outcomes)
        if not found:
            break
        text = rewrite(checked.path.read_text("utf-8"), found)
        source = read_scenarios(str(checked.path), text)
        draft = checked.path.with_name(f".{checked.path.name}.part")
        draft.write_text(text, "utf-8")
        draft.replace(checked.path)
        written += len(found)
        checked = _played(checked.path, checked.rulebook, source)
    return checked, written


def _played(path: Path, book: Rulebook, source: ScenarioFile) -> Checked:
    return Checked(path, book, source, tuple(differences(source, n, book) for n in range(len(source.scenarios))))


def _beside(path: Path) -> Path:
    """The nearest folder above that holds a rulebook."""
    for folder in path.absolute().parents:
        if (folder / MAIN).is_file():
            return folder
    raise RulebookUnreadable(f"{path}: name its rulebook (`rulebook: FOLDER`), or keep it in a rulebook's folder")
