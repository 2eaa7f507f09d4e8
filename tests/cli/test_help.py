"""Every command explains itself, the page about them is in step, and asking costs no time."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from cli.help import about
from cli.main import COMMANDS, make_app, run
from cli.reference import answers, command_paths, reference
from tests.answers import shape_of
from tests.cli.conftest import Shell

PATHS = tuple(command_paths(make_app()))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: " ".join(path) or "suqiu")
def test_help_has_an_example_and_exits_0(path: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*path, "--help"]) == 0
    said = capsys.readouterr()
    assert "Example" in said.out
    assert " ".join(("suqiu", *path)) in said.out
    assert said.err == ""


def test_every_command_answers_programs_and_takes_a_data_folder(capsys: pytest.CaptureFixture[str]) -> None:
    groups = {path[:-1] for path in PATHS if path}
    for path in set(PATHS) - groups:
        assert run([*path, "--help"]) == 0
        said = capsys.readouterr().out
        assert "--json" in said, path
        assert "--data" in said, path


def test_every_command_about_one_case_or_in_pages_asks_who_reads(capsys: pytest.CaptureFixture[str]) -> None:
    nothing_of_a_petition = {("report", "list"), ("workload",), ("settlement",)}
    of_erasing = {("resident", "ask-erasure"), ("resident", "erasure")}
    groups = {path[:-1] for path in PATHS if path}
    for path in set(PATHS) - groups - nothing_of_a_petition - of_erasing:
        assert run([*path, "--help"]) == 0
        said = capsys.readouterr().out
        usage = said.split("\n", 1)[0]
        if "RECEIPT" in usage or "--limit" in said:
            assert "--by" in said, path


def test_the_page_about_the_commands_is_what_they_say_themselves() -> None:
    page = Path(__file__).parents[2] / "docs" / "commands.md"
    assert page.read_text("utf-8") == reference(), "stale: `make docs`"


def test_every_command_has_its_answer_and_every_answer_a_command() -> None:
    groups = {path[:-1] for path in PATHS if path}
    commands = {" ".join(path) for path in set(PATHS) - groups}
    told = answers()
    assert commands <= told.keys()
    assert told.keys() - commands <= {"petition", "order"}, "what every act answers"
    for name in told:
        assert shape_of(name)


@pytest.mark.parametrize(("path", "line"), [(path, line) for _, entries in COMMANDS for path, line, _ in entries])
def test_the_contents_say_of_a_command_what_it_says_itself_first(path: str, line: str) -> None:
    module, _, name = path.partition(":")
    assert about(getattr(importlib.import_module(module), name)).split("\n\n")[0] == line


def imported_by(*arguments: str) -> set[str]:
    """The modules that are loaded once a command line was carried out in a process of its own."""
    asked = f"import sys, cli.main; cli.main.run({list(arguments)}); print(*sys.modules, file=sys.stderr)"
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    return set(said.stderr.split())


def test_help_imports_no_engine_and_no_database() -> None:
    heavy = {"temporalio", "psycopg", "eventsourcing", "cryptography", "yaml", "structlog"}
    assert not heavy & imported_by("petition", "reply", "--help")
    assert not (heavy | {"pydantic", "aggregates"}) & imported_by("--help")


def test_help_imports_no_command_and_help_of_one_command_no_room_beside_its_own() -> None:
    rooms = {
        "cli.evidence",
        "cli.figures",
        "cli.orders",
        "cli.petitions",
        "cli.residents",
        "cli.rulebook",
        "cli.running",
    }
    assert not rooms & imported_by("--help")
    assert rooms & imported_by("petition", "reply", "--help") == {"cli.petitions"}
    assert rooms & imported_by("rulebook", "check", "--help") == {"cli.rulebook"}


def test_help_of_an_act_imports_its_commands_and_not_what_decides_them() -> None:
    deciding = {
        "aggregates.petition.decisions",
        "aggregates.petition.events",
        "aggregates.readers",
        "aggregates.orders",
        "rulebook.model",
        "rulebook.calendar",
    }
    assert not deciding & imported_by("petition", "triage", "--help")
    assert not deciding & imported_by("petition", "withdraw", "--help")


def test_the_real_program_says_its_version_and_what_is_wrong_use(alone: Shell) -> None:
    assert alone("--version").out == "0.1.0\n"
    assert alone("--help").code == 0
    unknown = alone("legder")
    assert unknown.code == 2
    assert 'Did you mean "ledger"?' in unknown.err
    option = alone("ledger", "--colour", "--json")
    assert option.code == 2
    assert "--colour" in option.row["error"]
    missing = alone("petition", "accept", "SQ-1")
    assert missing.code == 2
    assert "--by" in missing.err
    assert "suqiu petition accept --help" in missing.err
    assert "Traceback" not in unknown.err + option.err + missing.err
