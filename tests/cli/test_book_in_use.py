"""Whatever is shown is said by the rulebook in force in the store, not by the file a command happens to be given."""

import base64
import os
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Inside, Shell
from tests.towns import FROZEN

BOOKS = Path(__file__).parents[2] / "rulebook"


@pytest.fixture
def store(database: str, tmp_path: Path) -> Inside:
    """Commands on a store where nothing runs."""
    key = base64.b64encode(os.urandom(32)).decode()
    return Inside(tmp_path / "data", {"SUQIU_DATABASE_URL": database, "SUQIU_MASTER_KEY": key})


def changed(tmp_path: Path, name: str, *changes: tuple[str, str, str]) -> Path:
    """A copy of Baiyang's book with other words in it: file, what stood there, what stands there now."""
    town = tmp_path / name
    shutil.copytree(FROZEN, town)
    for file, before, after in changes:
        text = (town / file).read_text("utf-8")
        assert before in text, before
        (town / file).write_text(text.replace(before, after), "utf-8")
    return town


def test_names_units_and_deadlines_are_those_of_the_adopted_book(store: Inside, tmp_path: Path) -> None:
    town = changed(
        tmp_path,
        "town",
        ("units.yaml", "zh: 城建环卫办", "zh: 城市建设所"),
        ("orders.yaml", "zh: 课后助学,", "zh: 放学后辅导,"),
        ("rulebook.yaml", 'closes: "17:30"', 'closes: "17:00"'),
    )
    asked = ("rulebook", "deadline", "--received", "2025-09-30T15:00", "--tier", "district", "--json")
    assert "课后助学" in store("order", "lists").out
    assert store(*asked).row["due_at"] == "2025-10-09T17:30:00+08:00"

    adopted = store("rulebook", "adopt", str(town), "--json")
    assert (adopted.code, adopted.row["adopted"], adopted.row["number"]) == (0, True, 2), (
        "the file's own stands before it"
    )
    for _ in range(2):  # SUQIU_RULEBOOK still names the old file
        assert "放学后辅导" in store("order", "lists").out
        assert store(*asked).row["due_at"] == "2025-10-09T17:00:00+08:00"
        assert "城市建设所" in store("worklist", "--unit", "district-works").out

    again = store(*asked[:-1], "--rulebook", str(FROZEN), "--json")
    assert again.row["due_at"] == "2025-10-09T17:30:00+08:00", "another book can still be asked for"


def test_a_deadline_is_told_by_the_book_in_force_when_it_was_received(store: Inside, tmp_path: Path) -> None:
    town = changed(tmp_path, "town", ("rulebook.yaml", 'closes: "17:30"', 'closes: "17:00"'))
    assert store("rulebook", "adopt", str(town), "--from", "2026-03-01", "--json").code == 0
    due = [
        store("rulebook", "deadline", "--received", received, "--tier", "district", "--json").row["due_at"]
        for received in ("2026-02-26T10:00", "2026-03-03T10:00")
    ]
    assert [at[11:16] for at in due] == ["17:30", "17:00"]


def test_a_store_of_another_town_is_refused_by_every_door(store: Inside) -> None:
    town = {**store.environment, "SUQIU_RULEBOOK": str(BOOKS / "linhe")}
    assert Inside(store.data, town)("rulebook", "adopt", str(BOOKS / "linhe"), "--json").row["adopted"]
    assert Inside(store.data, town)("ledger", "--json").row["total"] == 0
    for command in (("ledger",), ("submit", "路灯坏了"), ("worklist",), ("order", "lists"), ("scorecard",)):
        refused = store(*command)
        assert refused.code == 2, command
        assert "SUQIU_RULEBOOK: expected the file of the rulebook linhe, which was adopted in this store" in refused.err
        assert "found baiyang" in refused.err


def test_the_doctor_says_which_rules_are_in_force(store: Inside) -> None:
    def rules(shell: Inside) -> dict[str, object]:
        (check,) = [each for each in shell("doctor", "--json").row["checks"] if each["name"] == "rules in force"]
        return dict(check)

    assert rules(store)["ok"]
    town = Inside(store.data, {**store.environment, "SUQIU_RULEBOOK": str(BOOKS / "linhe")})
    assert town("rulebook", "adopt", str(BOOKS / "linhe"), "--json").code == 0
    assert "临河" in str(rules(town)["says"])
    wrong = rules(store)
    assert not wrong["ok"]
    assert "found baiyang" in str(wrong["says"])


def test_a_worker_whose_file_is_not_the_book_in_force_says_so_before_it_begins(store: Inside, tmp_path: Path) -> None:
    town = changed(tmp_path, "town", ("rulebook.yaml", 'closes: "17:30"', 'closes: "17:00"'))
    nobody = {**store.environment, "TEMPORAL_ADDRESS": "127.0.0.1:1"}
    early = Inside(store.data, nobody)("worker")
    assert early.code == 1
    assert "no rulebook baiyang was adopted in this store" in early.err
    assert store("rulebook", "adopt", str(FROZEN), "--json").row["number"] == 1
    assert "SUQIU_RULEBOOK" not in Inside(store.data, nobody)("worker").err
    other = Inside(store.data, {**nobody, "SUQIU_RULEBOOK": str(town)})("worker")
    assert "it is ignored. To use it: `suqiu rulebook adopt FILE`" in other.err


def test_nothing_is_taken_in_under_rules_nobody_adopted(store: Inside) -> None:
    """Its events would name a book that is not in the log, and nobody could decide them again."""
    for command in (("submit", "路灯坏了"), ("order", "post", "想理发", "--kind", "need", "--phone", "13800000002")):
        refused = store(*command)
        assert refused.code == 1, refused
        assert "no rulebook baiyang was adopted in this store" in refused.err
        assert "`suqiu rulebook adopt FILE`" in refused.err
    assert store("ledger", "--json").row["total"] == 0
    assert store("rulebook", "adopt", str(FROZEN), "--json").code == 0
    assert store("submit", "路灯坏了", "--json").row["receipt"].startswith("SQ-")
    posted = store("order", "post", "想理发", "--kind", "need", "--phone", "13800000002", "--json")
    assert posted.code == 0, posted


def test_a_rulebook_may_be_named_by_its_folder_for_the_doctor_too(alone: Shell) -> None:
    alone.environment["SUQIU_RULEBOOK"] = str(BOOKS / "linhe")
    checks = {each["name"]: each for each in alone("doctor", "--json").row["checks"]}
    assert checks["rulebook"]["ok"], checks["rulebook"]
