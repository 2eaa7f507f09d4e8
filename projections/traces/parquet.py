"""Apache Parquet by pyarrow (`pip install suqiu[parquet]`), written one row group at a time.

Equal rows give equal bytes with the same version of pyarrow. Importing this file without pyarrow raises
`ModuleNotFoundError`; only `suqiu export parquet` imports it.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from projections.traces.table import Column, Value

ROWS_TOGETHER = 20_000
"""Rows of a row group, all held in memory."""

TYPES = {"text": pa.string(), "count": pa.int64(), "moment": pa.timestamp("us", tz="UTC")}


class _Written:
    """The file object pyarrow writes to; holds what was not taken yet."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._bytes = 0

    def write(self, piece: bytes) -> int:
        self._pieces.append(piece)
        self._bytes += len(piece)
        return len(piece)

    def tell(self) -> int:
        """The length of the file so far: the footer refers to column offsets."""
        return self._bytes

    def flush(self) -> None:
        """Nothing is buffered."""

    def close(self) -> None:
        self.closed = True

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


def parquet(columns: Sequence[Column], rows: Iterable[Sequence[Value]]) -> Iterator[bytes]:
    """The file, piece by piece; a row's cells are in the order of `columns`, None for empty ones."""
    schema = pa.schema([(column.name, TYPES[column.kind]) for column in columns])
    written, waiting = _Written(), iter(rows)
    with ParquetWriter(written, schema, compression="gzip", store_schema=False) as writer:
        while some := list(islice(waiting, ROWS_TOGETHER)):
            cells = [pa.array(column, kind) for column, kind in zip(zip(*some, strict=True), schema.types, strict=True)]
            writer.write_table(pa.table(cells, schema=schema), row_group_size=ROWS_TOGETHER)
            yield written.take()
    yield written.take()
