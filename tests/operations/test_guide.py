"""A drill of each chapter of the operator's guide, typed as it stands there, in the order of the page."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from office.run_info import read_run
from tests.operations.guide import PAGE, Block, chapters
from tests.operations.machine import SHELL, Machine
from tests.operations.production import PROGRAM, ROOT, Production, until

pytestmark = [pytest.mark.engine, pytest.mark.timeout(1200)]

CHAPTERS = chapters()
BEFORE_THE_SHELL = 3
"""Blocks of the set-up that are typed before there is an operator's shell."""


@pytest.fixture(scope="module")
def machine(servers: Production, short_folder: Path) -> Iterator[Machine]:
    """A machine on which the set-up was typed; each chapter leaves it running for the next."""
    here = Machine(servers, short_folder / "m")
    try:
        set_up(here)
        yield here
    finally:
        here.end()
        for database in ("suqiu", "suqiu_broken"):
            servers.psql("--command", f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")


def set_up(here: Machine) -> None:
    """Chapter one."""
    for number, block in enumerate(CHAPTERS["Set-up"]):
        here.types(block, shell=SHELL if number >= BEFORE_THE_SHELL else "")
        if number == 1:
            here.edit("suqiu.env", "temporal.yaml")
        if "enable --now" in block.typed:
            here.ready()


def typed(here: Machine, chapter: str) -> list[str]:
    """The blocks of a chapter, one after the other; what each said."""
    return [here.types(block) for block in CHAPTERS[chapter]]


def asks(here: Machine, line: str) -> dict[str, object]:
    """The answer of one `--json` command in the operator's shell."""
    found: dict[str, object] = json.loads(here.types(Block(line, ())).splitlines()[0])
    return found


def comes(here: Machine, text: str) -> str:
    """A petition that is taken in, and classified by the engine."""
    receipt = str(asks(here, f"suqiu submit '{text}' --phone 13800000001 --json")["receipt"])
    until(lambda: moved(here, receipt))
    return receipt


def moved(here: Machine, receipt: str) -> bool:
    """Whether the engine has done its first step: dispatched, or proposed where a person has to confirm."""
    return asks(here, f"suqiu petition show {receipt} --json")["status"] in ("dispatched", "proposed")


def test_every_chapter_has_a_drill() -> None:
    """A chapter that nobody types here does not exist."""
    drilled = {name for name in CHAPTERS if name.replace(" ", "_").replace("-", "_").lower() in DRILLS}
    assert drilled == set(CHAPTERS)


NOT_OF_AN_OFFICE = {"suqiu", "python", "temporal program", "postgres programs", "rulebook", "up", "temporal.yaml"}
"""Checks of the doctor about a program that is not installed or told rightly: set-up, not alerts."""


def test_each_check_of_the_doctor_has_its_line_among_the_alerts() -> None:
    named = {name for row in rows_of(ROOT / "docs" / "doctor.md") for name in re.findall(r"`([^`]+)`", row[0])}
    chapter = PAGE.read_text("utf-8").split("## Alerts")[1].split("\n## ")[0]
    alerts = {name for row in table(chapter) for name in re.findall(r"`([^`]+)`", row[0])}
    assert alerts == named - NOT_OF_AN_OFFICE


def rows_of(page: Path) -> list[list[str]]:
    return table(page.read_text("utf-8"))


def table(text: str) -> list[list[str]]:
    """The cells of every row of a page's tables, but their heads."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")
    ]
    return [row for row in rows if row[0] not in ("check", "you see")]


def test_set_up(machine: Machine) -> None:
    """The parts run as the lesser role, each with the secrets it needs and no other."""
    assert machine.running() == {"suqiu-worker@1", "suqiu-relay", "suqiu-project", "suqiu-messenger"}
    comes(machine, "楼道的灯坏了")
    with psycopg.connect(machine.servers.dsn(PROGRAM)) as connection:
        roles = connection.execute(
            "SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = 'suqiu' AND backend_type = 'client backend'"
        ).fetchall()
    assert roles == [(PROGRAM,)]
    secrets = {path.name: path.stat().st_mode & 0o777 for path in (machine.folder / "etc/suqiu").iterdir()}
    assert {secrets[name] for name in ("master.env", "log.env", "log.key")} == {0o600}
    until((machine.folder / "var/lib/suqiu/checkpoints.txt").exists)


def test_adopting_rules(machine: Machine) -> None:
    typed(machine, "Adopting rules")


def test_backup_and_restore(machine: Machine) -> None:
    """Given a petition, then the drill finds it in the backup, and leaves nothing behind."""
    comes(machine, "水管漏了")
    typed(machine, "Backup and restore")
    assert list((machine.folder / "var" / "tmp").iterdir()) == []


def test_logs(machine: Machine) -> None:
    typed(machine, "Logs")


def test_alerts(machine: Machine) -> None:
    typed(machine, "Alerts")


def test_the_clock_is_wrong(machine: Machine) -> None:
    typed(machine, "The clock is wrong")


def test_the_disk_is_full(machine: Machine) -> None:
    typed(machine, "The disk is full")


def test_the_log_key_is_lost(machine: Machine) -> None:
    """Given a key that is gone, then the new one has signed everything the old one did, and signs on."""
    until((machine.folder / "var/lib/suqiu/checkpoints.txt").exists)
    old = asks(machine, "suqiu audit key --json")
    (machine.folder / "etc/suqiu/log.key").unlink()
    typed(machine, "The log key is lost")
    assert asks(machine, "suqiu audit key --json")["id"] != old["id"]
    comes(machine, "新密钥之后的事")
    before = asks(machine, "suqiu audit verify --json")
    assert asks(machine, "suqiu audit checkpoint --json")["size"] == before["events"]


@pytest.mark.long
def test_everything_on_one_machine(servers: Production, short_folder: Path) -> None:
    here = Machine(servers, short_folder / "one")
    del here.environment["TEMPORAL_ADDRESS"]
    install, start, shell, *more = CHAPTERS["Everything on one machine"]
    data = here.folder / "var/lib/suqiu/data"
    try:
        here.types(install, shell="")
        here.edit("suqiu.env")
        here.types(start, shell="")
        until(lambda: (run := read_run(data)) is not None and run.ready)
        for block in more:
            here.types(block, shell=shell.typed)
    finally:
        here.end("suqiu-up")


@pytest.mark.long
def test_upgrade_and_downgrade(machine: Machine) -> None:
    """Given petitions that wait, then each version in turn takes one in, and the old ones wait on."""
    waits = comes(machine, "升级前的事")
    machine.another_version()
    for block in CHAPTERS["Upgrade and downgrade"]:
        machine.types(block)
        if "systemctl" in block.typed:
            comes(machine, f"升级途中的事 {block.typed[:20]}")
    assert moved(machine, waits)


@pytest.mark.long
def test_the_engine_is_lost(machine: Machine) -> None:
    """Given Temporal's whole database gone while the parts run, then one command brings every petition back."""
    waits = comes(machine, "引擎丢失前的事")
    temporal = machine.servers.temporal
    temporal.stop()
    for file in machine.servers.folder.parent.glob("own.db*"):
        file.unlink()
    temporal.start()
    comes_meanwhile = str(asks(machine, "suqiu submit '引擎丢失时的事' --json")["receipt"])
    typed(machine, "The engine is lost")
    until(lambda: moved(machine, comes_meanwhile))
    assert moved(machine, waits)


@pytest.mark.long
def test_the_database_is_lost(machine: Machine) -> None:
    """Given a backup, a petition after it that was signed for, and then that backup put back in the broken one's place:
    the loss is named and accepted, and what is made from then on can be restored, too.
    """
    waits = comes(machine, "数据库丢失前的事")
    machine.types(CHAPTERS["Backup and restore"][0]._replace(seen=()))
    gone = comes(machine, "备份之后的事")
    asks(machine, "suqiu audit checkpoint --json")
    said = typed(machine, "The database is lost")
    assert "more events: they were recorded after this backup" in said[0]
    assert "not on record" in said[1], "Temporal knows the petition that the log does not"
    assert moved(machine, waits)
    assert "no petition with" in machine.types(Block(f"suqiu petition show {gone} || true", ()))
    comes(machine, "恢复之后的事")
    assert asks(machine, "suqiu audit checkpoint --json")["size"]
    backup, drill = CHAPTERS["Backup and restore"]
    machine.types(backup._replace(seen=()))
    machine.types(drill)


@pytest.mark.long
def test_sizes(machine: Machine) -> None:
    """Typed in the operator's shell, which is set to the office: what is measured is not."""
    before = asks(machine, "suqiu audit verify --json")["streams"]
    typed(machine, "Sizes")
    assert asks(machine, "suqiu audit verify --json")["streams"] == before


DRILLS = {name.removeprefix("test_") for name in dir() if name.startswith("test_")}


def test_the_drill_of_a_backup_fails_where_the_backup_does(machine: Machine, tmp_path: Path) -> None:
    """A drill that could not fail would prove nothing."""
    (tmp_path / "keys").write_text("", "utf-8")
    script = machine.here("/opt/suqiu/deploy/restore-drill.sh") + f" {tmp_path} {tmp_path / 'keys'}"
    shell = machine.here(CHAPTERS["Set-up"][3].typed)
    done = subprocess.run(
        ["bash", "-c", f"{shell}\n{script}"],
        env=machine.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert "expected a folder that `suqiu backup` wrote" in done.stderr
