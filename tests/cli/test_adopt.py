"""`suqiu rulebook adopt` beside a running `up`: noticed without a restart, running petitions counted again."""

import shutil
from pathlib import Path

from tests.cli.conftest import Shell, Start

BAIYANG = Path(__file__).parents[2] / "rulebook" / "baiyang"


def test_a_book_is_adopted_while_up_runs(tmp_path: Path, short_folder: Path, start: Start) -> None:
    town = tmp_path / "town"
    shutil.copytree(BAIYANG, town)
    shell = Shell(short_folder / "adopting")
    running = start(shell, "up", "--port", "0")
    receipt = shell.receipt("路灯坏了好几天，晚上走路很黑，请维修路灯")
    before = shell.until(receipt, "dispatched")

    main = town / "rulebook.yaml"
    text = main.read_text("utf-8")
    main.write_text(text.replace('closes: "17:30"', 'closes: "17:00"'), "utf-8")
    answer = shell("rulebook", "adopt", str(town), "--by", "leader-1", "--json")
    assert answer.code == 0, answer
    assert answer.row["adopted"]
    assert answer.row["counted_again"] == {"petitions": 1, "moved": 1, "done": True}
    after = shell("petition", "show", receipt, "--json").row
    (told,) = [entry for entry in after["timeline"] if entry["topic"] == "petition.clocks_recomputed"]
    (moved,) = [each for each in told["moved"] if each["clock"] == "tier"]
    assert (moved["was_due_at"], moved["due_at"]) == (before["due_at"], after["due_at"])
    page = shell("petition", "show", receipt).out
    assert f"{before['due_at'][:10]} 17:30 → {after['due_at'][:10]} 17:00" in page.replace("T", " ")
    assert before["due_at"].replace("17:30", "17:00") == after["due_at"]

    again = shell("rulebook", "adopt", str(town), "--json").row
    assert not again["adopted"]
    assert again["number"] == answer.row["number"]
    assert shell("rulebook", "adopt", str(town), "--by", "window-1", "--json").code == 2
    assert shell("rulebook", "adopt", str(town), "--from", "soon", "--json").code == 2
    later = shell("rulebook", "adopt", str(town), "--from", "2999-01-01", "--json").row
    assert later["adopted"]
    assert later["counted_again"] is None
    assert running.stop() == 0
