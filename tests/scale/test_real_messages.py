"""Real messages: every one gets a receipt, none is lost or doubled, whatever is killed on the way."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.suqiu import Suqiu

ALL = 3_906


def part(messages: Path, folder: Path, rows: int) -> Path:
    """The first rows of the messages, as a file of the test's own."""
    path = folder.with_name(f"{folder.name}-{rows}.jsonl")
    path.write_bytes(b"".join(messages.read_bytes().splitlines(keepends=True)[:rows]))
    return path


def settled(suqiu: Suqiu, total: int, within: float) -> dict[str, int]:
    """Wait until each petition is dispatched or waits for a person; how many are where."""
    until = time.monotonic() + within
    while True:
        counts = {status: suqiu.json("ledger", "--status", status, "--limit", "1")["total"] for status in STATUSES}
        if sum(counts[status] for status in ("dispatched", "proposed")) == total:
            return counts
        assert time.monotonic() < until, f"not settled within {within} s: {counts}"
        time.sleep(1)


STATUSES = ("received", "proposed", "triaged", "dispatched")


def killed_half_way(suqiu: Suqiu, file: Path, after: int) -> int:
    """Submit and kill the command once so many receipts were printed; how many were."""
    process = subprocess.Popen(
        suqiu.command("submit", "--from", str(file), "--json"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=suqiu.environment,
    )
    assert process.stdout is not None
    seen = 0
    for line in process.stdout:
        assert b"receipt" in line
        seen += 1
        if seen == after:
            process.send_signal(signal.SIGKILL)
            break
    process.stdout.close()
    process.wait(10)
    return seen


def walk(suqiu: Suqiu, file: Path, rows: int, within: float) -> None:
    """Kill a submission, repeat it, kill the engine, repeat it again: still one petition a row."""
    suqiu.up()
    assert killed_half_way(suqiu, file, rows // 3) == rows // 3
    first = suqiu.rows("submit", "--from", str(file))
    receipts = {row["line"]: row["receipt"] for row in first}
    assert len(receipts) == rows
    assert len(set(receipts.values())) == rows
    assert sum(1 for row in first if row.get("repeated")) >= rows // 3, "what was printed was safe"

    run = suqiu.announced()
    assert run is not None
    os.kill(run["pids"]["temporal"], signal.SIGKILL)  # the engine dies at work; `up` starts it again
    again = suqiu.rows("submit", "--from", str(file))
    assert {row["line"]: row["receipt"] for row in again} == receipts
    assert all(row.get("repeated") for row in again)

    counts = settled(suqiu, rows, within)
    assert suqiu.json("ledger", "--limit", "1")["total"] == rows
    assert counts["proposed"] > 0
    assert counts["dispatched"] > 0
    before = events(suqiu)
    third = suqiu.rows("submit", "--from", str(file))
    assert {row["line"]: row["receipt"] for row in third} == receipts
    assert events(suqiu) == before, "a repeated file changes nothing"
    assert suqiu.down() == 0


def events(suqiu: Suqiu) -> Any:
    """The head of the log, from the read models' status."""
    return suqiu.json("projections", "status")["rows"][0]["head"]


@pytest.mark.long
@pytest.mark.timeout(240)
def test_some_hundred_messages_survive_kills(suqiu: Suqiu, messages: Path) -> None:
    walk(suqiu, part(messages, suqiu.folder, 300), 300, within=120)


@pytest.mark.long
@pytest.mark.timeout(1_200)
def test_all_messages_survive_kills(suqiu: Suqiu, messages: Path) -> None:
    assert len(messages.read_bytes().splitlines()) == ALL
    walk(suqiu, messages, ALL, within=900)


@pytest.mark.timeout(240)
def test_receipts_come_while_the_engine_is_away_and_workflows_start_when_it_is_back(suqiu: Suqiu) -> None:
    run = suqiu.up()
    temporal = run["pids"]["temporal"]
    os.kill(temporal, signal.SIGSTOP)  # it answers nobody, as behind a cut cable
    file = suqiu.folder.with_name(suqiu.folder.name + "-rows.jsonl")
    file.write_text(
        "".join(
            json.dumps({"text": f"路灯坏了，晚上太黑，请维修路灯 {n}"}, ensure_ascii=False) + "\n" for n in range(50)
        ),
        "utf-8",
    )
    taken = suqiu.rows("submit", "--from", str(file))
    assert all(row["receipt"] for row in taken)
    assert suqiu.json("ledger", "--status", "dispatched")["total"] == 0
    os.kill(temporal, signal.SIGCONT)
    settled(suqiu, 50, within=120)
    assert suqiu.down() == 0
