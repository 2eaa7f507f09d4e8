"""Lists and reports as files: CSV that opens right in a spreadsheet, and XLSX with numbers as numbers. Row by row.

A file appears whole or not at all. No cell is ever a formula: what residents or others wrote cannot become one.
"""

import csv
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from cyclopts import Parameter

from cli.failures import WrongUse
from cli.screen import OUT, emit
from eventstore.private_files import create
from rulebook.visible import visible

Cell = str | int | float | bool | datetime | None
Row = Sequence[Cell]

FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
"""First characters by which a spreadsheet may take a cell of a CSV file for a formula."""

XLSX_ROWS = 1_048_576
"""Rows of a sheet, its header among them: the format's own limit."""


@Parameter(name="*")
@dataclass(frozen=True)
class Export:
    """What lists and reports take to be written to files, whole."""

    csv: Annotated[Path | None, Parameter(help="Write the whole list to this CSV file (UTF-8 with BOM).")] = None
    xlsx: Annotated[Path | None, Parameter(help="Write the whole list to this XLSX file.")] = None

    @property
    def asked(self) -> bool:
        """Whether a file is wanted."""
        return self.csv is not None or self.xlsx is not None


EXPORT = Export()


class Column(NamedTuple):
    """A column: its name in Chinese and English, and what is in it. A rate is a share, 0 to 1."""

    zh: str
    en: str
    kind: Literal["text", "count", "rate", "moment"] = "text"

    @property
    def header(self) -> str:
        """Chinese first."""
        return f"{self.zh} {self.en}"


class Sheet(NamedTuple):
    """A list to be written: rows have their cells in the order of the columns, and may be read only once."""

    title: str
    columns: Sequence[Column]
    rows: Iterable[Row]


def export(sheet: Sheet, files: Export, zone: ZoneInfo, *, json: bool) -> int:
    """Write the files asked for and say so; answers the exit code. Instants are shown in `zone`.

    Raises:
        WrongUse: both are to be the same file, or a sheet cannot hold so many rows.
        OSError: a file cannot be written; what stood there before still does.
    """
    asked = [path for path in (files.csv, files.xlsx) if path is not None]
    if len({path.absolute() for path in asked}) < len(asked):
        raise WrongUse("--csv, --xlsx: expected two different files")
    with ExitStack() as stack:
        tables: list[_Table] = []
        if files.csv is not None:
            tables.append(stack.enter_context(_Csv(files.csv, sheet, zone)))
        if files.xlsx is not None:
            tables.append(stack.enter_context(_Xlsx(files.xlsx, sheet, zone)))
        written = 0
        for written, row in enumerate(sheet.rows, 1):  # noqa: B007 - counted for the answer
            for table in tables:
                table.add(row)
    if json:
        emit({"total": written, "files": [str(path) for path in asked]})
    else:
        for path in asked:
            OUT.print(f"{path}: {written} 行 rows", markup=False, soft_wrap=True)
    return 0


def harmless(text: str) -> str:
    """Text of a CSV cell that no spreadsheet takes for a formula: an apostrophe stands before what could be one."""
    return f"'{text}" if text[:1] in FORMULA and text else text


class _Table(ABC):
    """A file being written beside its place, which it takes when all rows are in it."""

    def __init__(self, path: Path, sheet: Sheet, zone: ZoneInfo) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name}.{os.getpid()}.part")
        self._sheet = sheet
        self._zone = zone

    def __enter__(self) -> "_Table":
        try:
            self._open()
        except OSError:
            self._part.unlink(missing_ok=True)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self._close()
            if kind is None:
                self._part.replace(self._path)
        finally:
            self._part.unlink(missing_ok=True)

    def _local(self, moment: datetime) -> datetime:
        """The wall clock of the office: spreadsheets know no zones."""
        return moment.astimezone(self._zone).replace(tzinfo=None)

    @abstractmethod
    def add(self, row: Row) -> None:
        """Write one more row."""

    @abstractmethod
    def _open(self) -> None: ...

    @abstractmethod
    def _close(self) -> None: ...


class _Csv(_Table):
    """Commas, CRLF, a byte order mark: what Excel reads as UTF-8 without being told."""

    def _open(self) -> None:
        self._file = os.fdopen(create(self._part), "w", encoding="utf-8-sig", newline="")
        self._rows = csv.writer(self._file)
        self._rows.writerow([column.header for column in self._sheet.columns])

    def _close(self) -> None:
        self._file.close()

    def add(self, row: Row) -> None:
        self._rows.writerow([self._plain(cell) for cell in row])

    def _plain(self, cell: Cell) -> Any:
        match cell:
            case None:
                return ""
            case bool():
                return "是" if cell else "否"
            case datetime():
                return f"{self._local(cell):%Y-%m-%d %H:%M}"
            case str():
                return harmless(visible(cell))
            case float():
                return round(cell, 4)
        return cell


class _Xlsx(_Table):
    """One sheet: the header stands while one scrolls, numbers are numbers, texts are texts whatever they begin with."""

    def _open(self) -> None:
        from xlsxwriter import Workbook

        # Created before it is written at the end: for its owner only, and where it cannot be, that is said at once.
        os.close(create(self._part))
        self._book = Workbook(str(self._part), {"constant_memory": True})
        self._page = self._book.add_worksheet(self._sheet.title[:31])
        self._next = 1
        bold = self._book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self._rate = self._book.add_format({"num_format": "0.0%"})
        self._moment = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        widths = {"text": 24, "count": 10, "rate": 10, "moment": 17}
        self._page.freeze_panes(1, 0)
        for n, column in enumerate(self._sheet.columns):
            self._page.set_column(n, n, widths[column.kind])
            self._page.write_string(0, n, column.header, bold)

    def _close(self) -> None:
        if self._next > 1:
            self._page.autofilter(0, 0, self._next - 1, len(self._sheet.columns) - 1)
        self._book.close()

    def add(self, row: Row) -> None:
        if self._next >= XLSX_ROWS:
            raise WrongUse(f"--xlsx: a sheet holds {XLSX_ROWS - 1} rows; narrow the list, or write it with --csv")
        for n, (cell, column) in enumerate(zip(row, self._sheet.columns, strict=True)):
            match cell:
                case None:
                    pass
                case bool():
                    self._page.write_string(self._next, n, "是" if cell else "否")
                case datetime():
                    self._page.write_datetime(self._next, n, self._local(cell), self._moment)
                case str():
                    self._page.write_string(self._next, n, cell)
                case _:
                    self._page.write_number(self._next, n, cell, self._rate if column.kind == "rate" else None)
        self._next += 1
