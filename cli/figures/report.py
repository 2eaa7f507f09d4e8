"""`suqiu report …`: reports as they were made, made now, and counted again."""

import csv
import io
import json as json_
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

from cyclopts import Parameter

from cli.doors import actor, opened
from cli.failures import FAILED, WrongUse
from cli.figures.export import harmless
from cli.figures.ledger import check_paging
from cli.figures.report_page import Reader, draw
from cli.moments import iso, local_times, not_ahead, read_moment, shown
from cli.options import COMMON, PAGING, Common, Paging
from cli.reads import READS, Reads
from cli.screen import OUT, emit, listing, remark, remarks
from eventstore.private_files import replacing
from rulebook.visible import visible

if TYPE_CHECKING:
    from aggregates.event import Actor
    from office.composition import Office
    from office.reporting import Made
    from rulebook.model import Rulebook
    from rulebook.rhythm import ReportKind

Csv = Annotated[Path | None, Parameter(name="--csv", help="Write the figures to a CSV file that Excel opens.")]
SAME = {
    "same": "the same figures",
    "different": "OTHER figures: the report or the log was changed",
    "other_rules": "cannot be counted here: its rulebook was never adopted in this log, and is not the one in force",
    "other_counting": "cannot be counted by this program: its figures were counted another way",
    "log_shorter": "cannot be counted: the log ends before the report's position",
}


def list_(*, kind: str | None = None, paging: Paging = PAGING, common: Common = COMMON) -> int:
    """List the reports on record, oldest first.

    Parameters
    ----------
    kind
        digest, situation, scorecard, publication, feedback or review.
    """
    from office.rules.book_in_use import book_in_use
    from office.views import views
    from projections.reports import list_reports

    settings = common.settings()
    book = book_in_use(settings)
    check_paging(paging)
    of_kind = None if kind is None else _kind(kind)
    with views(settings) as connection:
        page = list_reports(connection, kind=of_kind, limit=paging.limit, cursor=paging.after)
    if common.json:
        rows = [local_times(asdict(row), book.zone) for row in page.rows]
        emit({"total": page.total, "rows": rows, "next": page.next})
        return 0
    table = listing("报告 report", "截至 as of", "所述时刻 moment", "制作 made", "sha256")
    for row in page.rows:
        times = (shown(row.moment, book.zone), shown(row.made_at, book.zone))
        table.add_row(row.report, str(row.as_of), *times, row.sha256[:12])
    OUT.print(table)
    remark(f"共 {page.total} in all, {len(page.rows)} shown")
    if page.next:
        remark(f"go on with --after {page.next}")
    return 0


def show(report: str, *, csv_file: Csv = None, reads: Reads = READS, common: Common = COMMON) -> int:
    """Show a report as it was made; of the petitions it names, those the reader may know of.

    Parameters
    ----------
    report
        Its id, as `suqiu report list` names it: scorecard-2025-10.1.
    """
    from office.reporting import Made, find_report

    with opened(common) as ours:
        made = Made(report, find_report(ours.event_log, report))
        _tell(made, ours, csv_file, reads.reader(ours.rules), json=common.json)
    return 0


def make(
    kind: str,
    *,
    period: str,
    as_of: str | None = None,
    by: str | None = None,
    csv_file: Csv = None,
    common: Common = COMMON,
) -> int:
    """Make a report: its figures and their hash stand in the log from then on, and can be counted again.

    With --as-of the figures are those of what was on record then; the same report is not written twice.

    Parameters
    ----------
    kind
        digest, situation, scorecard, publication, feedback or review.
    period
        2025-10-09, 2025-10, 2025-Q4, 2025-H2 or 2025.
    as_of
        From what was on record then (a date and time; default: now).
    by
        The member of staff who makes it (default: the engine).
    """
    from aggregates.event import Actor
    from office.reporting import make_report

    notes: list[str] = []
    with opened(common) as ours:
        now = ours.now()
        then = None if as_of is None else not_ahead("--as-of", _moment(as_of, ours.rules, notes), now)
        who = Actor.engine() if by is None else actor(by, ours.rules)
        made = make_report(ours.event_log, ours.rules, _kind(kind), period, now, who, as_of=then)
        remarks(notes)
        _tell(made, ours, csv_file, None if by is None else who, json=common.json)
    return 0


def verify(report: str, *, common: Common = COMMON) -> int:
    """Count a report again from the log up to its position, under the rulebook of its day. Exit 1 if it differs.

    Parameters
    ----------
    report
        Its id, as `suqiu report list` names it.
    """
    from office.reporting import verify_report

    with opened(common) as ours:
        verdict = verify_report(ours.event_log, ours.rules, report)
    same = verdict.outcome == "same"
    if common.json:
        emit(verdict._asdict())
    else:
        OUT.print(f"[{'green' if same else 'red'}]{'✓' if same else '✗'}[/] {report}: {SAME[verdict.outcome]}")
    return 0 if same else FAILED


def _kind(kind: str) -> "ReportKind":
    from rulebook.rhythm import ReportKind

    kinds: tuple[ReportKind, ...] = get_args(ReportKind)
    for known in kinds:
        if known == kind:
            return known
    raise WrongUse(f"kind: expected one of {', '.join(kinds)}; found {kind[:40]!r}")


def _moment(text: str, rules: "Rulebook", notes: list[str]) -> datetime:
    return read_moment("--as-of", text, rules.zone, notes)


def _tell(made: "Made", ours: "Office", csv_file: Path | None, reader: "Actor | None", *, json: bool) -> None:
    from office.reading import hidden_from

    event, zone = made.event, ours.rules.zone
    with ours.event_log.datastore.get_connection() as connection:
        hidden = frozenset(hidden_from(connection, reader, ours.rules))
    tables: list[dict[str, Any]] = [
        {**table, "rows": [row for row in table["rows"] if hidden.isdisjoint(filter(_is_text, row))]}
        for table in json_.loads(event.figures)["tables"]
    ]
    if csv_file is not None:
        _write(csv_file, tables)
    about = {"report": made.id, "kind": event.kind, "period": event.period, "as_of": event.as_of}
    if json:
        moment, made_at = iso(event.moment, zone), iso(event.at, zone)
        more = {"moment": moment, "made_at": made_at, "rulebook": event.rulebook, "sha256": event.sha256}
        emit({**about, **more, "repeated": made.repeated, "tables": tables})
        return
    draw(tables, Reader(ours.rules, lambda petition: receipt_of(ours, petition), lambda at: shown(at, zone)))
    remark(f"{made.id}: log up to {event.as_of}, speaking of {shown(event.moment, zone)}, sha256 {event.sha256}")


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def receipt_of(ours: "Office", petition: str) -> str:
    """The receipt of a petition, which is what commands ask for: figures name ids only."""
    records = ours.event_log.read(petition)
    return str(getattr(records[0].event, "receipt", petition)) if records else petition


def _write(path: Path, tables: list[dict[str, Any]]) -> None:
    """All tables under each other, each with its name in the first column; with a BOM, for Excel."""
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    for table in tables:
        rows.writerow(["table", *table["columns"]])
        rows.writerows([table["name"], *map(_plain, row)] for row in table["rows"])
    with replacing(path) as file:
        file.write(text.getvalue().encode("utf-8-sig"))


def _plain(cell: Any) -> Any:
    """A cell that neither a spreadsheet takes for a formula nor a terminal for an order."""
    return harmless(visible(cell)) if isinstance(cell, str) else cell
