"""`suqiu rulebook adopt` beside a running `up`: noticed without a restart, running petitions counted again."""

import json
import shutil
import signal
import subprocess
import time
from datetime import date
from pathlib import Path

import psycopg

from cli.rulebook.adopt import from_when
from tests.cli.conftest import PROGRAM, Shell, Start
from tests.towns import FROZEN


def test_a_book_from_a_day_to_come_counts_at_once_where_none_begins_earlier() -> None:
    soon, later = date(2030, 1, 1), date(2031, 1, 1)
    assert from_when(soon, [soon]).startswith("in force at once, and not only from 2030-01-01")
    assert from_when(soon, [later, soon]).startswith("in force at once")
    assert from_when(later, [soon, later]).startswith("in force from 2031-01-01; on that day")
    assert "`keep_old_rule: false`" in from_when(later, [soon, later])


def interrupted(shell: Shell, main: Path, text: str, town: Path) -> tuple[int, str]:
    """Ctrl-C while an adoption is watched: it waits some seconds until every process knows, and that long we wait."""
    main.write_text(text.replace('closes: "17:30"', 'closes: "16:45"'), "utf-8")
    watching = subprocess.Popen(
        [PROGRAM, "rulebook", "adopt", str(town)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=shell.env()
    )
    until = time.monotonic() + 30
    while adopted_now(shell) < 3:
        assert time.monotonic() < until
    time.sleep(0.3)
    watching.send_signal(signal.SIGINT)
    _, said = watching.communicate(timeout=20)
    return watching.returncode, said.decode()


def warned(shell: Shell, town: Path) -> str:
    """What `rulebook check` warns of; it says that the book is sound all the same."""
    answer = shell("rulebook", "check", str(town), "--json")
    assert (answer.code, answer.row["ok"]) == (0, True)
    return "\n".join(answer.row["warnings"])


def adopted_now(shell: Shell) -> int:
    """How many books the log has."""
    run = json.loads((shell.data / "run.json").read_text("utf-8"))
    with psycopg.connect(run["database"]) as connection:
        row = connection.execute("SELECT count(*) FROM suqiu.events WHERE topic = 'rulebook.adopted'").fetchone()
    assert row is not None
    return int(row[0])


def test_a_book_is_adopted_while_up_runs(tmp_path: Path, short_folder: Path, start: Start) -> None:
    town = tmp_path / "town"
    shutil.copytree(FROZEN, town)
    shell = Shell(short_folder / "adopting")
    running = start(shell, "up", "--port", "0")
    receipt = shell.receipt("路灯坏了好几天，晚上走路很黑，请维修路灯")
    before = shell.until(receipt, "dispatched")

    main = town / "rulebook.yaml"
    text = main.read_text("utf-8")
    main.write_text(text.replace('closes: "17:30"', 'closes: "17:00"'), "utf-8")
    assert "another one is adopted from 2025-01-01 on" in warned(shell, town), "edited, and not from a day of its own"
    edited = main.read_text("utf-8")
    main.write_text(edited.replace("effective_from: 2025-01-01", "effective_from: 2024-12-31"), "utf-8")
    line = 1 + main.read_text("utf-8").splitlines().index("effective_from: 2024-12-31")
    assert f"rulebook.yaml:{line}: effective_from: 2024-12-31 is before 2025-01-01" in warned(shell, town)
    main.write_text(edited.replace("effective_from: 2025-01-01", "effective_from: 2026-01-01"), "utf-8")
    assert "not in force here until it is adopted" in warned(shell, town)
    assert warned(shell, FROZEN) == ""
    main.write_text(text.replace('closes: "17:30"', 'closes: "17:00"'), "utf-8")
    answer = shell("rulebook", "adopt", str(town), "--by", "leader-1", "--json")
    assert answer.code == 0, answer
    assert answer.row["adopted"]
    assert answer.row["counted_again"] == {"petitions": 1, "moved": 1, "done": True}
    assert warned(shell, town) == ""
    after = shell("petition", "show", receipt, "--json").row
    (told,) = [entry for entry in after["timeline"] if entry["topic"] == "petition.clocks_recomputed"]
    (moved,) = [each for each in told["moved"] if each["clock"] == "tier"]
    assert (moved["was_due_at"], moved["due_at"]) == (before["due_at"], after["due_at"])
    page = shell("petition", "show", receipt).out
    assert f"{before['due_at'][:10]} 17:30 → {after['due_at'][:10]} 17:00" in page.replace("T", " ")
    assert before["due_at"].replace("17:30", "17:00") == after["due_at"]

    stopped, said = interrupted(shell, main, text, town)
    assert stopped == 130
    assert "采用已生效，重新计算在后台继续 the adoption stands" in said
    went_on = shell("rulebook", "adopt", str(town), "--json").row
    assert not went_on["adopted"]
    assert went_on["counted_again"] == {"petitions": 1, "moved": 1, "done": True}, "it is counted without us"
    closes = shell("petition", "show", receipt, "--json").row["due_at"]
    assert closes[11:16] == "16:45"

    again = shell("rulebook", "adopt", str(town), "--json").row
    assert not again["adopted"]
    assert again["number"] == answer.row["number"] + 1
    assert shell("rulebook", "adopt", str(town), "--by", "window-1", "--json").code == 2
    assert shell("rulebook", "adopt", str(town), "--from", "soon", "--json").code == 2
    later = shell("rulebook", "adopt", str(town), "--from", "2999-01-01", "--json").row
    assert later["adopted"]
    assert later["counted_again"] is None
    assert "in force from 2999-01-01; on that day running petitions are counted again" in later["notes"][0]
    assert running.stop() == 0
