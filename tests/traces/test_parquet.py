"""The Parquet file says what the CSV file says, with types; the columns are those it had when we wrote it ourselves."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow.parquet import ParquetFile, read_table

from cli.evidence.traces import _csv
from eventstore.log import EventLog
from evidence.tracing import choose, traces
from projections.traces.choosing import Wanted
from projections.traces.occurrences import Occurrence
from projections.traces.parquet import ROWS_TOGETHER, parquet
from projections.traces.table import COLUMNS, Column, Value, rows
from tests.projections.town import CANARY
from tests.traces.written_before import ROWS

BEFORE = Path(__file__).with_name("written_before.parquet")
TYPES = {"text": pa.string(), "count": pa.int64(), "moment": pa.timestamp("us", tz="UTC")}


@pytest.fixture(scope="module")
def seen(busy_log: EventLog) -> list[Occurrence]:
    return list(traces(busy_log, choose(busy_log, Wanted())))


def read(content: bytes) -> pa.Table:
    return read_table(io.BytesIO(content))


def written(table: list[tuple[Value, ...]] | tuple[tuple[Value, ...], ...]) -> bytes:
    return b"".join(parquet(COLUMNS, table))


def test_the_columns_names_and_types_are_those_of_the_files_written_before() -> None:
    now, before = read(written(ROWS)), read(BEFORE.read_bytes())
    assert now.schema.equals(before.schema, check_metadata=True)
    assert [(field.name, field.type) for field in now.schema] == [(each.name, TYPES[each.kind]) for each in COLUMNS]
    parquet_types = [
        [(column.physical_type, column.logical_type.type, column.max_definition_level) for column in file.schema]
        for file in (ParquetFile(io.BytesIO(written(ROWS))), ParquetFile(BEFORE))
    ]
    assert parquet_types[0] == parquet_types[1]


def test_what_is_read_back_is_what_was_read_from_the_files_written_before() -> None:
    now = read(written(ROWS)).to_pylist()
    assert now == read_table(BEFORE).to_pylist()
    assert [tuple(row.values()) for row in now] == list(ROWS)


def test_the_file_says_what_the_csv_file_says(seen: list[Occurrence]) -> None:
    def plain(cell: Value) -> str:
        if isinstance(cell, datetime):
            return cell.astimezone(UTC).isoformat(timespec="milliseconds")
        return "" if cell is None else str(cell)

    table = list(csv.DictReader(io.StringIO(b"".join(_csv(seen)).decode())))
    typed = read(written(list(rows(seen)))).to_pylist()
    assert len(typed) > 50
    assert [{name: plain(cell) for name, cell in row.items()} for row in typed] == table
    assert [tuple(row.values()) for row in typed] == list(rows(seen)), "instants to the microsecond, nothing where none"


def test_nobody_is_named_in_what_is_read_back(seen: list[Occurrence]) -> None:
    text = json.dumps(read(written(list(rows(seen)))).to_pylist(), default=str, ensure_ascii=False)
    assert "resident-" in text, "under the names of this file"
    for word in (CANARY, "resident-received", "resident-from-accepted", "contact-school-1", "window-1", "ciphertext"):
        assert word not in text, word


def test_the_same_rows_are_the_same_bytes(seen: list[Occurrence]) -> None:
    table = list(rows(seen))
    assert written(table) == written(table)


def test_a_row_group_is_written_as_soon_as_its_rows_are_there() -> None:
    asked = 0

    def many() -> Iterator[tuple[Value, ...]]:
        nonlocal asked
        for number in range(2 * ROWS_TOGETHER + 1):
            asked += 1
            yield (f"p-{number}", number)

    pieces = parquet([Column("case_id", "诉求"), Column("version", "序号", "count")], many())
    first = next(pieces)
    assert asked == ROWS_TOGETHER
    assert len(first) > ROWS_TOGETHER, "the group stands in the piece"
    file = ParquetFile(io.BytesIO(first + b"".join(pieces)))
    groups = [file.metadata.row_group(number).num_rows for number in range(file.metadata.num_row_groups)]
    assert groups == [ROWS_TOGETHER, ROWS_TOGETHER, 1]
    assert file.read(["version"]).column(0).to_pylist() == list(range(2 * ROWS_TOGETHER + 1))


def test_of_no_petitions_there_is_a_table_without_rows() -> None:
    table = read(written([]))
    assert table.num_rows == 0
    assert table.schema.names == [column.name for column in COLUMNS]


def test_where_pyarrow_is_not_installed_one_sentence_says_what_to_install(tmp_path: Path) -> None:
    file = tmp_path / "events.parquet"
    program = "import sys; sys.modules['pyarrow'] = None; import cli.main; sys.exit(cli.main.run(sys.argv[1:]))"
    command = [
        sys.executable,
        "-c",
        program,
        "export",
        "parquet",
        str(file),
        "--json",
        "--data",
        str(tmp_path / "none"),
    ]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    sentence = (
        "Parquet is written by pyarrow, which is not installed: pip install suqiu[parquet], in a checkout "
        "pip install '.[parquet]'; "
        "`suqiu export csv` writes the same table without it"
    )
    assert told.returncode == 1
    assert json.loads(told.stdout) == {"error": sentence}
    assert told.stderr == f"suqiu: {sentence}\n"
    assert not file.exists()
