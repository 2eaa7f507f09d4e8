"""The parts, each a process of its own, several to a machine, under the profile that is shipped for production."""

import json
import os
import re
import secrets
import subprocess
import sys
import time
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from machine.embedded_temporal import EmbeddedTemporal, temporal_program
from office.settings import PROJECT, SettingsError
from tests.suqiu import SUQIU
from workers.metrics.endpoint import PORTS, open_endpoint

pytestmark = pytest.mark.engine
READY_WITHIN = 90  # seconds, on a busy machine
RANGE = range(9464, 9464 + PORTS)


class Production:
    """`suqiu …` as on a server: the shipped profile, a PostgreSQL and a Temporal that are there already."""

    def __init__(self, folder: Path, database: str, temporal: str, namespace: str) -> None:
        self.folder = folder
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("SUQIU_", "TEMPORAL_"))}
        self.environment = {
            **kept,
            "SUQIU_DATA": str(folder),
            "SUQIU_DATABASE_URL": database,
            "SUQIU_MASTER_KEY": b64encode(secrets.token_bytes(32)).decode(),
            "SUQIU_TEMPORAL_PROFILE": "production",
            "TEMPORAL_ADDRESS": temporal,
            "TEMPORAL_NAMESPACE": namespace,
            "TEMPORAL_TLS": "false",
        }
        self.parts: list[subprocess.Popen[str]] = []

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a part; its ready line is read by `ready`."""
        errors = (self.folder / f"{words[0]}-{len(self.parts)}.txt").open("w")
        command = [SUQIU, *words, "--json"]
        part = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=self.environment)
        self.parts.append(part)
        return part

    def ready(self, part: subprocess.Popen[str]) -> dict[str, Any]:
        """What a part says when it is ready."""
        assert part.stdout is not None
        line = part.stdout.readline()
        assert line, "\n".join(path.read_text() for path in self.folder.glob("*.txt"))
        said = dict(json.loads(line))
        assert "ready" in said, said
        return said

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run a command."""
        return subprocess.run(
            [SUQIU, *words], capture_output=True, text=True, env=self.environment, timeout=READY_WITHIN, check=False
        )

    def end(self) -> list[int]:
        """Ask each part to stop; their exit codes."""
        for part in self.parts:
            part.terminate()
        return [part.wait(60) for part in self.parts]


@pytest.fixture
def production(tmp_path: Path, database: str, temporal_server: EmbeddedTemporal) -> Iterator[Production]:
    """A namespace and a database of its own; the book is adopted."""
    namespace = f"cell-{secrets.token_hex(4)}"
    address = ["--address", temporal_server.address]
    create = [str(temporal_program()), "operator", "namespace", "create", "--namespace", namespace, *address]
    subprocess.run(create, check=True, capture_output=True)
    here = Production(tmp_path, database, temporal_server.address, namespace)
    adopted = here.run("rulebook", "adopt", str(PROJECT / "rulebook" / "baiyang" / "rulebook.yaml"))
    assert adopted.returncode == 0, adopted.stderr
    yield here
    for part in here.parts:
        if part.poll() is None:
            part.kill()
            part.wait(10)


def figures(url: str) -> str:
    """What Prometheus reads there."""
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own address
        return str(answer.read().decode())


@pytest.mark.timeout(600)
def test_every_part_alone_and_two_workers_and_any_command_live_on_one_machine(production: Production) -> None:
    names = ("worker", "worker", "relay", "project", "messenger")
    parts = [production.start(name) for name in names]
    ready = [production.ready(part) for part in parts]

    # Then: each takes a port of its own, in the range, and shows its figures there.
    urls = [each["metrics"] for each in ready]
    assert len(set(urls)) == len(names)
    assert all(int(re.fullmatch(r"http://127\.0\.0\.1:(\d+)/metrics", url)[1]) in RANGE for url in urls)  # type: ignore[index]
    for name, url in zip(names, urls, strict=True):
        if name in {"worker", "relay", "messenger"}:
            assert "temporal_request" in figures(url), name

    # Then: any command runs beside them, and takes no port of the range from a part to come.
    commands = (
        ("submit", "楼道的灯坏了三天了"),
        ("ledger",),
        ("worklist",),
        ("outbox",),
        ("projections", "status"),
        ("workflows", "reconcile"),
        ("workflows", "rebuild"),
        ("schedules", "apply"),
        ("schedules", "list"),
        ("doctor",),
    )
    for words in commands:
        done = production.run(*words)
        assert "in use" not in done.stderr + done.stdout, (words, done.stderr)
        assert words == ("doctor",) or done.returncode == 0, (words, done.stdout, done.stderr)

    # Then: what was submitted is carried out by them together.
    until = time.monotonic() + 2 * READY_WITHIN
    while time.monotonic() < until:
        (row,) = json.loads(production.run("ledger", "--json").stdout)["rows"]
        if row["status"] != "received":
            break
        time.sleep(0.5)
    assert row["status"] != "received"

    # Then: the doctor, asked as everybody else is, has nothing to say.
    while (doctor := production.run("doctor", "--json")).returncode and time.monotonic() < until:
        time.sleep(0.5)
    assert [check for check in json.loads(doctor.stdout)["checks"] if not check["ok"]] == []
    assert doctor.returncode == 0
    assert production.end() == [0] * len(names)


def test_the_next_free_port_of_the_range_is_taken_and_one_without_is_said() -> None:
    first = open_endpoint("127.0.0.1:0")
    assert first.address is not None
    assert first.url is not None
    assert "# " in figures(first.url) or figures(first.url) == ""
    port = int(first.address.rpartition(":")[2])
    code = (
        "import sys; from workers.metrics.endpoint import open_endpoint;"
        "import urllib.request as r; e = open_endpoint(sys.argv[1]); r.urlopen(e.url).read(); print(e.address)"
    )
    beside = subprocess.run(
        [sys.executable, "-c", code, first.address], capture_output=True, text=True, check=True, timeout=60
    )
    taken = int(beside.stdout.strip().rpartition(":")[2])
    assert port < taken < port + PORTS
    assert open_endpoint(None).address is None


@pytest.mark.parametrize("address", ["nowhere.invalid:9464", "192.0.2.1:9464", "192.0.2.1:0"])
def test_an_address_nobody_can_listen_at_is_a_wrong_setting(address: str) -> None:
    with pytest.raises(SettingsError, match=rf"metrics-address: expected an IP address.*{re.escape(address)}"):
        open_endpoint(address)
