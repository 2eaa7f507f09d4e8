"""`verify.py` is what its files make of it, each read in one sitting; what would mean something else is refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence.dossiers import verify
from evidence.verifier import program, verifying
from evidence.verifier.assemble import FOLDER, FUTURE, ORDER, TARGET, CannotAssemble, assembled
from evidence.verifier.limits import Wrong
from machine.embedded_postgres import EmbeddedPostgres
from tests.dossiers.conftest import office_in
from tests.dossiers.story import Story, whole_story

ONE_SITTING = 350
"""Lines of a file."""

NOT_IN_THE_DOSSIER = "The verify.py that runs is not the one in the dossier."


@pytest.fixture(scope="module")
def story(postgres: EmbeddedPostgres) -> Iterator[Story]:
    with office_in(postgres, "assembled") as place:
        yield whole_story(place)


def test_the_file_committed_is_what_its_files_make() -> None:
    assert TARGET.read_text("utf-8") == assembled(), "stale: `make verifier`"
    assert Path(verify.__file__) == TARGET, "the program runs what it gives out"


def test_every_file_of_the_folder_is_in_it_and_is_read_in_one_sitting() -> None:
    files = {file.stem: len(file.read_text("utf-8").splitlines()) for file in FOLDER.glob("*.py")}
    assert set(files) == {*ORDER, "__init__", "assemble"}
    assert {name: lines for name, lines in files.items() if lines > ONE_SITTING} == {}


def test_the_files_say_of_a_dossier_what_the_one_made_of_them_says(story: Story) -> None:
    content = story.registry.dossier(story.petition).content
    one, parts = verify.as_json(verify.verify(content)), program.as_json(verifying.verify(content))
    assert NOT_IN_THE_DOSSIER not in {each["en"] for each in one["remarks"]}
    beside = [each for each in parts["remarks"] if each["en"] == NOT_IN_THE_DOSSIER]
    assert len(beside) == 1
    parts["remarks"].remove(beside[0])
    assert parts == one
    assert len(one["clocks"]) > 1
    with pytest.raises(verify.Wrong) as told_by_one:
        verify.verify(content[:-1])
    with pytest.raises(Wrong) as told_by_parts:
        verifying.verify(content[:-1])
    assert told_by_parts.value.said == told_by_one.value.said


def made(folder: Path, **files: str) -> str:
    """What these files make, in their order."""
    (folder / "heading.txt").write_text('#!/usr/bin/env python3\n{assembled}\n"""Verify."""\n')
    for name, text in files.items():
        (folder / f"{name}.py").write_text(f'"""What {name} does."""\n\n{FUTURE}\n\n{text}')
    return assembled(folder, tuple(files))


def test_imports_of_one_another_go_and_those_of_python_are_merged(tmp_path: Path) -> None:
    text = made(
        tmp_path,
        first="import sys\nfrom datetime import date\n\n\ndef one() -> date:\n    return date.min\n",
        second="import base64\nimport sys\nfrom datetime import UTC, date\n\n"
        "from evidence.verifier.first import one\n\n"
        'if __name__ == "__main__":\n    sys.exit(str(one() or base64 or UTC or date))\n',
    )
    top, _, parts = text.partition(f"{FUTURE}\n")
    assert "from evidence/verifier/ of suqiu: first.py, second.py; each after" in " ".join(top.split("\n# "))
    rule = "-" * 64
    assert parts == (
        "\nimport base64\nimport sys\nfrom datetime import UTC, date\n\n\n"
        f"# {rule} first.py\n# What first does.\n\n\ndef one() -> date:\n    return date.min\n\n\n"
        f'# {rule} second.py\n# What second does.\n\nif __name__ == "__main__":\n'
        "    sys.exit(str(one() or base64 or UTC or date))\n"
    )


ONE = "def one() -> int:\n    return 1\n"


@pytest.mark.parametrize(
    ("second", "says"),
    [
        ("def one() -> int:\n    return 2\n", "one is defined in first.py and in second.py"),
        ("one: int = 2\n", "one is defined in first.py and in second.py"),
        ("for one in (1, 2):\n    pass\n", "one is defined in first.py and in second.py"),
        ("class one:\n    pass\n", "one is defined in first.py and in second.py"),
        ("from itertools import count as one\n", "no `as`"),
        ("from math import one\n", "one is imported in second.py and defined in first.py"),
        ("from math import *\n", "no `*`"),
        ("def sum() -> int:\n    return 2\n", "sum is Python's own"),
        ("from evidence.verifier.first import two\n", "imports two of evidence.verifier.first"),
        ("from evidence.verifier.third import three\n", "imports three of evidence.verifier.third"),
        ("from evidence.verifier import first\n", "imports first of evidence.verifier: expected the standard library"),
        ("import evidence.verifier.first\n", "imports all of evidence.verifier.first"),
        ("from .first import one\n", "imports one of .: expected"),
        ("from rulebook.clocks import due\n", "imports due of rulebook.clocks: expected the standard library"),
        ("import pydantic\n", "imports all of pydantic"),
        ("from cryptography.fernet import Fernet\n", "imports Fernet of cryptography.fernet"),
        ("try:\n    import psycopg\nexcept ImportError:\n    raise\n", "of other packages only cryptography"),
        ("def two() -> int:\n    import math\n\n    return math.e\n", "line 6: imports stand before everything else"),
        ("X = 2\nimport math\n", "line 6: imports stand before everything else"),
        ('if __name__ == "__main__":\n    print(1)\n', "line 5: only the last file is a command"),
        ("from array import time\n", "time is of array in one file and of datetime in third.py"),
    ],
)
def test_what_would_mean_something_else_in_one_file_is_refused(tmp_path: Path, second: str, says: str) -> None:
    third = "from datetime import time\n\nthree = time()\n"
    assert made(tmp_path, first=ONE, second="two = 2\n", third=third)
    with pytest.raises(CannotAssemble) as refused:
        made(tmp_path, first=ONE, second=second, third=third)
    assert says in str(refused.value)


def test_a_file_that_reads_its_annotations_at_once_is_refused(tmp_path: Path) -> None:
    made(tmp_path, first=ONE, second="two = 2\n")
    (tmp_path / "second.py").write_text('"""What second does."""\n\ntwo = 2\n')
    with pytest.raises(CannotAssemble) as refused:
        assembled(tmp_path, ("first", "second"))
    assert "second.py: expected a docstring, then" in str(refused.value)
