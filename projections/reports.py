"""Reports on record: one row for each version, without its figures. No personal data."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, LiteralString

from psycopg import Connection, Cursor, sql
from psycopg.rows import TupleRow, class_row, tuple_row

from aggregates.office.events import REPORT, ReportMade, report_id
from aggregates.record import Recorded
from projections.paging import Page, check_limit, read_cursor, write_cursor
from projections.read_model import ReadModel, copy_rows


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report: counted from the log up to position `as_of`, as of `moment`, recorded at `made_at`."""

    report: str
    kind: str
    period: str
    as_of: int
    moment: datetime
    made_at: datetime
    made_by: str
    rulebook: str
    sha256: str


class Reports(ReadModel):
    """A row for each `office.report_made`; rows are never changed."""

    name: ClassVar[str] = "reports"
    tables: ClassVar[LiteralString] = """
        CREATE TABLE reports (
            report   text        PRIMARY KEY,
            kind     text        NOT NULL,
            period   text        NOT NULL,
            as_of    bigint      NOT NULL,
            moment   timestamptz NOT NULL,
            made_at  timestamptz NOT NULL,
            made_by  text        NOT NULL,
            rulebook text        NOT NULL,
            sha256   text        NOT NULL
        );
        CREATE INDEX ON reports (made_at, report);
    """

    def takes(self, stream: str) -> bool:
        """Streams of reports."""
        return stream.startswith(REPORT)

    def apply(self, cursor: Cursor[TupleRow], page: Sequence[Recorded]) -> None:
        """Add the page's reports."""
        copy_rows(cursor, "reports", _COLUMNS, filter(None, map(_values, page)))


_COLUMNS = tuple(field.name for field in fields(ReportRow))


def _values(record: Recorded) -> tuple[Any, ...] | None:
    event = record.event
    if not isinstance(event, ReportMade):
        return None
    name = report_id(event.kind, event.period, record.version)
    about = (event.as_of, event.moment, event.at, event.by.id, event.rulebook, event.sha256)
    return (name, event.kind, event.period, *about)


def list_reports(
    connection: Connection[Any], *, kind: str | None = None, limit: int = 50, cursor: str | None = None
) -> Page[ReportRow]:
    """A page of the reports, oldest first, of one kind or of all.

    Raises:
        BadCursor, ValueError: `cursor` or `limit` is wrong.
    """
    columns = sql.SQL(", ").join(map(sql.Identifier, _COLUMNS))
    of_kind = sql.SQL("(%s::text IS NULL OR kind = %s)")
    after = sql.SQL(" AND (made_at, report) > (%s::timestamptz, %s)") if cursor else sql.SQL("")
    query = sql.SQL("SELECT {} FROM view_reports.reports WHERE {}{} ORDER BY made_at, report LIMIT %s").format(
        columns, of_kind, after
    )
    place = read_cursor(cursor) if cursor else ()
    with connection.cursor(row_factory=class_row(ReportRow)) as answer:
        rows = answer.execute(query, (kind, kind, *place, check_limit(limit) + 1), prepare=False).fetchall()
    with connection.cursor(row_factory=tuple_row) as answer:
        counting = sql.SQL("SELECT count(*) FROM view_reports.reports WHERE {}").format(of_kind)
        total = answer.execute(counting, (kind, kind), prepare=False).fetchone()
    last = rows[limit - 1] if len(rows) > limit else None
    following = write_cursor(last.made_at, last.report) if last else None
    return Page(int(total[0]) if total else 0, tuple(rows[:limit]), following)
