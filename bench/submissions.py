"""(a) Submissions/s through the `suqiu submit` command against plain inserts, one row to a commit, by psycopg."""

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path

import psycopg

from bench.ground import Ground, Result

ROWS = 20_000
"""So many that the start of the program, half a second and counted in, does not decide the figure."""
GOAL = 0.5
SAYS = "小区门口的路灯坏了好几天，晚上老人和孩子走路看不清，请尽快派人维修，谢谢。"


def rows_file(path: Path, round_number: int) -> Path:
    """A file of fictional requests, each its own, about 200 characters."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(ROWS):
            row = {
                "external_id": f"bench-{round_number}-{number}",
                "title": f"第{number}号路灯",
                "text": SAYS * 4 + str(number),
                "channel": "online",
                "name": "样例甲",
                "phone": f"138{number:08d}",
                "address": "白杨社区一片3号楼",
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path


def submit(ground: Ground, file: Path) -> float:
    """Rows/s of the whole command, its start included."""
    command = [str(Path(sys.executable).with_name("suqiu")), "submit", "--from", str(file), "--json"]
    began = time.perf_counter()
    done = subprocess.run(
        [*command, "--data", str(ground.folder)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
    )
    taken = time.perf_counter() - began
    receipts = {json.loads(line)["receipt"] for line in done.stdout.splitlines()}
    assert len(receipts) == ROWS, f"{len(receipts)} receipts for {ROWS} rows"
    return ROWS / taken


def insert(ground: Ground, file: Path) -> float:
    """Rows/s of inserting each line in a commit of its own."""
    lines = file.read_bytes().splitlines()
    with psycopg.connect(ground.dsn, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS bench_rows")
        connection.execute("CREATE TABLE bench_rows (id bigserial PRIMARY KEY, body bytea NOT NULL)")
        began = time.perf_counter()
        for line in lines:
            connection.execute("INSERT INTO bench_rows (body) VALUES (%s)", (line,), prepare=True)
        taken = time.perf_counter() - began
        connection.execute("DROP TABLE bench_rows")
    return len(lines) / taken


async def measure(ground: Ground, rounds: int) -> Result:
    """Both in turn, `rounds` times."""
    ours, baseline = [], []
    for number in range(rounds):
        file = rows_file(ground.folder / "rows.jsonl", number)
        baseline.append(await asyncio.to_thread(insert, ground, file))
        ours.append(await asyncio.to_thread(submit, ground, file))
    return Result("submissions through `suqiu submit` / one-row commits", "rows/s", ours, baseline, GOAL)
