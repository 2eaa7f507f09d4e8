"""`suqiu doctor` beside a running `up`: exit 0 when all is well; what it says of the engine, and of one that hangs."""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.workflowservice.v1 import SetWorkerDeploymentCurrentVersionRequest
from temporalio.client import Client

from cli.main import run
from eventstore.build import build_id
from eventstore.parts.register import SILENT_SECONDS
from machine.diagnosis.examination import diagnose
from tests.rooms import ROOMS
from tests.suqiu import Suqiu

pytestmark = pytest.mark.engine
ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "doctor.md"
WELL_WITHIN = 90  # seconds, on a busy machine


@pytest.fixture(scope="module")
def suqiu() -> Iterator[Suqiu]:
    """An office that runs, with a petition."""
    home = Path(tempfile.mkdtemp(prefix="suqiu-"))
    home.chmod(0o711)
    here = Suqiu(home / "data")
    here.up()
    here.run("submit", "楼道的灯坏了三天了")
    yield here
    here.end()
    shutil.rmtree(home, ignore_errors=True)


def failed(suqiu: Suqiu) -> "Found":
    """The checks that fail now; the exit code says whether there are any."""
    done = subprocess.run(
        suqiu.command("doctor", "--json"),
        capture_output=True,
        text=True,
        env=suqiu.environment,
        timeout=90,
        check=False,
    )
    answer = json.loads(done.stdout)
    found = {check["name"]: check for check in answer["checks"] if not check["ok"]}
    assert answer["ok"] == (not found)
    assert done.returncode == bool(found)
    return found


Found = dict[str, dict[str, Any]]


def until(suqiu: Suqiu, right: Callable[[Found], bool], again: Callable[[], None] = lambda: None) -> Found:
    """What fails, once it is as it should be. `again`: the fault, made each time, as a part may mend it by itself."""
    deadline = time.monotonic() + WELL_WITHIN
    while True:
        again()
        found = failed(suqiu)
        if right(found):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.5)


def is_well(found: Found) -> bool:
    return not found


