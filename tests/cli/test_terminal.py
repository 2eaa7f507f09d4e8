"""What a resident wrote is read on a terminal and never drives it; programs get it exactly."""

import csv
import io
import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from rich.panel import Panel
from rich.text import Text

from cli.failures import WrongUse
from cli.figures.export import Column, Export, Sheet, export
from cli.screen import ERR, OUT, _Pipe, listing, remark
from office.logs import configure_logs
from rulebook.visible import escaped, visible
from tests.cli.conftest import Inside

TITLE = "\x1b]0;rm -rf\x07"
HIDDEN = "\x1b[8m"
DRIVES = (
    *(TITLE, HIDDEN, "\x9b2J", "\x9d0;x\x9c", "\x1b[6n", "\x1bP+q\x1b\\"),
    *("\u202e", "\u2066", "\x08\x08", "\x7f", "\r"),
)
NASTY = "路灯" + "坏".join(DRIVES) + "了"
unseen = st.text(st.characters(min_codepoint=0, max_codepoint=0x10FFFF, blacklist_categories=()))


def obeyed(said: str) -> set[str]:
    """What of a text a terminal would take as an order, or turn round."""
    turns = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x061C, 0x200E, 0x200F)}
    orders = {chr(code) for code in (*range(0x20), 0x7F, *range(0x80, 0xA0))} - {"\n", "\t"}
    return set(said) & (turns | orders)


@given(unseen)
def test_nothing_that_drives_a_terminal_is_left_and_nothing_that_is_seen_is_changed(text: str) -> None:
    assert obeyed(visible(text)) == set()
    visible(text).encode()  # no half of a character is left, which would end the program
    kept = "".join(each for each in text if each.isprintable())
    assert "".join(each for each in visible(kept)) == kept
    assert visible(visible(text)) == visible(text)


@given(unseen)
def test_json_stays_exact(text: str) -> None:
    line = escaped(json.dumps({"said": text}, ensure_ascii=False))
    assert json.loads(line) == {"said": text}
    assert obeyed(line) == set()


@pytest.mark.parametrize("console", [OUT, ERR], ids=["out", "err"])
def test_however_it_is_shown_it_is_not_obeyed(console: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The consoles are the one way to a terminal: a command that is new cannot forget it."""
    page = io.StringIO()
    monkeypatch.setattr(console, "_file", page)
    table = listing(NASTY, title=NASTY)
    table.add_row(NASTY)
    table.add_row(Text(NASTY))
    for shown in (NASTY, Text(NASTY), Text.assemble(("✓ ", "green"), NASTY), Panel(NASTY, title=NASTY), table):
        console.print(shown)
        console.print(shown, markup=False, soft_wrap=True)
    remark(NASTY)
    said = page.getvalue()
    assert obeyed(said) == set(), said
    assert "[U+001B]" in said
    assert "[U+202E]" in said


def test_colours_of_our_own_are_kept() -> None:
    page = io.StringIO()
    console = _Pipe(file=page, force_terminal=True, color_system="standard", width=80, highlight=False)
    console.print(f"[bold red]{HIDDEN}逾期[/]")
    assert page.getvalue() == "\x1b[1;31m[U+001B][8m逾期\x1b[0m\n"


def test_what_is_shown_longer_is_folded_and_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    page = io.StringIO()
    monkeypatch.setattr(OUT, "_file", page)
    table = listing("一")
    table.add_row("\x1b" * 30)
    OUT.print(table)
    assert page.getvalue().replace("\n", "").replace(" ", "").count("[U+001B]") == 30


def test_an_error_that_names_what_was_typed_does_not_obey_it(inside: Inside) -> None:
    for typed in ((f"led{HIDDEN}ger",), ("ledger", f"--{TITLE}"), ("petition", NASTY), ("petition", "show", NASTY)):
        answer = inside(*typed)
        assert answer.code
        assert obeyed(answer.err + answer.out) == set(), answer
        answer = inside(*typed, "--json")
        assert obeyed(answer.err + answer.out) == set(), answer


def test_a_spreadsheet_shown_on_a_terminal_is_not_obeyed(tmp_path: Path) -> None:
    sheet = Sheet("表", (Column("单位", "unit"),), [(NASTY,), ("=HYPERLINK(1)",)])
    assert export(sheet, Export(csv=tmp_path / "a.csv"), ZoneInfo("Asia/Shanghai"), json=False) == 0
    said = (tmp_path / "a.csv").read_text("utf-8-sig")
    assert obeyed(said) == set()
    rows = list(csv.reader(io.StringIO(said)))
    assert rows[1] == [visible(NASTY)]
    assert rows[2] == ["'=HYPERLINK(1)"]


def test_a_log_shown_on_a_terminal_is_not_obeyed(tmp_path: Path) -> None:
    configure_logs("info", file=tmp_path / "log")
    structlog.get_logger("workers.x").info("said", what=NASTY)
    structlog.get_logger("workers.x").error("broken", exc_info=WrongUse(NASTY))
    said = (tmp_path / "log").read_text("utf-8")
    assert obeyed(said) == set()
    first, second = map(json.loads, said.splitlines())
    assert first["what"] == NASTY
    assert NASTY.split("\r")[0] in second["exception"]


@pytest.mark.engine
def test_what_a_resident_wrote_is_read_and_not_obeyed(here: Inside, tmp_path: Path) -> None:
    (tmp_path / "text").write_text(NASTY, "utf-8", newline="")
    (tmp_path / "name").write_text(f"样例{HIDDEN}甲", "utf-8")
    receipt = here.receipt(f"@{tmp_path / 'text'}", "--name", f"@{tmp_path / 'name'}", "--title", NASTY[:50])
    read = ("petition", "read", receipt, "--by", "window-1", "--reason", "-")
    fields = ("--field", "text", "--field", "name", "--field", "title")
    page = here(*read, *fields, given="核对")
    assert page.code == 0
    assert obeyed(page.out) == set()
    assert "[U+001B]]0;rm -rf[U+0007]" in page.out
    exact = here(*read, *fields, "--json", given="核对")
    assert exact.row["fields"]["text"] == NASTY.strip()
    assert exact.row["fields"]["name"] == f"样例{HIDDEN}甲"
    assert obeyed(exact.out) == set()
    for command in (("petition", "show", receipt), ("classify", f"@{tmp_path / 'text'}"), ("outbox",), ("ledger",)):
        answer = here(*command)
        assert (answer.code, obeyed(answer.out + answer.err)) == (0, set()), command
