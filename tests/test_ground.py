"""The ground: what is declared, locked and documented agree; nothing of a machine or a registry is committed."""

import re
import subprocess
import tomllib
from pathlib import Path

from tests.rooms import ROOMS

ROOT = Path(__file__).resolve().parent.parent


def declared() -> tuple[set[str], set[str]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    name = re.compile(r"^[A-Za-z0-9-]+")
    run = {name.match(entry).group() for entry in project["dependencies"]}  # type: ignore[union-attr]
    extras = project["optional-dependencies"]
    dev = {name.match(entry).group() for extra in extras.values() for entry in extra}  # type: ignore[union-attr]
    return run, dev


def test_whoever_tests_has_every_extra() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert set(extras) == {"dev", "parquet"}
    assert set(extras["parquet"]) <= set(extras["dev"])


def tracked() -> list[Path]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in names.decode().split("\0") if name]


def test_each_dependency_earns_its_place_in_one_line() -> None:
    run, dev = declared()
    page = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    listed = set(re.findall(r"^\| `([^`]+)` \| .{10,} \|$", page, re.MULTILINE))
    assert listed == run | dev


def test_each_dependency_is_locked_with_hashes() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    locked = dict(re.findall(r"^([a-z0-9-]+)==[^ ]+.*\\\n((?:    --hash=.*\n)+)", lock, re.MULTILINE))
    run, dev = declared()
    assert {name.lower() for name in run | dev} <= set(locked)
    assert "://" not in lock, "no index addresses"


def test_nothing_committed_names_a_registry_or_a_machine() -> None:
    registry = re.compile(rb"//(files|registry|deb|index)[.]|//py..[.]org|index[-]url|/wo[r]k/[a-z.]|/ro[o]t/")
    named = [path for path in tracked() if path.is_file() and registry.search(path.read_bytes())]
    this_search = Path(__file__).resolve()
    assert [path.name for path in named if path != this_search] == []


def test_every_room_says_what_lives_there() -> None:
    for room in ROOMS:
        first = (ROOT / room / "__init__.py").read_text("utf-8")
        assert first.startswith('"""')
        assert 100 < len(first.split(chr(34) * 3)[1]) < 1_200, f"{room}: a few lines"


def test_readmes_are_in_step() -> None:
    english, chinese = ((ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh.md"))
    headings = [len(re.findall(r"^#+ ", page, re.MULTILINE)) for page in (english, chinese)]
    assert headings[0] == headings[1]
    blocks = [re.findall(r"```sh\n(.*?)```", page, re.DOTALL) for page in (english, chinese)]
    commands = [[line.split("#")[0].strip() for block in page for line in block.splitlines()] for page in blocks]
    assert commands[0] == commands[1]


def test_what_a_docstring_says_is_raised_names_the_condition() -> None:
    """`Refused: it is.` tells nobody when."""
    vague = re.compile(r"^\s+[A-Z][A-Za-z]+: (it|they) (is|is none|is so|would|does not|may not|are)\.$", re.MULTILINE)
    files = [file for room in ROOMS for file in (ROOT / room).rglob("*.py")]
    assert [str(file.relative_to(ROOT)) for file in files if vague.search(file.read_text("utf-8"))] == []
