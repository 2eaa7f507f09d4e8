"""`make test` hands out the longest files first, so that no process waits long for the other at the end."""

import os
import subprocess
import sys
from pathlib import Path

from tests.pace import PACE, WORTH_NAMING_SECONDS, pace, pace_text

PROJECT = PACE.parent.parent


def test_each_file_named_is_there_and_the_longest_stands_first() -> None:
    files = pace(PACE.read_text(encoding="utf-8"))
    assert [file for file in files if not (PROJECT / file).is_file()] == [], "write it anew: see tests/pace.py"
    assert list(files.values()) == sorted(files.values(), reverse=True)


def test_what_is_written_is_read_again_and_short_files_are_not_named() -> None:
    written = pace_text({"tests/a.py": 3.4, "tests/b.py": WORTH_NAMING_SECONDS - 0.1, "tests/c.py": 70.2})
    assert written == "70 tests/c.py\n3 tests/a.py\n"
    assert pace(written) == {"tests/c.py": 70.0, "tests/a.py": 3.0}


def test_where_processes_share_the_tests_the_long_file_begins_first(tmp_path: Path) -> None:
    for name, tests in (("a", 3), ("b", 1), ("c", 2)):
        lines = "".join(f"def test_{number}() -> None:\n    pass\n\n\n" for number in range(tests))
        (tmp_path / f"test_{name}.py").write_text(lines)
    plugin = PACE.with_name("pace.py").read_text(encoding="utf-8")
    (tmp_path / "conftest.py").write_text(
        plugin.replace('__file__).with_name("pace.txt")', '__file__).parent / "p.txt"')
    )
    (tmp_path / "p.txt").write_text("70 test_c.py\n3 test_b.py\n")
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "--write-pace"]
    shared = ["-n", "1", "--dist", "loadfile", "--no-loadscope-reorder"]
    alone = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    ran = subprocess.run([*command, *shared], cwd=tmp_path, env=alone, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
    done = [line.split()[-1] for line in ran.stdout.splitlines() if line.startswith("[gw")]
    assert [each.split("::")[0] for each in done] == ["test_c.py"] * 2 + ["test_b.py"] + ["test_a.py"] * 3
    assert (tmp_path / "p.txt").read_text() == "", "none of them took seconds"
