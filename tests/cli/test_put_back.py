"""The database put back an hour under `suqiu up`: refused and named, accepted by a leader, gone on. Real programs."""

import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Shell, Start

pytestmark = [pytest.mark.engine, pytest.mark.long, pytest.mark.timeout(600)]


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.3)


def test_up_refuses_a_database_that_was_put_back_names_what_is_missing_and_goes_on_by_a_leaders_word(
    short_folder: Path, start: Start
) -> None:
    # Given an hour of petitions, a copy of the database, and another hour
    shell = Shell(short_folder / "back")
    up = start(shell, "up", "--port", "0")
    kept = shell.receipt("电线杆歪了，怕砸到人，请尽快处理")
    before = shell.until(kept, "proposed", "dispatched")
    assert shell("audit", "checkpoint", "--json").code == 0
    assert up.stop() == 0
    # With its owner, as PostgreSQL starts on nobody else's.
    subprocess.run(["cp", "-a", str(shell.data / "postgres"), str(short_folder / "copy")], check=True)
    up = start(shell, "up", "--port", "0")
    lost = [shell.receipt(f"第{number}栋楼道灯坏了没有人来修") for number in range(3)]
    for receipt in lost:
        shell.until(receipt, "proposed", "dispatched")
    ids = {shell("petition", "show", receipt, "--json").row["petition"] for receipt in lost}
    known = shell("audit", "checkpoint", "--json").row["size"]
    assert up.stop() == 0

    # When the copy is put back
    shutil.rmtree(shell.data / "postgres")
    shutil.move(short_folder / "copy", shell.data / "postgres")

    # Then it is not started, and what is missing is named
    refused = shell("up", "--port", "0", "--json")
    assert refused.code == 1
    assert f"checkpoints.txt has a checkpoint of {known} events" in refused.row["error"]
    assert "suqiu audit accept-loss" in refused.row["error"]
    missing = shell("audit", "missing", "--json")
    assert missing.code == 1, missing
    assert {row["stream"] for row in missing.row["rows"]} == ids
    assert all(row["on_record"] == 0 and row["known"] > 1 for row in missing.row["rows"])
    size = missing.row["put_back"]["size"]
    assert missing.row["put_back"]["missing"] == known - size

    # And by a leader's word it goes on, under another key, with the loss named wherever somebody looks
    assert shell("audit", "accept-loss", "--by", "leader-1", "--reason", "disk_lost", "--json").row["lost"] == known
    up = start(shell, "up", "--port", "0")
    assert shell("petition", "show", kept, "--json").row["timeline"] == before["timeline"]
    gone = shell("petition", "show", lost[0])
    assert gone.code == 2
    assert "it was, and is among what was lost" in " ".join(gone.err.split())
    again = shell.receipt("第0栋楼道灯坏了没有人来修")
    assert again == lost[0], "the same submission has its receipt again"
    shell.until(again, "proposed", "dispatched")
    until(lambda: shell("audit", "checkpoint", "--json").code == 0)
    verified = shell("audit", "verify", "--json")
    assert verified.code == 0, verified
    assert [loss["lost"] for loss in verified.row["losses"]] == [known]
    assert len(list(shell.data.glob("checkpoints.txt.until-*"))) == 1
    until(lambda: shell("workflows", "reconcile", "--json").code == 0)
    assert up.stop(signal.SIGINT) == 0
