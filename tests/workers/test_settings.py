"""What a process is told from outside, and how a wrong word is reported."""

import json
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from machine.embedded_temporal import EmbeddedTemporal, temporal_program
from machine.ports import PortTaken, choose_ports
from office.settings import PROJECT, Settings, SettingsError, read_settings
from workers.engine.temporal_profile import ENV_FILE, WorkerSettings, find_env_file, load_profile

FILE = PROJECT / ENV_FILE


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith(("SUQIU_", "TEMPORAL_")):
            monkeypatch.delenv(name)


def written(folder: Path, text: str) -> Path:
    path = folder / ENV_FILE
    path.write_text(text)
    return path


def test_the_profiles_of_the_projects_file() -> None:
    local = load_profile(FILE, "local", {})
    assert (local.address, local.namespace) == ("127.0.0.1:7233", "default")
    assert local.connect_options() == {"target_host": "127.0.0.1:7233", "namespace": "default"}
    production = load_profile(FILE, "production", {})
    assert production.connect_options()["tls"]
    assert production.worker.metrics_address == "127.0.0.1:9464"
    for entry in yaml.safe_load(FILE.read_text())["worker"].values():
        assert {key.replace("-", "_") for key in entry} <= WorkerSettings.model_fields.keys()


def test_temporals_variables_override_the_file_and_the_key_comes_from_them_alone() -> None:
    environment = {"TEMPORAL_ADDRESS": "elsewhere:7233", "TEMPORAL_API_KEY": "secret"}
    profile = load_profile(FILE, "local", environment)
    assert profile.address == "elsewhere:7233"
    assert profile.connect_options()["api_key"] == "secret"


def test_a_profile_moves_to_the_server_a_running_up_announces() -> None:
    moved = load_profile(FILE, "local", {}).at("127.0.0.1:5", "district-7")
    assert moved.connect_options() == {"target_host": "127.0.0.1:5", "namespace": "district-7"}
    assert moved.worker.task_queue == "suqiu"


def test_without_a_file_there_is_the_built_in_local_profile() -> None:
    assert load_profile(None, "local", {}).connect_options()["target_host"] == "127.0.0.1:7233"
    with pytest.raises(SettingsError, match=r"built-in profiles: no profile 'production'.*there are: local"):
        load_profile(None, "production", {})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("env: {local: {adress: x}}", r"env\.local\.adress: unknown; expected one of: address, namespace, tls"),
        ("env: {local: {api-key: x}}", r"env\.local\.api-key: a secret; set it in the environment"),
        ("env: {local: {tls: perhaps}}", r"env\.local\.tls: expected true or false, not 'perhaps'"),
        ("env: {local: {address: [x]}}", r"env\.local\.address: expected one plain value"),
        ("env: {local: x}", "env: expected profile names, each with keys and values"),
        ("envs: {}", "envs: expected only the sections `env:` and `worker:`"),
        ("- x", "expected the sections `env:` and `worker:`"),
        ("env: {staging: {}}", "no profile 'local' under `env:`; there are: staging"),
        ("env: [", "is not YAML"),
        (
            "{env: {local: {}}, worker: {local: {max-concurrent-activities: 0}}}",
            r"worker\.local\.max-concurrent-activities: input should be greater than or equal to 1, not 0",
        ),
        (
            "{env: {local: {}}, worker: {local: {task_queue: x}}}",
            r"worker\.local\.task_queue: .*expected one of: task-queue, deployment-name",
        ),
        ("{env: {local: {}}, worker: {local: {log-level: loud}}}", r"worker\.local\.log-level: .*'debug', 'info'"),
    ],
)
def test_a_wrong_file_is_refused_with_file_key_and_expectation(tmp_path: Path, text: str, says: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(SettingsError, match=says) as refusal:
        load_profile(path, "local", {})
    assert str(path) in str(refusal.value)


def test_the_environment_is_read_and_a_wrong_variable_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings().data == Path(".suqiu")
    assert read_settings().rulebook.is_file()
    monkeypatch.setenv("SUQIU_DATA", "/elsewhere")
    monkeypatch.setenv("SUQIU_MASTER_KEY", "c2VjcmV0")
    monkeypatch.setenv("SUQIU_LOG_LEVEL", "WARNING")
    settings = read_settings()
    assert (settings.data, settings.log_level) == (Path("/elsewhere"), "warning")
    assert "c2VjcmV0" not in repr(settings)
    monkeypatch.setenv("SUQIU_LOG_LEVEL", "loud")
    with pytest.raises(SettingsError, match=r"SUQIU_LOG_LEVEL: input should be 'debug', .*not 'loud'"):
        read_settings()


def test_the_env_file_named_then_the_one_here_then_the_projects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_env_file(Settings()) == FILE
    written(tmp_path, "env: {}")
    assert find_env_file(Settings()) == Path(ENV_FILE)
    with pytest.raises(SettingsError, match="SUQIU_TEMPORAL_ENV_FILE: no file"):
        find_env_file(Settings(temporal_env_file=tmp_path / "missing.yaml"))


def test_ports_asked_for_free_ones_and_taken_ones() -> None:
    import socket

    free = choose_ports(0)
    assert len({free.web, free.temporal, free.temporal_ui}) == 3
    taken = (
        min(free.web, free.temporal, free.temporal_ui) + 1
    )  # not any free one: the one before it may be in use by whoever asked the system just before
    with socket.socket() as other:
        other.bind(("127.0.0.1", taken))
        other.listen()
        with pytest.raises(PortTaken, match=f"port {taken} on 127.0.0.1 is in use.*--port 0"):
            choose_ports(taken - 1)
    with pytest.raises(ValueError, match="port 70000: expected 0"):
        choose_ports(70000)


def test_a_taken_default_port_gives_way_to_any_free_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        monkeypatch.setattr("machine.ports.DEFAULT", taken)
        assert choose_ports(None).web != taken


@pytest.mark.engine
def test_the_real_command_reads_our_file(tmp_path: Path, temporal_server: EmbeddedTemporal) -> None:
    def temporal(*words: str) -> str:
        command = [str(temporal_program()), "--env-file", str(path), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    path = FILE
    assert set(temporal("env", "list").split()) == {"Name", "local", "production"}
    for name in ("local", "production"):
        shown = dict(line.split() for line in temporal("env", "get", "--env", name).splitlines()[1:])
        assert shown.keys() == yaml.safe_load(FILE.read_text())["env"][name].keys()
    path = written(tmp_path, FILE.read_text().replace("127.0.0.1:7233", temporal_server.address))
    assert isinstance(json.loads(temporal("--env", "local", "workflow", "list", "--output", "json")), list)
    assert load_profile(path, "local", {}).address == temporal_server.address


@pytest.mark.parametrize("word", ["a minute", "0", "-5", "86401", "nan"])
def test_the_tolerance_of_clocks_is_seconds(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    assert read_settings().clock_tolerance == timedelta(minutes=1)
    monkeypatch.setenv("SUQIU_CLOCK_TOLERANCE", "2.5")
    assert read_settings().clock_tolerance == timedelta(seconds=2.5)
    monkeypatch.setenv("SUQIU_CLOCK_TOLERANCE", word)
    with pytest.raises(SettingsError, match=rf"SUQIU_CLOCK_TOLERANCE: .*expected 1 to 86400 seconds, not '{word}'"):
        read_settings()
