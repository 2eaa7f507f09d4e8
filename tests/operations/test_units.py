"""The units that ship: systemd takes them, each part runs as nobody in particular, and may touch little."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from cli.main import make_app
from tests.operations.production import ROOT, SUQIU

UNITS = sorted((ROOT / "deploy" / "systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
PROGRAM = "/opt/suqiu/.venv/bin/suqiu"
EXPOSED_AT_MOST = 2.0
"""Of 10, by `systemd-analyze security`."""
SECRET = {
    "worker@": {"master"},
    "messenger": {"master", "messenger"},
    "relay": {"log", "relay"},
    "project": set(),
    "backup": set(),
}
SYSTEMD = shutil.which("systemd-analyze")


def settings(unit: Path) -> dict[str, list[str]]:
    """`Section.Key` → its values, in order."""
    found: dict[str, list[str]] = {}
    section = ""
    for line in unit.read_text("utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            key, sign, value = line.partition("=")
            assert sign, f"{unit.name}: {line}"
            found.setdefault(f"{section}.{key}", []).append(value)
    return found


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_service_is_what_an_operator_expects(unit: Path) -> None:
    found = settings(unit)
    (command,) = found["Service.ExecStart"]
    program, *words = shlex.split(command)
    assert program == PROGRAM
    assert make_app()[words[0]] is not None, "a command there is"
    assert found["Service.User"] == ["suqiu"]
    assert found["Service.ProtectSystem"] == ["strict"]
    assert found["Service.NoNewPrivileges"] == ["yes"]
    assert found["Service.CapabilityBoundingSet"] == [""]
    assert found["Service.LimitCORE"] == ["0"], "what is in memory is written nowhere"
    assert "network-online.target" in found["Unit.After"][0]
    assert "/etc/suqiu/suqiu.env" in found["Service.EnvironmentFile"][0]
    if found["Service.Type"] == ["exec"]:
        assert found["Service.Restart"] == ["always"]
        assert found["Service.RestartPreventExitStatus"] == ["2"], "wrong use does not get better by repeating"
        assert found["Unit.StartLimitIntervalSec"] == ["0"], "an outage of an hour is waited for"
        assert int(found["Service.TimeoutStopSec"][0]) >= 60


@pytest.mark.parametrize("part", SECRET)
def test_a_part_is_given_the_secrets_it_needs_and_no_other(part: str) -> None:
    found = settings(ROOT / "deploy" / "systemd" / f"suqiu-{part}.service")
    files = {Path(each.lstrip("-")).stem for each in found["Service.EnvironmentFile"]}
    assert files - {"suqiu", "worker-%i"} == SECRET[part]


def test_the_target_wants_every_part() -> None:
    (wanted,) = settings(ROOT / "deploy" / "systemd" / "suqiu.target")["Unit.Wants"]
    assert {re.sub(r"@.*", "@", each.removesuffix(".service")) for each in wanted.split()} == {
        f"suqiu-{part}" for part in SECRET if part != "backup"
    }


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_every_line_of_a_unit_is_a_known_section_s_setting(unit: Path) -> None:
    assert {key.split(".")[0] for key in settings(unit)} <= {"Unit", "Service", "Timer", "Install"}


def test_systemd_takes_them(tmp_path: Path) -> None:
    """By systemd's own check, which is only where systemd is."""
    if SYSTEMD is None:
        pytest.skip("systemd-analyze is not on this machine: nobody has checked the units")
    for unit in UNITS:
        (tmp_path / unit.name).write_text(unit.read_text("utf-8").replace(PROGRAM, SUQIU), "utf-8")
    files = [str(tmp_path / unit.name) for unit in UNITS]
    done = subprocess.run([SYSTEMD, "verify", *files], capture_output=True, text=True, check=False, timeout=60)
    ours = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "suqiu" in line]
    assert ours == []
    assert done.returncode == 0, done.stderr
    for unit in SERVICES:
        done = subprocess.run(
            [SYSTEMD, "security", "--offline=true", str(tmp_path / unit.name)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        found = re.search(r"Overall exposure level for \S+ ([\d.]+)", done.stdout)
        assert found, done.stderr
        assert float(found[1]) <= EXPOSED_AT_MOST, unit.name
