"""`python -m bench.sizes [--petitions N] [--json]`: what a petition weighs, and what a city's day needs by that.

Each part is a process of its own, as in production, so that its CPU seconds can be told apart; what they spend on
nothing is seen first and taken off. Petitions come by `suqiu submit`, each of another resident with a phone number, and
live whole lives: received → classified → dispatched → accepted → replied → confirmed → closed, with their letters, read
models, checkpoints and one backup. What is measured is printed first; what is calculated from it, by the assumptions
below, after it.
"""

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil
import psycopg

from bench.ground import Ground, ground, machine
from bench.lives import THREADS, _accept, _all, _confirm, _of_its_unit, _reply, _staged
from evidence.log_key import make_log_key
from machine.backup import back_up_store
from machine.interpreter_exit import run_and_leave
from office.clock import wall_clock
from office.logs import configure_logs
from office.run_info import read_run
from office.settings import read_settings

PARTS = ("worker --promote", "relay", "project", "messenger")
SUQIU = str(Path(sys.executable).with_name("suqiu"))
DAYS = (1_000, 66_000)
AND_SO_ON = "晚上太黑老人看不清路，请尽快派人维修，谢谢。"
IDLE_SECONDS = 30
PATIENCE_SECONDS = 1_800
PEAK_HOUR_SHARE = 0.2
"""Assumed: of a day's petitions a fifth comes within its busiest hour, and their work with them."""
BUSY_CORE = 0.6
"""Assumed: a core is planned to be busy for this share of the busiest hour."""
OPEN_DAYS, RETENTION_DAYS = 10, 3
"""Assumed: days a petition is open, and days Temporal keeps the history of a closed one."""

GROUPS = {
    "events": "n.nspname = 'suqiu' AND c.relname = 'events'",
    "keys": "n.nspname = 'suqiu_keys'",
    "proofs": "n.nspname = 'suqiu' AND c.relname IN ('nodes', 'head_nodes', 'checkpoints', 'cosignatures')",
    "read models": "n.nspname LIKE 'view\\_%'",
}


class Seen(NamedTuple):
    """What stands at one moment: bytes by group of tables, bytes of the write-ahead log, CPU seconds by part."""

    bytes: dict[str, int]
    wal: int
    cpu: dict[str, float]
    events: int


