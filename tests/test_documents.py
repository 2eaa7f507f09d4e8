"""Documents run: every `suqiu` line of the README is typed as it stands, and every link leads somewhere."""

import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rooms import ROOMS
from tests.suqiu import SUQIU, Suqiu

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.fixture
def suqiu() -> Iterator[Suqiu]:
    """A fresh folder that `suqiu` finds by its environment, as a reader's shell would."""
    home = Path(tempfile.mkdtemp(prefix="suqiu-"))
    home.chmod(0o711)
    here = Suqiu(home / "data")
    here.environment["SUQIU_DATA"] = str(here.folder)
    yield here
    here.end()
    shutil.rmtree(home, ignore_errors=True)


def shell_lines(page: str) -> list[str]:
    """The lines of a page's shell blocks, comments cut."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)
    return [line.split(" #")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


@pytest.mark.engine
@pytest.mark.timeout(240)
def test_every_line_of_the_readme_runs(suqiu: Suqiu) -> None:
    lines = [shlex.split(line) for line in shell_lines("README.md")]
    typed = [words[1:] for words in lines if words[0] == "suqiu"]
    assert ["up"] in typed
    assert len(typed) >= 5
    suqiu.up()
    for words in typed:
        if words != ["up"]:
            done = subprocess.run(
                [SUQIU, *words], env=suqiu.environment, capture_output=True, text=True, timeout=60, check=False
            )
            assert done.returncode == 0, f"suqiu {words}: {done.stdout}{done.stderr}"
    assert suqiu.down() == 0


def test_the_chinese_readme_names_the_same_commands() -> None:
    """What one of them tells a newcomer to type, the other does too."""
    assert shell_lines("README.zh.md") == shell_lines("README.md")
    named = {
        page: set(
            re.findall(r"`(?:\S+=\S+ )?suqiu ([a-z]+(?: [a-z-]+)?)", " ".join((ROOT / page).read_text("utf-8").split()))
        )
        for page in ("README.md", "README.zh.md")
    }
    assert named["README.zh.md"] == named["README.md"]


def test_make_targets_of_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {line.split()[1] for line in shell_lines("README.md") if line.startswith("make ")}
    assert named
    assert named <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text("utf-8"))
    missing = [link for link in links if not (page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_a_page_names_are_there(page: Path) -> None:
    """A path in code marks that begins with a room of the program: a move that forgets a page is found."""
    rooms = "|".join((*ROOMS, "tests", "docs", "deploy", "bench"))
    named = re.findall(rf"`((?:{rooms})/[a-z0-9_./-]+?)(?:::[^`]*)?`", page.read_text("utf-8"))
    missing = sorted({path for path in named if not (ROOT / path).exists()})
    assert missing == [], "CHANGELOG tells of the past" if page.name == "CHANGELOG.md" else ""
