"""Erasing from the shell: two people, one sentence for whoever types wrong, and everything on record."""

import json
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Inside
from tests.traces.ocel_reader import read

ASKED = ("--reason", "本人要求", "--by", "window-1", "--seen", "id_card")


def submitted(here: Inside, number: int) -> str:
    return here.receipt(f"删除试验 {number}", "--phone", f"137{number:08}", "--name", "某某")


def test_one_asks_another_approves_and_everything_reads_erased(here: Inside, tmp_path: Path) -> None:
    first, second = submitted(here, 1), submitted(here, 1) and here.receipt("另一件", "--phone", "13700000001")
    order = here(
        "order", "post", "想要一副老花镜", "--kind", "micro_wish", "--petition", first, "--by", "window-1", "--json"
    )
    one, other = (here.residents.codes[each] for each in (first, second))
    files = []
    for number, code in enumerate((one, other)):
        files.append(tmp_path / str(number))
        files[-1].write_text(code, "utf-8")
    alone = here("resident", "erase", first, *ASKED, "--dry-run", "--json").row
    assert (alone["stage"], set(alone["touches"])) == ("none", {first, order.row["receipt"]}), "a number links nothing"
    both = ("--code-from", str(files[0]), "--other-code-from", str(files[1]))
    assert here("resident", "link", first, second, *both[:2], "--other-code-from", str(files[0]), "--json").code == 1
    assert here("resident", "link", first, second, *both, "--json").row["repeated"] is False
    asked = here("resident", "erase", first, *ASKED, "--json").row
    assert set(asked["touches"]) == {first, second, order.row["receipt"]}, "said before anybody approves"
    assert (asked["stage"], asked["reason"], asked["asked"]["by"]) == ("asked", "resident_asked", "clerk:window-1")
    assert here("petition", "show", first, "--json").row["personal"] == "sealed"
    same = here("resident", "approve-erasure", first, "--by", "window-1")
    assert (same.code, "expected a leader" in same.err) == (1, True)
    done = here("resident", "approve-erasure", second, "--by", "leader-1", "--json").row
    assert done["stage"] in ("erased", "acknowledged")
    assert done["approved"]["by"] == "leader:leader-1"
    assert len(done["streams"]) == 1, "an event names what is of its own pseudonym only"
    assert set(done["touches"]) == {first, second, order.row["receipt"]}
    for receipt in (first, second):
        assert here("petition", "show", receipt, "--json").row["personal"] == "[erased]"
        told = here("petition", "read", receipt, "--by", "window-1", "--reason", "核对", "--json").row
        assert set(told["fields"].values()) <= {"[erased]", None}
    shown = here("order", "show", order.row["receipt"])
    assert "[erased]" in shown.out
    again = here("resident", "erase", first, *ASKED, "--approved-by", "leader-1", "--json").row
    assert again["stage"] in ("erased", "acknowledged")
    said = here("resident", "erasure", first)
    assert "本人要求" in said.out
    assert "leader:leader-1" in said.out
    assert "until the master key is replaced, which is due by then" in " ".join(said.err.split())
    assert "仍可恢复" in said.err
    assert "收不回的 beyond recall" in said.err
    assert asked["recoverable_until"] is None, "nothing is erased yet"
    month = datetime.fromisoformat(done["recoverable_until"]) - datetime.fromisoformat(done["erased"]["at"])
    assert timedelta(days=29) < month < timedelta(days=31)
    assert here("petition", "read", order.row["receipt"], "--by", "window-1", "--reason", "x").code == 2


def test_a_resident_asks_alone_and_the_office_sees_who_must_act(here: Inside) -> None:
    receipt = submitted(here, 8)
    asked = here("resident", "ask-erasure", receipt)
    assert asked.code == 0, asked.err
    assert "居民已申请 wished" in asked.out
    assert "waits for somebody of the office" in asked.err
    assert f"1 件未结 still open: {receipt}" in asked.err
    assert here("petition", "show", receipt, "--json").row["personal"] == "sealed"
    early = here("resident", "approve-erasure", receipt, "--by", "leader-1")
    assert (early.code, "nobody of the office has taken it up" in early.err) == (1, True)
    row = listed(here, receipt, "office")
    assert (row["stage"], row["reason"], row["asked_by"]) == ("wished", None, None)
    assert here("worklist", "--json").row["erasures"]["office"] >= 1
    assert "wait for the office" in here("worklist").err
    assert here("resident", "erase", receipt, "--reason", "本人要求", "--by", "window-1").code == 0, "they asked"
    row = listed(here, receipt, "leader")
    assert (row["reason"], row["asked_by"]) == ("resident_asked", "window-1")
    assert receipt in here("resident", "erasures").out
    beside = here("petition", "show", receipt)
    assert "erasure asked for by 居民 the resident" in beside.err
    assert "waits for a leader" in " ".join(beside.err.split())
    before = here("petition", "show", receipt, "--json").row["erasures"]
    assert [(each["stage"], each["waits_for"], each["erased_at"]) for each in before] == [("asked", "leader", None)]
    assert here("resident", "approve-erasure", receipt, "--by", "leader-1").code == 0
    shown = here("petition", "show", receipt, "--json").row
    (erasure,) = shown["erasures"]
    assert (erasure["asked"]["role"], erasure["decided"]["role"], erasure["waits_for"]) == ("clerk", "leader", None)
    last = next(entry for entry in shown["timeline"] if entry["topic"] == "resident.erased")
    assert last["zh"] == "个人信息已删除（本人要求；窗口人员申请，领导批准）"
    assert last["version"] is None
    assert "个人信息已删除" in here("petition", "show", receipt).out
    then = here("petition", "show", receipt, "--as-of", erasure["asked"]["at"], "--json").row
    assert then["erasures"] == [] or then["erasures"][0]["erased_at"] is None, "what was not known then"
    again = here("resident", "ask-erasure", receipt, "--by", "window-1", "--seen", "id_card")
    assert (again.code, "is erased already" in again.err) == (1, True)
    gone = here("resident", "ask-erasure", receipt)
    assert (gone.code, "查询码不符" in gone.err) == (1, True), "the code went with the key"
    assert here("resident", "ask-erasure", receipt, "--by", "window-1", "--number", "2").code == 2
    assert here("resident", "ask-erasure", "SQ-0000-0000-0000-00000").code == 2


