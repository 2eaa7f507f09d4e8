"""Logs stay small by themselves: ours turns over, a server's is cut while the server goes on writing."""

import asyncio
import logging
import os
import sys
from pathlib import Path

from machine.log_files import KEPT, kept_small, turn_over
from office.logs import configure_logs

WRITER = "import sys,time\nfor n in range(4000): print('line', n, flush=True); time.sleep(0.0005)"


def test_a_servers_log_is_cut_while_it_writes(tmp_path: Path) -> None:
    file = tmp_path / "postgres.log"

    async def looked_after() -> None:
        output = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        writer = await asyncio.create_subprocess_exec(sys.executable, "-c", WRITER, stdout=output)
        os.close(output)
        async with kept_small(tmp_path, largest=5_000, every=0.02):
            await writer.wait()

    asyncio.run(looked_after())

    files = {path.name for path in tmp_path.iterdir()}
    assert files == {"postgres.log", *(f"postgres.log.{number}" for number in range(1, KEPT + 1))}
    newest = (tmp_path / "postgres.log.1").read_text() + file.read_text()
    assert max(int(line.split()[1]) for line in newest.splitlines()[1:-1]) > 3_900, "the newest lines are there"
    assert not file.read_bytes().startswith(b"\0"), "no hole where the cut was"
    kept = [int(line.split()[1]) for line in (tmp_path / "postgres.log.2").read_text().splitlines()[1:-1]]
    assert kept == list(range(kept[0], kept[0] + len(kept))), "nothing missing within a file"


def test_a_small_one_and_one_that_is_not_there_are_left(tmp_path: Path) -> None:
    file = tmp_path / "temporal.log"
    assert not turn_over(file)
    file.write_text("little")
    assert not turn_over(file)
    assert file.read_text() == "little"


def test_our_own_turns_over_and_loses_nothing(tmp_path: Path) -> None:
    file = tmp_path / "suqiu.log"
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    try:
        configure_logs("info", file=file)
        (handler,) = logging.getLogger().handlers
        handler.maxBytes = 4_000  # type: ignore[attr-defined]
        for number in range(60):
            logging.getLogger("tests").info("line %s", number)
    finally:
        configure_logs("error")
        logging.getLogger().handlers[:] = handlers
        logging.getLogger().setLevel(level)
    said = "".join(path.read_text() for path in sorted(tmp_path.glob("suqiu.log*"), reverse=True))
    assert [f"line {number}" in said for number in range(60)] == [True] * 60
    assert len(list(tmp_path.glob("suqiu.log.*"))) >= 1
