"""The disk is full while events are appended: said in a sentence, nothing half-written, and work goes on with room."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from machine.embedded_postgres import EmbeddedPostgres
from tests.suqiu import Suqiu

ROWS = 4_000
BAIYANG = Path(__file__).parents[2] / "rulebook" / "baiyang"


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of its own, too small for what comes; only where this user may mount one."""
    place = Path(tempfile.mkdtemp(prefix="suqiu-"))
    place.chmod(0o711)
    mount = shutil.which("mount")
    made = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=110m,mode=711", "tmpfs", str(place)], capture_output=True, check=False
    )
    if not made or made.returncode != 0:
        place.rmdir()
        pytest.skip("this user may not mount a file system of its own")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)
    place.rmdir()


@pytest.mark.timeout(240)
def test_a_full_disk_is_said_and_nothing_is_lost(small_disk: Path, tmp_path: Path) -> None:
    server = EmbeddedPostgres(small_disk / "pg", logs=tmp_path)
    server.start()
    try:
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET max_wal_size = '32MB'")
            connection.execute("ALTER SYSTEM SET wal_recycle = off")
            connection.execute("SELECT pg_reload_conf()")
        suqiu = Suqiu(tmp_path / "data")
        suqiu.environment |= {"SUQIU_DATABASE_URL": server.dsn(), "SUQIU_MASTER_KEY": "A" * 43 + "="}
        subprocess.run(suqiu.command("rulebook", "adopt", str(BAIYANG)), env=suqiu.environment, check=True)
        file = tmp_path / "rows.jsonl"
        rows = [
            {"external_id": f"full-{n}", "text": f"第{n}号路灯坏了。" + "晚上看不清路。" * 1_000} for n in range(ROWS)
        ]
        file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
        done = subprocess.run(
            suqiu.command("submit", "--from", str(file), "--json"),
            capture_output=True,
            text=True,
            env=suqiu.environment,
            timeout=200,
            check=False,
        )
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert "suqiu: " in done.stderr
        assert "repeat" in done.stderr, "what to do is said"
        receipts = [row["receipt"] for row in map(json.loads, done.stdout.splitlines()) if "receipt" in row]
        assert 0 < len(receipts) < ROWS

        subprocess.run(["mount", "-o", "remount,size=600m", str(small_disk)], check=True)
        server.stop()
        server.start()
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            kept = connection.execute("SELECT count(*), max(position) FROM suqiu.events").fetchone()
        assert kept is not None
        assert kept[0] == kept[1], "no gap"
        assert kept[0] >= len(receipts), "every receipt given out is on record"
        short = tmp_path / "short.jsonl"
        short.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[: len(receipts) + 400]))
        again = suqiu.rows("submit", "--from", str(short))
        assert [row["receipt"] for row in again[: len(receipts)]] == receipts
        assert all(row.get("repeated") for row in again[: len(receipts)])
        assert len(again) == len(receipts) + 400
    finally:
        server.stop()
