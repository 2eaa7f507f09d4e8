"""Each check of the doctor, failing, with what it says and advises."""

from pathlib import Path

import pytest

from machine.data_folder import DataFolder
from machine.diagnosis import engine, folder, programs, rules
from machine.diagnosis.check import Check
from machine.diagnosis.examination import diagnose
from machine.embedded_temporal import EmbeddedTemporal
from machine.server_process import ServerFailed
from office.run_info import RunInfo
from office.settings import read_settings
from tests.workers.conftest import Up
from workers.engine.temporal_profile import load_profile


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith(("SUQIU_", "TEMPORAL_")):
            monkeypatch.delenv(name)


def named(checks: list[Check], name: str) -> Check:
    return next(check for check in checks if check.name == name)


async def test_a_fresh_machine_has_everything_a_start_needs(tmp_path: Path) -> None:
    checks = await diagnose(read_settings(data=tmp_path / "data"))
    assert [check.name for check in checks if not check.ok] == []
    assert "PostgreSQL) 18" in named(checks, "postgres programs").says
    assert not (tmp_path / "data").exists()  # looking changes nothing


@pytest.mark.engine
async def test_a_running_up_is_looked_at_where_it_is(running: Up) -> None:
    checks = await diagnose(read_settings(data=running.folder, master_key="A" * 43 + "="))
    # Two servers are no office yet: what is missing to one is said, and how it comes.
    missing = {"rules adopted", "parts", "steps", "messages", "worker version", "schedules"}
    assert {check.name for check in checks if not check.ok} == missing
    assert named(checks, "database").says == "PostgreSQL 18 answers"
    assert named(checks, "search attributes").says == "registered"
    assert "runs (pid" in named(checks, "up").says


async def test_settings_that_lead_nowhere_are_named_each_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    checks = await diagnose(
        read_settings(
            data=tmp_path / "file",
            rulebook=tmp_path / "rulebook.yaml",
            database_url="postgresql://nobody@127.0.0.1:1/none",
            temporal_env_file=tmp_path / "missing.yaml",
        )
    )
    failed = {check.name: check for check in checks if not check.ok}
    assert failed.keys() == {"data folder", "rulebook", "master key", "database", "temporal.yaml"}
    assert all(check.remedy for check in failed.values())
    assert "cannot be written" in failed["data folder"].says
    assert "No such file" in failed["rulebook"].says
    assert "refused" in failed["database"].says
    assert "SUQIU_TEMPORAL_ENV_FILE: no file" in failed["temporal.yaml"].says


@pytest.mark.parametrize(("text", "says"), [("- x", "holds no keys"), ("{", "is not YAML")])
def test_a_rulebook_that_is_none(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "rulebook.yaml").write_text(text)
    check = rules.check_rulebook(tmp_path / "rulebook.yaml")
    assert not check.ok
    assert says in check.says


def test_a_folder_held_by_an_up_that_is_not_ready(tmp_path: Path) -> None:
    with DataFolder(tmp_path):
        check = named(list(folder.check_data_folder(tmp_path, None)), "up")
    assert not check.ok
    assert "held by an `up` that is not ready" in check.says


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "FREE_MEGABYTES", 10**12)
    assert not named(list(folder.check_data_folder(tmp_path, None)), "disk space").ok


def test_programs_that_are_missing_or_do_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Path:
        raise ServerFailed("the program is not installed")

    for look, name in (
        (programs.check_temporal_program, "temporal_program"),
        (programs.check_postgres_programs, "binaries"),
    ):
        monkeypatch.setattr(programs, name, missing)
        assert not look().ok
        assert "not installed" in look().says
    (tmp_path / "temporal").write_text("#!/bin/sh\nexit 3\n")
    (tmp_path / "temporal").chmod(0o755)
    monkeypatch.setattr(programs, "temporal_program", lambda: tmp_path / "temporal")
    assert "does not run" in programs.check_temporal_program().says


@pytest.mark.parametrize(
    ("known", "useradd", "ok"), [(True, None, True), (False, "/sbin/useradd", True), (False, None, False)]
)
def test_as_root_a_user_for_the_database_is_there_or_can_be_made(
    monkeypatch: pytest.MonkeyPatch, known: bool, useradd: str | None, ok: bool
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(programs, "_user_known", lambda _: known)
    monkeypatch.setattr("shutil.which", lambda _: useradd)
    check = programs.check_postgres_programs()
    assert check.ok == ok
    assert ok or "neither a user pgserver nor `useradd`" in check.says


async def test_a_temporal_that_is_not_there() -> None:
    checks, _ = await engine.check_temporal(load_profile(None, "local", {}).at("127.0.0.1:1", "default"))
    assert [(check.ok, check.says) for check in checks] == [(False, "127.0.0.1:1 does not answer: Connection refused")]


@pytest.mark.engine
async def test_a_namespace_that_is_not_there_or_knows_no_attributes(temporal_server: EmbeddedTemporal) -> None:
    profile = load_profile(None, "local", {})
    (check,), _ = await engine.check_temporal(profile.at(temporal_server.address, "nowhere"))
    assert not check.ok
    assert "nowhere" in check.says
    assert "namespace create" in check.remedy
    checks, _ = await engine.check_temporal(profile.at(temporal_server.address, "temporal-system"))
    assert "missing: SuqiuCategory" in checks[-1].says


@pytest.mark.parametrize("private", [True, False])
def test_an_engine_that_every_user_of_the_machine_reaches_is_a_fault(tmp_path: Path, private: bool) -> None:
    run = RunInfo(
        database="d",
        temporal="127.0.0.1:1",
        pid=1,
        namespace="default",
        task_queue="suqiu",
        pids={},
        engine_private=private,
    )
    (found,) = (each for each in folder.check_data_folder(tmp_path, run) if each.name == "engine ports")
    assert found.ok == private
    assert private or "every user of this machine reaches the engine" in found.says
