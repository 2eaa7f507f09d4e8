"""What commands write of petitions is for its owner only, from the moment it is there, whatever the umask says."""

import ast
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cli.evidence.traces import _draft
from cli.figures.export import Column, Export, Sheet, export
from cli.figures.report import _write
from eventstore.private_files import create, replacing
from office.keys import key_care
from office.logs import _turning_over
from tests.rooms import ROOMS, ROOT

PUBLIC = {
    "office/rules/scenarios.py": "an office's own stories, in its rulebook",
    "evidence/verifier/assemble.py": "the program that goes into dossiers",
    "evidence/checkpoint_file.py": "checkpoints are for everybody",
    "evidence/witness.py": "what a witness knows of a log: sizes and hashes; its key is made apart",
    "evidence/log_key.py": "the public key; the private one is made for its owner only",
    "machine/embedded_temporal.py": "a process id",
    "machine/launcher.py": "the kernel's own files about a process",
    "machine/log_files.py": "a log that is there is emptied; its copy keeps its mode",
    "machine/server_process.py": "a server's own log, in a folder for its owner only",
    "machine/engine_database.py": "a mark without content, made for its owner only",
    "machine/data_folder.py": "run.json, made for its owner only",
}
"""Modules that write files and need not by `eventstore/private_files.py`; whoever adds one says why."""
OTHERWISE = {
    "eventstore/private_files.py": "the one way",
    "office/keys/master_key.py": "the master key, made for its owner only",
    "office/keys/key_care.py": "the master key's replacement, made for its owner only",
    "office/logs.py": "logs, whose opener it is",
}


def writes(source: str) -> Iterator[int]:
    """The lines of a module that open a file to write it, by the usual ways."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(attr="write_text" | "write_bytes" | "touch")):
                yield node.lineno
            case ast.Call(func=ast.Attribute(attr="open") | ast.Name(id="open"), args=args, keywords=keywords):
                modes = [each.value for each in (*args, *(word.value for word in keywords)) if _is_mode(each)]
                if modes or "O_CREAT" in ast.dump(node):
                    yield node.lineno


def _is_mode(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=str(text)):
            return set(text) <= set("rwxabt+") and bool(set(text) & set("wxa+"))
    return False


@pytest.mark.parametrize("room", ROOMS)
def test_who_writes_a_file_does_it_for_its_owner_only_or_is_named_here(room: str) -> None:
    found = {
        str(file.relative_to(ROOT)): lines
        for file in sorted((ROOT / room).rglob("*.py"))
        if file.name != "verify.py" and (lines := list(writes(file.read_text("utf-8"))))
    }
    assert found.keys() <= PUBLIC.keys() | OTHERWISE.keys(), found


@pytest.fixture(autouse=True)
def _open_umask() -> Iterator[None]:
    """The worst there is: what is not asked for by mode is for everybody."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def modes_while_written(folder: Path) -> set[int]:
    """Of the files in a folder, which are not whole yet."""
    return {mode(file) for file in folder.iterdir()}


SHEET = Sheet("表", (Column("受理编号", "receipt"),), [("SQ-1",)] * 3)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_lists_are_private_from_the_first_row_on(tmp_path: Path, kind: str) -> None:
    file, seen = tmp_path / f"list.{kind}", set()

    def rows() -> Iterator[tuple[str]]:
        for number in range(3):
            seen.update(modes_while_written(tmp_path))
            yield (f"SQ-{number}",)

    given = Export(csv=file) if kind == "csv" else Export(xlsx=file)
    assert export(SHEET._replace(rows=rows()), given, ZoneInfo("Asia/Shanghai"), json=False) == 0
    assert seen == {0o600}
    assert mode(file) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [file.name]


def test_exports_reports_and_keys_are_private_while_they_are_written(tmp_path: Path) -> None:
    with _draft(tmp_path / "traces.csv") as out:
        out.write(b"SQ-1")
        out.flush()
        assert modes_while_written(tmp_path) == {0o600}
    with key_care._draft(tmp_path / "keys") as text:
        text.write("key\n")
        text.flush()
        assert modes_while_written(tmp_path) == {0o600}
    _write(tmp_path / "report.csv", [{"name": "件", "columns": ["a"], "rows": [["路灯"]]}])
    assert (tmp_path / "report.csv").read_bytes() == "\ufefftable,a\r\n件,路灯\r\n".encode()
    assert modes_while_written(tmp_path) == {0o600}
    assert {each.name for each in tmp_path.iterdir()} == {"traces.csv", "keys", "report.csv"}


def test_what_was_there_is_replaced_and_its_mode_is_not_kept(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("old")
    file.chmod(0o666)
    assert export(SHEET, Export(csv=file), ZoneInfo("Asia/Shanghai"), json=False) == 0
    assert mode(file) == 0o600


def test_a_file_that_somebody_put_in_the_way_gets_nothing(tmp_path: Path) -> None:
    """A place that can be guessed, in a folder that others can write: a link to their file, or a file for everybody."""
    theirs = tmp_path / "theirs"
    theirs.write_text("")
    for trap in ("link", "file"):
        place = tmp_path / "keys.part"
        if trap == "link":
            place.symlink_to(theirs)
        else:
            place.touch(0o666)
            held = place.open("rb")
        with key_care._draft(tmp_path / "keys") as text:
            text.write("a resident's key\n")
        assert theirs.read_text() == ""
        if trap == "file":
            assert held.read() == b""
            held.close()
        assert mode(tmp_path / "keys") == 0o600


def test_a_file_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), replacing(tmp_path / "list") as file:
        file.write(b"SQ-1" * (1 // 0))
    assert list(tmp_path.iterdir()) == []


def test_a_log_is_private_and_so_are_those_it_is_turned_over_to(tmp_path: Path) -> None:
    handler = _turning_over(tmp_path / "suqiu.log")
    handler.doRollover()  # type: ignore[attr-defined] # it is one that turns over
    handler.close()
    assert {each.name for each in tmp_path.iterdir()} == {"suqiu.log", "suqiu.log.1"}
    assert modes_while_written(tmp_path) == {0o600}


def test_create_never_opens_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("old")
    os.link(tmp_path / "old", tmp_path / "new")
    with os.fdopen(create(tmp_path / "new"), "wb") as file:
        file.write(b"new")
    assert (tmp_path / "old").read_text() == "old"
