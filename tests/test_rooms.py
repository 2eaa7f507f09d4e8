"""Where SQL stands: in the rooms that own the tables, and nowhere else, held by a look at every line of the program."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.rooms import ROOMS, ROOT

OWNERS = ("eventstore", "projections")
"""The log and its keys; the read models. Tests and `bench/` are no rooms: they measure and break what is stored by
statements of their own."""

ALLOWED = {
    "machine/engine_database.py": "SQLite, Temporal's own file: whether it is whole is asked before that server runs",
}

STATEMENT = re.compile(
    r"\s*(SELECT\s|INSERT\s+INTO\s|UPDATE\s+\S+\s+(\w+\s+)?SET\s|DELETE\s+FROM\s|WITH\s+\w+(\s*\([^)]*\))?\s+AS\s*\(|"
    r"(CREATE|ALTER|DROP|GRANT|REVOKE|TRUNCATE|LOCK\s+TABLE|COPY|LISTEN|NOTIFY|UNLISTEN|VACUUM|ANALYZE|EXPLAIN|PRAGMA|"
    r"SET|RESET)\s)"
)
"""How one begins in this house, in capitals; in a format string what comes first is looked at."""
PART = re.compile(r"\b(FROM|JOIN|INTO|UPDATE|TABLE)\s+(suqiu|suqiu_keys|pg_catalog|view_\w+)\.", re.IGNORECASE)
"""A part of one, however it begins and is written."""
RUNS = {"execute", "executemany", "copy", "stream"}


def statements(source: str) -> list[int]:
    """The lines of a module that have SQL, in order; a docstring may talk of it."""
    tree = ast.parse(source)
    said = {id(text) for text in _docstrings(tree)}
    found = {node.lineno for node in ast.walk(tree) if id(node) not in said and _is_statement(node)}
    return sorted(found | {node.lineno for node in ast.walk(tree) if _runs_a_literal(node)})


def _docstrings(tree: ast.Module) -> Iterator[ast.expr]:
    """Of modules, classes and functions, and those below a constant: whatever text is a statement by itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def _is_statement(node: ast.AST) -> bool:
    match node:
        case ast.Constant(value=str(text)):
            return bool(STATEMENT.match(text) or PART.search(text))
        case _:
            return False


def _runs_a_literal(node: ast.AST) -> bool:
    """Whether it is `….execute("…")`, whatever the text says; a handler's `execute` takes no text first."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name), args=[ast.Constant(value=str()) | ast.JoinedStr(), *_]):
            return name in RUNS
        case _:
            return False


def found_in(folders: tuple[str, ...]) -> dict[str, list[int]]:
    """The modules below these folders that have SQL, with the lines."""
    files = sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))
    lines = {file.relative_to(ROOT).as_posix(): statements(file.read_text("utf-8")) for file in files}
    return {name: found for name, found in lines.items() if found}


def test_no_sql_stands_outside_the_rooms_that_own_the_tables() -> None:
    others = tuple(room for room in ROOMS if room not in OWNERS)
    elsewhere = found_in(others)
    assert {f"{name}:{line}" for name, lines in elsewhere.items() for line in lines if name not in ALLOWED} == set()
    assert set(elsewhere) == set(ALLOWED), "an exception that is none any more is taken off the list"


def test_the_look_finds_what_is_there() -> None:
    """Of the owners' own files, those that ask the database are found, and those that do not are not."""
    found = found_in(OWNERS)
    assert {
        "eventstore/recorder.py",
        "eventstore/extent.py",
        "projections/ledger.py",
        "projections/generation.py",
    } <= set(found)
    assert not {"eventstore/codec.py", "eventstore/sealing.py", "eventstore/proofs/merkle.py"} & set(found)


@pytest.mark.parametrize(
    "line",
    [
        'cursor.execute("SELECT position FROM suqiu.head")',
        'cursor.execute("select position from suqiu.head")',
        'cursor.execute("VALUES (1)")',
        'cursor.execute(f"{verb} position")',
        'QUERY = """\nSELECT clock_timestamp()\n"""',
        'QUERY = f"SELECT {columns} FROM {table}"',
        'QUERY = "select one from suqiu.events"',
        'TAIL = " AND EXISTS (SELECT FROM suqiu.events)"',
        'sql.SQL("CREATE DATABASE {}").format(name)',
        'QUERY = "INSERT INTO work VALUES (1)"',
        'QUERY = "UPDATE progress SET position = 1"',
        'QUERY = "DELETE FROM work"',
        'QUERY = "WITH last AS (SELECT 1) SELECT last FROM last"',
        'asyncio.to_thread(connection.execute, f"LISTEN {channel}")',
        'QUERY = "SET statement_timeout = 0"',
        'QUERY = "LOCK TABLE work"',
        'copy = "COPY work FROM STDIN"',
    ],
)
def test_planted_sql_is_found(line: str) -> None:
    assert len(statements(f"def ask():\n    {line}\n")) == 1


@pytest.mark.parametrize(
    "line",
    [
        '"""SELECT position FROM suqiu.head is what it asks."""',
        'log.info("set aside from the log; update the matter with its desk")',
        'handler.execute(petition, command, f"demo:{key}")',
        'words = "Select a unit: create, drop or alter nothing"',
        'name = "suqiu.set_aside"',
    ],
)
def test_words_are_no_sql(line: str) -> None:
    assert statements(f"def ask():\n    {line}\n") == []