async def measure(petitions: int) -> dict[str, object]:
    """Figures of one petition, from that many."""
    async with ground() as here:
        settings = read_settings(data=here.folder)
        make_log_key(settings, here.office.rules.id)
        with running(here.folder) as parts:
            idle = await idling(here, parts)
            before = seen(here, parts)
            began = time.perf_counter()
            ids, submitted = await lived(here, petitions)
            seconds = time.perf_counter() - began
            after = seen(here, parts)
            histories = [await history(here, petition) for petition in ids[:: max(1, petitions // 50)]]
        done = back_up_store(settings, here.folder / "b", here.folder / "k", wall_clock(), lambda *_: None)
    per = {name: (after.bytes[name] - before.bytes[name]) / petitions for name in GROUPS}
    cpu = {name: (after.cpu[name] - before.cpu[name] - idle[name] * seconds) / petitions for name in after.cpu}
    cpu["submit"] = submitted / petitions
    return {
        "machine": machine(),
        "petitions": petitions,
        "lives_per_second": petitions / seconds,
        "events": (after.events - before.events) / petitions,
        "bytes": {name: round(value) for name, value in per.items()},
        "wal_bytes": round((after.wal - before.wal) / petitions),
        "backup_bytes": round(done.bytes / petitions),
        "history_events": round(sum(length for length, _ in histories) / len(histories), 1),
        "history_bytes": round(sum(size for _, size in histories) / len(histories)),
        "cpu_ms": {name: round(1000 * value, 2) for name, value in cpu.items()},
        "idle_cores": {name: round(value, 3) for name, value in idle.items()},
    }


async def idling(here: Ground, parts: dict[str, psutil.Process]) -> dict[str, float]:
    """CPU seconds a second of each part that has nothing to do."""
    await _until(lambda: _caught_up(here))
    before = seen(here, parts).cpu
    await asyncio.sleep(IDLE_SECONDS)
    return {name: (spent - before[name]) / IDLE_SECONDS for name, spent in seen(here, parts).cpu.items()}


async def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not await asyncio.to_thread(holds):
        if time.monotonic() > end:
            raise TimeoutError(f"not within {PATIENCE_SECONDS} s")
        await asyncio.sleep(0.5)


async def lived(here: Ground, petitions: int) -> tuple[list[str], float]:
    """Whole lives; the petitions' ids, and the CPU seconds of `suqiu submit`."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        for number in range(petitions):
            row = {
                "external_id": f"size-{number}",
                "text": f"{number % 30}号楼{number % 6}单元门口的路灯坏了三天了，" + AND_SO_ON,
                "name": "样例甲",
                "phone": f"139{number:08}",
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
        file.flush()
        spent = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [SUQIU, "submit", "--from", file.name, "--json", "--data", str(here.folder)]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=True)
        now = resource.getrusage(resource.RUSAGE_CHILDREN)
    submitted = now.ru_utime + now.ru_stime - spent.ru_utime - spent.ru_stime
    ids = [row["petition"] for row in map(json.loads, done.stdout.splitlines()) if row.get("petition")]
    assert len(ids) == petitions
    await _until(lambda: _staged(here, ids, "petition.dispatched"))
    somebody = _of_its_unit(here, ids[0])  # all say the same, so one unit has them all
    with ThreadPoolExecutor(THREADS) as people:
        for act in (_accept, _reply, _confirm):
            await _all(people, lambda petition, act=act: act(here, petition, somebody), ids)
    await _until(lambda: _staged(here, ids, "petition.closed"))
    await _until(lambda: _caught_up(here))
    return ids, submitted


def _caught_up(here: Ground) -> bool:
    """Whether every reader and read model has read the whole log, and what was to be written of it is written."""
    with psycopg.connect(here.dsn) as connection:
        row = connection.execute(
            "SELECT h.position = (SELECT min(position) FROM suqiu.readers) AND h.position = "
            "(SELECT max(size) FROM suqiu.checkpoints) FROM suqiu.head h"
        ).fetchone()
    return bool(row and row[0])


async def history(here: Ground, petition: str) -> tuple[int, int]:
    """(events, bytes) of a workflow's history."""
    described = await here.client.get_workflow_handle(petition).describe()
    info = described.raw_description.workflow_execution_info
    return info.history_length, info.history_size_bytes


@contextmanager
def running(folder: Path) -> Iterator[dict[str, psutil.Process]]:
    """The parts, a process each, by name; and both servers' first processes."""
    run = read_run(folder)
    assert run is not None
    processes = []
    found = {name: psutil.Process(pid) for name, pid in run.pids.items()}
    try:
        for part in PARTS:
            process = subprocess.Popen(
                [SUQIU, *part.split(), "--data", str(folder), "--json"],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            processes.append(process)
            found[part.split()[0]] = psutil.Process(process.pid)
        for process in processes:
            assert process.stdout is not None
            assert "ready" in process.stdout.readline()
        yield found
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(60)


def seen(here: Ground, parts: dict[str, psutil.Process]) -> Seen:
    """What stands now; the space of dead rows is given back first, as autovacuum would in time."""
    with psycopg.connect(here.dsn, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        sizes = {}
        for name, which in GROUPS.items():
            row = connection.execute(
                "SELECT COALESCE(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c "  # noqa: S608
                f"JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND {which}"
            ).fetchone()
            assert row is not None
            sizes[name] = int(row[0])
        row = connection.execute(
            "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint, (SELECT position FROM suqiu.head)"
        ).fetchone()
        assert row is not None
    return Seen(sizes, int(row[0]), {name: spent(process) for name, process in parts.items()}, int(row[1]))


def spent(process: psutil.Process) -> float:
    """CPU seconds of a process and of those it started, ended ones too."""
    times = process.cpu_times()
    own = times.user + times.system + times.children_user + times.children_system
    return own + sum(_own(child) for child in process.children(recursive=True))


def _own(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system


def needs(found: dict[str, object], a_day: int) -> dict[str, object]:
    """What so many petitions a day need by these figures; calculated, by the assumptions above."""
    sizes, cpu = found["bytes"], found["cpu_ms"]
    assert isinstance(sizes, dict)
    assert isinstance(cpu, dict)
    assert isinstance(found["wal_bytes"], int)
    assert isinstance(found["backup_bytes"], int)
    assert isinstance(found["history_bytes"], int)
    peak = a_day * PEAK_HOUR_SHARE / 3600
    idle = found["idle_cores"]
    assert isinstance(idle, dict)
    cores = {name: (peak * ms / 1000 + idle.get(name, 0.0)) / BUSY_CORE for name, ms in cpu.items()}
    year = 365 * a_day / 1e9
    return {
        "a_day": a_day,
        "peak_per_second": round(peak, 3),
        "store_gb_a_year": round(year * sum(sizes.values()), 1),
        "of_it_events_gb": round(year * sizes["events"], 1),
        "wal_gb_a_day": round(a_day * found["wal_bytes"] / 1e9, 2),
        "backup_gb_a_year": round(year * found["backup_bytes"], 1),
        "temporal_gb": round(a_day * (OPEN_DAYS + RETENTION_DAYS) * found["history_bytes"] / 1e9, 2),
        "cores": {name: round(value, 2) for name, value in cores.items()},
        "cores_in_all": round(sum(cores.values()), 1),
    }


async def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.sizes", description=__doc__)
    parser.add_argument("--petitions", type=int, default=1_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    configure_logs("error")
    found = await measure(given.petitions)
    calculated = [needs(found, a_day) for a_day in DAYS]
    if given.json:
        print(json.dumps({"measured": found, "calculated": calculated}, ensure_ascii=False))
        return 0
    for title, rows in (("measured, of one petition", [found]), ("calculated", calculated)):
        for row in rows:
            print(title)
            for key, value in row.items():
                print(f"  {key:18}{value}")
    return 0


if __name__ == "__main__":
    sys.argv[0] = "bench.sizes"
    run_and_leave(main())
