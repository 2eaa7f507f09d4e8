"""`python -m bench.lost_engine [--petitions N] [--json]`: Temporal's database lost under a running office, and back.

`suqiu up` on a folder of its own takes in N petitions and brings each to its unit: that is the baseline, the same
workflows begun for the first time. Then Temporal is killed and its database deleted while everything runs, and
`suqiu workflows rebuild` is typed. The time is from the kill until it has seen every petition wait for its right time;
`suqiu workflows reconcile` then holds the engine against the log once more. Goal: 10,000 in under 15 minutes.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from bench.ground import machine
from office.run_info import RunInfo, read_run

SUQIU = str(Path(sys.executable).with_name("suqiu"))
GOAL_SECONDS = 900.0
PATIENCE_SECONDS = 3_600.0
TELL_EVERY_SECONDS = 10.0


def measure(petitions: int) -> dict[str, object]:
    """The figures of one loss."""
    with tempfile.TemporaryDirectory(prefix="suqiu-") as home:
        folder = Path(home) / "data"
        with office(folder) as run:
            began = time.perf_counter()
            submit(folder, petitions)
            until(f"{petitions} petitions at their units", lambda: dispatched(run) >= petitions)
            first = time.perf_counter() - began
            began = time.perf_counter()
            lose(folder, run)
            done = rebuilt(folder)
            back = time.perf_counter() - began
            again = suqiu(folder, "workflows", "reconcile", "--dry-run")
    return {
        "machine": machine(),
        "petitions": petitions,
        "first_time_seconds": round(first, 1),
        "brought_back_seconds": round(back, 1),
        "ratio": round(first / back, 2),
        "goal_seconds": GOAL_SECONDS,
        "open": done["open"],
        "waiting": done["waiting"],
        "not_waiting": len(done["not_waiting"]),
        "differences_afterwards": again["total"],
    }


@contextmanager
def office(folder: Path) -> Iterator[RunInfo]:
    """`suqiu up`, ready."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SUQIU_", "TEMPORAL_"))}
    command = [SUQIU, "up", "--data", str(folder), "--json"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until("the office", lambda: (run := read_run(folder)) is not None and run.ready, process)
        found = read_run(folder)
        assert found is not None
        yield found
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(120)


def submit(folder: Path, petitions: int) -> None:
    """That many petitions, all for the same unit."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        for number in range(petitions):
            text = f"{number % 30}号楼{number % 6}单元门口的路灯坏了三天了，晚上太黑，请尽快派人维修，谢谢。"
            file.write(json.dumps({"external_id": f"lost-{number}", "text": text}, ensure_ascii=False) + "\n")
        file.flush()
        suqiu(folder, "submit", "--from", file.name, lines=True)


def dispatched(run: RunInfo) -> int:
    """Petitions at their units, by the log."""
    with psycopg.connect(run.database) as connection:
        row = connection.execute("SELECT count(*) FROM suqiu.events WHERE topic = 'petition.dispatched'").fetchone()
    assert row is not None
    return int(row[0])


def lose(folder: Path, run: RunInfo) -> None:
    """Kill Temporal and delete its database, before `up` starts it again."""
    files = list(folder.rglob("temporal.db*"))
    assert files
    os.kill(run.pids["temporal"], signal.SIGKILL)
    for file in files:
        file.unlink(missing_ok=True)


def rebuilt(folder: Path) -> dict[str, Any]:
    """`suqiu workflows rebuild`, typed until Temporal is there again."""
    while "error" in (found := suqiu(folder, "workflows", "rebuild")):
        tell(str(found["error"]))
        time.sleep(2)
    return found


def suqiu(folder: Path, *words: str, lines: bool = False) -> dict[str, Any]:
    """A command's answer; `lines`: it answers a line a row, and only has to succeed."""
    done = run_(folder, *words)
    if lines and done.returncode:
        raise RuntimeError(done.stderr)
    return {} if lines else dict(json.loads(done.stdout.splitlines()[-1]))


def run_(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Type it with --json."""
    command = [SUQIU, *words, "--data", str(folder), "--json"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def until(what: str, holds: Callable[[], bool], process: "subprocess.Popen[bytes] | None" = None) -> None:
    """Wait for it, and say so."""
    end, told = time.monotonic() + PATIENCE_SECONDS, time.monotonic()
    while not holds():
        if time.monotonic() > end or (process is not None and process.poll() is not None):
            raise TimeoutError(f"{what}: not within {PATIENCE_SECONDS:.0f} s, or ended")
        if time.monotonic() > told + TELL_EVERY_SECONDS:
            told = time.monotonic()
            tell(f"waiting for {what}")
        time.sleep(0.5)


def tell(what: str) -> None:
    """Progress goes to stderr."""
    print(what, file=sys.stderr, flush=True)


def main() -> int:
    """Measure and print; exit code 1 when one does not wait, or the goal was missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.lost_engine", description=__doc__)
    parser.add_argument("--petitions", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measure(given.petitions)
    if given.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        for name, value in found.items():
            print(f"  {name:24}{value}")
    well = not found["not_waiting"] and not found["differences_afterwards"]
    seconds = found["brought_back_seconds"]
    assert isinstance(seconds, float)
    return 0 if well and seconds <= GOAL_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