def listed(here: Inside, receipt: str, waits_for: str) -> dict[str, Any]:
    """The row of the list, once the read model has come so far."""
    for _ in range(100):
        for row in here("resident", "erasures", "--json").row["rows"]:
            if (row["receipt"], row["waits_for"]) == (receipt, waits_for):
                return dict(row)
        time.sleep(0.1)
    raise AssertionError(f"{receipt} does not wait for {waits_for}")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--reason", "他搬走了，电话13800000000", "--by", "window-1"), 2, "--reason: expected one of resident_asked"),
        ((*ASKED, "--approved-by", "window-1"), 2, "--approved-by: expected somebody other than --by"),
        ((*ASKED, "--approved-by", "nobody"), 2, "no staff member is called 'nobody'"),
        ((*ASKED, "--approved-by", "supervisor-1"), 1, "expected a leader"),
        ((*ASKED, "--number", "2"), 2, "--number: expected 1 to 1"),
        (("--reason", "retention", "--by", "window-1"), 2, "--reason: expected one of"),
    ],
)
def test_what_cannot_be_meant_is_said_and_nothing_is_erased(
    here: Inside, words: tuple[str, ...], code: int, says: str
) -> None:
    receipt = submitted(here, 2)
    answer = here("resident", "erase", receipt, *words)
    assert (answer.code, says in answer.err) == (code, True), answer.err
    assert "13800000000" not in answer.err
    assert here("petition", "show", receipt, "--json").row["personal"] == "sealed"


def test_a_receipt_nobody_gave_out_is_said(here: Inside) -> None:
    answer = here("resident", "erasure", "SQ-0000-0000-0000-00000")
    assert answer.code == 2
    assert "receipt" in answer.err


def test_nothing_is_due_in_a_young_store(here: Inside) -> None:
    told = here("resident", "retention", "--dry-run", "--json").row
    assert (told["total"], told["erased"], told["years"]) == (0, False, 5)
    assert "0 到期 due" in here("resident", "retention", "--dry-run").err


def test_auditors_get_files_of_what_they_ask_for(here: Inside, tmp_path: Path) -> None:
    receipt = submitted(here, 3)
    here.until(receipt, "dispatched", "proposed", "triaged", "received")
    for form in ("ocel", "xes", "csv", "parquet"):
        told = here("export", form, str(tmp_path / form), "--json").row
        assert told["petitions"] > 0
        assert (tmp_path / form).stat().st_size > 0
        assert "删除试验".encode() not in (tmp_path / form).read_bytes()
    read((tmp_path / "ocel").read_text("utf-8"))
    none = here("export", "ocel", str(tmp_path / "none"), "--from", "2001-01-01", "--to", "2001-01-31", "--json").row
    assert (none["petitions"], none["to"]) == (0, "2001-02-01T00:00:00+08:00")
    assert json.loads((tmp_path / "none").read_text())["objects"] == []
    wrong = here("export", "csv", str(tmp_path / "wrong"), "--category", "weather")
    assert (wrong.code, "no category is called 'weather'" in wrong.err) == (2, True)
    assert not (tmp_path / "wrong").exists()
    assert here("export", "csv", str(tmp_path / "no" / "folder.csv")).code == 2


def test_a_backup_of_keys_is_for_its_owner_only(here: Inside, tmp_path: Path) -> None:
    submitted(here, 4)
    file = tmp_path / "keys.jsonl"
    assert here("keys", "backup", str(file), "--json").row["keys"] >= 2
    assert file.stat().st_mode & 0o077 == 0
    assert here("keys", "restore", str(file), "--json").row == {"keys": 0, "erased": 0}
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:-1]))
    broken = here("keys", "restore", str(file))
    assert (broken.code, "cut short" in broken.err) == (2, True)
