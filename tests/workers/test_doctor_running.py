"""`suqiu doctor` beside a running `up`: exit 0 when all is well; what it says of the engine, and of one that hangs."""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.workflowservice.v1 import SetWorkerDeploymentCurrentVersionRequest
from temporalio.client import Client

from tests.suqiu import Suqiu
from workers.build import build_id
from workers.parts.register import SILENT_SECONDS

pytestmark = pytest.mark.engine
PAGE = Path(__file__).parents[2] / "docs" / "doctor.md"
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
