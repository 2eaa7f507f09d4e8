"""Apache Parquet, as little of it as a table of texts, counts and moments needs: plain values, gzip pages, row groups.

Format: https://parquet.apache.org/docs/file-format/ ; its headers are Thrift's compact protocol. The usual
library takes 170 MB once installed, for this one command; a test reads the files with it.
"""

import gzip
import struct
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby, islice
from typing import Any, NamedTuple

from projections.traces.table import Column, Value

MAGIC = b"PAR1"
ROWS_TOGETHER = 20_000
"""Rows of a row group: what is held in memory at once."""

I32, I64, BINARY, LIST, STRUCT = 5, 6, 8, 9, 12
"""Types of Thrift's compact protocol."""
INT64, BYTE_ARRAY = 2, 6
OPTIONAL, UTF8, TIMESTAMP_MICROS, PLAIN, RLE, GZIP, DATA_PAGE = 1, 0, 10, 0, 3, 2, 0
PHYSICAL = {"text": BYTE_ARRAY, "count": INT64, "moment": INT64}
CONVERTED = {"text": UTF8, "moment": TIMESTAMP_MICROS}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Field = tuple[int, int, Any]
"""Number, type and value of a field of a Thrift struct; of a list the value is (type of its elements, elements)."""


class _Chunk(NamedTuple):
    """A column of a row group as it stands in the file."""

    offset: int
    values: int
    plain_bytes: int
    written_bytes: int


def parquet(columns: Sequence[Column], rows: Iterable[Sequence[Value]]) -> Iterator[bytes]:
    """The file, piece by piece; rows have their cells in the order of the columns, None where there is nothing."""
    yield MAGIC
    at = len(MAGIC)
    groups: list[tuple[list[_Chunk], int]] = []
    waiting = iter(rows)
    while some := list(islice(waiting, ROWS_TOGETHER)):
        chunks = []
        for number, column in enumerate(columns):
            page, plain = _page(column, [row[number] for row in some])
            chunks.append(_Chunk(at, len(some), plain, len(page)))
            at += len(page)
            yield page
        groups.append((chunks, len(some)))
    footer = _struct(_file(columns, groups))
    yield footer + struct.pack("<I", len(footer)) + MAGIC


def _page(column: Column, cells: Sequence[Value]) -> tuple[bytes, int]:
    """Header and body of the column's one page, and how large both would be without gzip."""
    there = [cell is not None for cell in cells]
    runs = b"".join(_varint(len(list(run)) << 1) + bytes([present]) for present, run in groupby(there))
    body = struct.pack("<I", len(runs)) + runs + b"".join(_plain(column, cell) for cell in cells if cell is not None)
    packed = gzip.compress(body, mtime=0)
    about: list[Field] = [(1, I32, len(cells)), (2, I32, PLAIN), (3, I32, RLE), (4, I32, RLE)]
    header = _struct([(1, I32, DATA_PAGE), (2, I32, len(body)), (3, I32, len(packed)), (5, STRUCT, about)])
    return header + packed, len(header) + len(body)


def _plain(column: Column, cell: Any) -> bytes:
    if column.kind == "text":
        text = str(cell).encode()
        return struct.pack("<I", len(text)) + text
    if column.kind == "moment":
        past = cell - EPOCH
        return struct.pack("<q", (past.days * 86_400 + past.seconds) * 1_000_000 + past.microseconds)
    return struct.pack("<q", cell)


def _file(columns: Sequence[Column], groups: Sequence[tuple[list[_Chunk], int]]) -> list[Field]:
    schema: list[list[Field]] = [[(4, BINARY, "suqiu"), (5, I32, len(columns))]]
    for column in columns:
        element: list[Field] = [(1, I32, PHYSICAL[column.kind]), (3, I32, OPTIONAL), (4, BINARY, column.name)]
        schema.append([*element, *([(6, I32, CONVERTED[column.kind])] if column.kind in CONVERTED else [])])
    row_groups = [
        [
            (1, LIST, (STRUCT, [_chunk(column, chunk) for column, chunk in zip(columns, chunks, strict=True)])),
            (2, I64, sum(chunk.plain_bytes for chunk in chunks)),
            (3, I64, count),
        ]
        for chunks, count in groups
    ]
    return [
        (1, I32, 1),
        (2, LIST, (STRUCT, schema)),
        (3, I64, sum(count for _, count in groups)),
        (4, LIST, (STRUCT, row_groups)),
        (6, BINARY, "suqiu"),
    ]


def _chunk(column: Column, chunk: _Chunk) -> list[Field]:
    about: list[Field] = [
        (1, I32, PHYSICAL[column.kind]),
        (2, LIST, (I32, [PLAIN, RLE])),
        (3, LIST, (BINARY, [column.name])),
        (4, I32, GZIP),
        (5, I64, chunk.values),
        (6, I64, chunk.plain_bytes),
        (7, I64, chunk.written_bytes),
        (9, I64, chunk.offset),
    ]
    return [(2, I64, chunk.offset), (3, STRUCT, about)]


def _struct(fields: Sequence[Field]) -> bytes:
    written, last = b"", 0
    for number, kind, value in fields:
        written += bytes([(number - last) << 4 | kind]) + _thrift(kind, value)
        last = number
    return written + b"\0"


def _thrift(kind: int, value: Any) -> bytes:
    if kind in (I32, I64):
        return _varint(value << 1)  # zigzag; nothing here is negative
    if kind == BINARY:
        text: bytes = value.encode()
        return _varint(len(text)) + text
    if kind == STRUCT:
        return _struct(value)
    inner, elements = value
    size = bytes([len(elements) << 4 | inner]) if len(elements) < 15 else bytes([0xF0 | inner]) + _varint(len(elements))
    return size + b"".join(_thrift(inner, element) for element in elements)


def _varint(number: int) -> bytes:
    written = b""
    while number > 0x7F:
        written += bytes([number & 0x7F | 0x80])
        number >>= 7
    return written + bytes([number])