def test_all_is_well_and_the_exit_code_says_so(suqiu: Suqiu) -> None:
    until(suqiu, is_well)
    began = time.monotonic()
    answer = json.loads(suqiu.run("doctor", "--json", code=0))
    assert time.monotonic() - began < 30
    says = {check["name"]: check["says"] for check in answer["checks"]}
    assert "version 0." in says["suqiu"]
    assert "behind the database" in says["clock"] or "ahead of the database" in says["clock"]
    assert "none is overdue" in says["steps"]
    assert "has the tasks and asks for them" in says["worker version"]
    rows = re.findall(r"^\| (`[a-z. `,]+`) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert says.keys() == {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def engine(suqiu: Suqiu, act: Callable[[Client], Any]) -> None:
    """Do something to the office's Temporal."""
    run = suqiu.announced()
    assert run is not None

    async def there() -> None:
        await act(await Client.connect(run["temporal"], namespace=run["namespace"]))

    asyncio.run(there())


def test_without_a_current_version_it_says_who_could_take_over(suqiu: Suqiu) -> None:
    until(suqiu, is_well)

    async def unset(client: Client) -> None:
        await client.workflow_service.set_worker_deployment_current_version(
            SetWorkerDeploymentCurrentVersionRequest(
                namespace=client.namespace, deployment_name="suqiu", build_id="", identity="a test"
            )
        )

    found = until(suqiu, lambda found: found.keys() == {"worker version"}, lambda: engine(suqiu, unset))
    assert "no build of deployment suqiu has the tasks; workers that ask: 0." in found["worker version"]["says"]
    assert "suqiu worker --promote" in found["worker version"]["remedy"]


def test_a_current_version_nobody_asks_for_is_named(suqiu: Suqiu) -> None:
    def give_to(build: str) -> Callable[[Client], Any]:
        async def give(client: Client) -> None:
            await client.workflow_service.set_worker_deployment_current_version(
                SetWorkerDeploymentCurrentVersionRequest(
                    namespace=client.namespace,
                    deployment_name="suqiu",
                    build_id=build,
                    identity="a test",
                    allow_no_pollers=True,
                    ignore_missing_task_queues=True,
                )
            )

        return give

    try:
        found = until(
            suqiu, lambda found: "worker version" in found, lambda: engine(suqiu, give_to("0.0-of-yesterday"))
        )
        assert "build 0.0-of-yesterday has the tasks and no worker of it" in found["worker version"]["says"]
        assert "suqiu worker --promote" in found["worker version"]["remedy"]
    finally:
        engine(suqiu, give_to(build_id()))
    until(suqiu, lambda found: "worker version" not in found)


def test_a_schedule_that_is_not_there_is_named(suqiu: Suqiu) -> None:
    async def delete_one(client: Client) -> None:
        async for listed in await client.list_schedules():
            if "reconcile" in listed.id:
                await client.get_schedule_handle(listed.id).delete()
                return

    found = until(suqiu, lambda found: "schedules" in found, lambda: engine(suqiu, delete_one))["schedules"]
    assert "are not there: suqiu-reconcile" in found["says"]
    assert "`suqiu schedules apply`" in found["remedy"]
    suqiu.run("schedules", "apply")
    until(suqiu, lambda found: "schedules" not in found)


def test_a_schedule_that_somebody_paused_is_named(suqiu: Suqiu) -> None:
    until(suqiu, is_well)
    paused: list[str] = []

    async def pause_one(client: Client) -> None:
        async for listed in await client.list_schedules():
            if "reconcile" in listed.id:
                await client.get_schedule_handle(listed.id).pause(note="a test")
                paused.append(listed.id)
                return

    async def unpause(client: Client) -> None:
        await client.get_schedule_handle(paused[0]).unpause(note="a test")

    engine(suqiu, pause_one)
    found = until(suqiu, lambda found: found.keys() == {"schedules"})["schedules"]
    assert found["says"] == f"paused by somebody: {paused[0]}"
    assert f"--unpause --reason … --schedule-id {paused[0]}" in found["remedy"]
    engine(suqiu, unpause)
    until(suqiu, is_well)


def test_a_program_of_another_build_than_the_one_that_has_the_tasks_says_so(suqiu: Suqiu, tmp_path: Path) -> None:
    """Given the same program but for a line of its workflows, as the next version's may be."""
    until(suqiu, is_well)
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "temporal.yaml", tmp_path)
    with (tmp_path / "workflows" / "petition.py").open("a", encoding="utf-8") as file:
        file.write("\n# Another version.\n")
    (_, *words) = suqiu.command("doctor", "--json")
    program = "import sys; from cli.main import main; sys.argv[0] = 'suqiu'; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        capture_output=True,
        text=True,
        env=suqiu.environment | {"PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        timeout=WELL_WITHIN,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    (wrong,) = [check for check in json.loads(done.stdout)["checks"] if not check["ok"]]
    assert wrong["name"] == "worker version"
    assert wrong["says"].startswith(f"build {build_id()} has the tasks; this program is ")
    assert "suqiu worker --promote" in wrong["remedy"]


@pytest.mark.parametrize(("seconds", "side"), [(7_200, "ahead of"), (-86_400, "behind")])
def test_a_clock_that_is_not_the_engine_s_is_said_with_its_difference(
    suqiu: Suqiu, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], seconds: int, side: str
) -> None:
    """Given a machine whose clock is off while the database's is off alike, then Temporal's tells."""
    until(suqiu, is_well)

    def raw() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=seconds)

    monkeypatch.setattr("machine.diagnosis.examination.diagnose", partial(diagnose, raw=raw))
    monkeypatch.setattr("eventstore.clock_guard.time_of", lambda _connection: raw())
    assert run(["doctor", "--json", "--data", str(suqiu.folder)]) == 1
    (wrong,) = [check for check in json.loads(capsys.readouterr().out)["checks"] if not check["ok"]]
    assert wrong["name"] == "engine clock"
    (told,) = re.findall(rf"^this machine is ([\d.]+) s {side} Temporal$", wrong["says"])
    assert float(told) == pytest.approx(abs(seconds), abs=30)
    assert "timedatectl" in wrong["remedy"]


def test_a_process_that_hangs_is_named_with_its_pid(suqiu: Suqiu) -> None:
    run = suqiu.announced()
    assert run is not None
    os.kill(run["pid"], signal.SIGSTOP)
    try:
        time.sleep(SILENT_SECONDS)
        found = until(suqiu, lambda found: "relay: silent" in found.get("parts", {}).get("says", ""))
    finally:
        os.kill(run["pid"], signal.SIGCONT)
    assert f":{run['pid']})" in found["parts"]["says"]
    assert "`suqiu relay`" in found["parts"]["remedy"]
    until(suqiu, lambda found: "parts" not in found)
