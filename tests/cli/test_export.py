"""Files for spreadsheets: opened right, numbers as numbers, no formula smuggled in, whole or not at all."""

import csv
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.failures import WrongUse
from cli.figures import export as module
from cli.figures.export import FORMULA, Column, Export, Row, Sheet, export, harmless

ZONE = ZoneInfo("Asia/Shanghai")
COLUMNS = (
    Column("受理编号", "receipt"),
    Column("件数", "count", "count"),
    Column("满意率", "rate", "rate"),
    Column("受理时间", "received", "moment"),
    Column("按时", "on time"),
)
AT = datetime(2025, 9, 30, 16, 30, tzinfo=UTC)
ROWS: tuple[Row, ...] = (
    ("SQ-1", 3, 0.875, AT, True),
    ("=HYPERLINK(1)", 0, None, None, False),
    ("+1", -2, 1.0, AT, None),
)
SHEET = Sheet("考评", COLUMNS, ROWS)


def test_csv_opens_right_in_a_spreadsheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "表.csv"
    assert export(SHEET, Export(csv=path), ZONE, json=True) == 0
    written = path.read_bytes()
    assert written.startswith(b"\xef\xbb\xbf")
    assert written.count(b"\r\n") == 4
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["受理编号 receipt", "件数 count", "满意率 rate", "受理时间 received", "按时 on time"],
        ["SQ-1", "3", "0.875", "2025-10-01 00:30", "是"],
        ["'=HYPERLINK(1)", "0", "", "", "否"],
        ["'+1", "-2", "1.0", "2025-10-01 00:30", ""],
    ]
    assert '"total": 3' in capsys.readouterr().out


def test_xlsx_has_a_frozen_chinese_header_and_numbers_as_numbers(tmp_path: Path) -> None:
    path = tmp_path / "表.xlsx"
    export(SHEET, Export(xlsx=path), ZONE, json=False)
    page: Any = openpyxl.load_workbook(path).active
    assert page.title == "考评"
    assert page.freeze_panes == "A2"
    assert [cell.value for cell in page[1]][:2] == ["受理编号 receipt", "件数 count"]
    assert [cell.value for cell in page[2]] == ["SQ-1", 3, 0.875, datetime(2025, 10, 1, 0, 30), "是"]  # noqa: DTZ001 - cells know no zone
    assert [cell.data_type for cell in page[2]] == ["s", "n", "n", "d", "s"]
    assert (page["C2"].number_format, page["D2"].number_format) == ("0.0%", "yyyy-mm-dd hh:mm")
    assert [cell.value for cell in page[3]] == ["=HYPERLINK(1)", 0, None, None, "否"]
    assert page["A3"].data_type == "s", "text, not a formula"


@given(st.text(max_size=20))
def test_no_text_of_a_csv_cell_begins_a_formula_and_none_is_lost(text: str) -> None:
    written = harmless(text)
    assert not written or written[0] not in FORMULA
    assert written.removeprefix("'") == text or written == text


def test_both_at_once_from_rows_that_can_be_read_only_once(tmp_path: Path) -> None:
    files = Export(csv=tmp_path / "a.csv", xlsx=tmp_path / "a.xlsx")
    export(SHEET._replace(rows=iter(ROWS)), files, ZONE, json=True)
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").active.max_row == 4  # type: ignore[union-attr]
    assert len((tmp_path / "a.csv").read_text("utf-8-sig").splitlines()) == 4
    with pytest.raises(WrongUse, match="two different files"):
        export(SHEET, Export(csv=tmp_path / "b", xlsx=tmp_path / "b"), ZONE, json=True)


def test_a_list_that_breaks_off_leaves_what_stood_there(tmp_path: Path) -> None:
    def broken() -> Iterator[Row]:
        yield ROWS[0]
        raise OSError("the database went away")

    path = tmp_path / "a.csv"
    path.write_text("as it was")
    with pytest.raises(OSError, match="went away"):
        export(SHEET._replace(rows=broken()), Export(csv=path, xlsx=tmp_path / "a.xlsx"), ZONE, json=True)
    assert path.read_text() == "as it was"
    assert [each.name for each in tmp_path.iterdir()] == ["a.csv"]
    with pytest.raises(OSError, match="No such file"):
        export(SHEET, Export(xlsx=tmp_path / "nowhere" / "a.xlsx"), ZONE, json=True)


def test_an_empty_list_is_a_header(tmp_path: Path) -> None:
    export(SHEET._replace(rows=()), Export(csv=tmp_path / "a.csv", xlsx=tmp_path / "a.xlsx"), ZONE, json=True)
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").active.max_row == 1  # type: ignore[union-attr]
    assert len((tmp_path / "a.csv").read_text("utf-8-sig").splitlines()) == 1


def test_more_rows_than_a_sheet_holds_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "XLSX_ROWS", 3)
    with pytest.raises(WrongUse, match="a sheet holds 2 rows"):
        export(SHEET, Export(xlsx=tmp_path / "a.xlsx"), ZONE, json=True)
    assert list(tmp_path.iterdir()) == []


def test_long_lists_are_written_row_by_row(tmp_path: Path) -> None:
    rows = ((f"SQ-{number}", number, 0.5, AT, True) for number in range(20_000))
    tracemalloc.start()
    export(Sheet("长", COLUMNS, rows), Export(csv=tmp_path / "a.csv", xlsx=tmp_path / "a.xlsx"), ZONE, json=True)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 8_000_000
    assert len((tmp_path / "a.csv").read_text("utf-8-sig").splitlines()) == 20_001
