"""`suqiu submit`: a receipt a row, bad rows named, nothing doubled, nothing echoed."""

import base64
import json
import os
import subprocess
from pathlib import Path

import pytest

from machine.embedded_postgres import EmbeddedPostgres
from tests.cli.conftest import PROGRAM, Inside, Shell

pytestmark = pytest.mark.engine
BAIYANG = Path(__file__).parents[2] / "rulebook" / "baiyang"

BAD: tuple[tuple[object, str], ...] = (
    ("{broken", "row: expected one JSON object"),
    ('["text"]', "row: expected a JSON object"),
    ({"title": "canary-title"}, "text: expected"),
    ({"text": "  "}, "text: expected"),
    ({"text": "canary" * 4_000}, "text: expected at most 20000 characters; found 24000"),
    ({"text": "路灯", "title": "canary" * 60}, "title: "),
    ({"text": "路灯", "channel": "canary-pigeon"}, "channel: expected one of counter"),
    ({"text": "路灯", "submitted_at": "2025-02-30T10:00"}, "submitted_at: expected a date and time"),
    ({"text": "路灯", "submitted_at": "2999-01-01T10:00"}, "submitted_at: expected a time that has been"),
    ({"text": "路灯", "phone": "canary-phone"}, "phone: expected a telephone number"),
    ({"text": "路灯", "phone": "12"}, "phone: expected a telephone number"),
    ({"text": "路灯", "anonymous": "canary-maybe"}, "anonymous: "),
)


def lines(rows: list[object]) -> str:
    return "".join((row if isinstance(row, str) else json.dumps(row, ensure_ascii=False)) + "\n" for row in rows)


def test_bad_rows_are_named_by_line_and_field_and_cost_no_good_one(suqiu: Shell, tmp_path: Path) -> None:
    file = tmp_path / "mixed.jsonl"
    good = [{"text": f"二号楼{number}单元门禁坏了", "external_id": f"mixed-{number}"} for number in (1, 2)]
    file.write_text(lines([good[0], *(row for row, _ in BAD), "", good[1]]), "utf-8")
    answer = suqiu("submit", "--from", str(file), "--json")
    assert answer.code == 2
    first, *bad, last = answer.rows
    assert set(first) == set(last) == {"line", "receipt", "petition", "code"}
    assert [row["line"] for row in bad] == list(range(2, 2 + len(BAD)))
    assert last["line"] == len(BAD) + 3
    for row, (_, said) in zip(bad, BAD, strict=True):
        assert set(row) == {"line", "error"}
        assert said in row["error"]
    assert "canary" not in answer.out + answer.err
    assert answer.err == ""
    shown = suqiu("submit", "--from", str(file))
    assert shown.code == 2
    assert "line 2: row: expected" in shown.err
    assert "bad rows 12" in shown.err
    assert "stood already" in shown.out


def test_a_file_again_gives_the_same_receipts_and_no_new_petition(here: Inside, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    rows = [{"text": f"五号楼前第{number}棵树挡住路灯", "channel": "grid"} for number in range(450)]
    file.write_text(lines([*rows, rows[7]]), "utf-8")
    first = here("submit", "--from", str(file), "--json")
    again = here("submit", "--from", "-", "--json", given=file.read_bytes())
    assert (first.code, again.code) == (0, 0)
    assert [row["receipt"] for row in first.rows] == [row["receipt"] for row in again.rows]
    assert len({row["receipt"] for row in first.rows}) == 450
    assert [row["line"] for row in first.rows if row.get("repeated")] == [451]
    assert all(row["repeated"] for row in again.rows)


def test_a_text_typed_again_is_answered_and_a_receipt_says_nothing_of_it(here: Inside) -> None:
    first = here("submit", "楼道灯坏了", "--name", "样例丙", "--json").row
    again = here("submit", "楼道灯坏了", "--name", "样例丙", "--json").row
    code = first.pop("code")
    assert again == {**first, "repeated": True}, "the code is told once"
    assert code
    assert here("submit", "楼道灯坏了", "--name", "样例丁", "--json").row["receipt"] != first["receipt"]
    several = here("submit", "一楼漏水", "二楼漏水")
    assert len(several.out.splitlines()) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "expected either TEXT or --from FILE"),
        (("文字", "--from", "x.jsonl"), "expected either TEXT or --from FILE"),
        (("--from", "no-such-file.jsonl"), "no-such-file.jsonl: No such file"),
        (("--from", "x.jsonl", "--phone", "13800000001"), "--phone: goes with TEXT"),
        (("",), "text: expected what the resident asks for"),
        (("文字", "--channel", "pigeon"), "channel: expected one of counter"),
        (("文字", "--by", "nobody-here"), "no staff member is called"),
        (("文字", "--external-id", ""), "external_id"),
    ],
)
def test_wrong_use_is_refused_with_a_sentence(here: Inside, arguments: tuple[str, ...], said: str) -> None:
    answer = here("submit", *arguments)
    assert answer.code == 2
    assert said in answer.err
    assert "Traceback" not in answer.err


def test_a_reader_that_goes_away_is_no_error_of_ours(suqiu: Shell) -> None:
    piped = f"{PROGRAM} ledger --limit 1000 --json | true; {PROGRAM} projections status | head -c 1 >/dev/null"
    done = subprocess.run(["bash", "-c", piped], capture_output=True, env=suqiu.env(), text=True, check=False)
    assert "Traceback" not in done.stderr
    assert "Broken" not in done.stderr


@pytest.mark.long
def test_a_database_lost_half_way_costs_no_row_that_was_answered(short_folder: Path, tmp_path: Path) -> None:
    server = EmbeddedPostgres(short_folder / "lost", logs=tmp_path)
    server.start()
    key = base64.b64encode(os.urandom(32)).decode()
    shell = Shell(tmp_path / "data", {"SUQIU_DATABASE_URL": server.dsn(), "SUQIU_MASTER_KEY": key})
    assert shell("rulebook", "adopt", str(BAIYANG)).code == 0
    file = tmp_path / "rows.jsonl"
    file.write_text(lines([{"text": f"第{number}户暖气不热"} for number in range(4_000)]), "utf-8")
    command = (PROGRAM, "submit", "--from", str(file), "--json")
    with subprocess.Popen(command, env=shell.env(), stdout=subprocess.PIPE, text=True) as half:
        assert half.stdout is not None
        answered = [half.stdout.readline() for _ in range(200)]
        server.stop()
        answered += half.stdout.readlines()
    *rows, error = map(json.loads, answered)
    assert half.returncode == 1
    assert "safe to repeat" in error["error"]
    server.start()
    try:
        again = shell("submit", "--from", str(file), "--json")
    finally:
        server.stop()
    assert again.code == 0
    assert [row["receipt"] for row in again.rows[: len(rows)]] == [row["receipt"] for row in rows]
    assert all(row.get("repeated") for row in again.rows[: len(rows)])
    assert len({row["petition"] for row in again.rows}) == 4_000
