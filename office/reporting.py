"""Reports: counted from the log up to a position, recorded as an event with a hash of their figures, and verifiable."""

from datetime import datetime
from typing import Literal, NamedTuple

import structlog

from aggregates.event import Actor, Event, Header
from aggregates.office.decisions import made_before, report
from aggregates.office.events import ReportMade, report_id, report_stream
from aggregates.record import Recorded
from eventstore.log import Append, EventLog
from eventstore.once import append_once
from eventstore.positions import position_at, prefix
from office.rules.adoption import adopted_book
from projections.figures import COUNTED_BY, figures_of, hash_of
from projections.periods import Period, period_of
from projections.tables import Asked
from rulebook.model import Rulebook
from rulebook.problems import BadInput
from rulebook.rhythm import ReportKind

log = structlog.get_logger(__name__)


class UnknownReport(BadInput):
    """No report of this id is on record."""


class BadReport(BadInput):
    """The report cannot be made; the message says what was expected."""


class Made(NamedTuple):
    """A report on record; `repeated`: it was on record before."""

    id: str
    event: ReportMade
    repeated: bool = False


class Verdict(NamedTuple):
    """The result of counting again: same or different figures, or why this program cannot count it."""

    id: str
    outcome: Literal["same", "different", "other_rules", "other_counting", "log_shorter"]
    recorded: str
    counted: str | None


def make_report(
    event_log: EventLog,
    rules: Rulebook,
    kind: ReportKind,
    label: str,
    now: datetime,
    by: Actor,
    *,
    as_of: datetime | None = None,
    rule: str | None = None,
) -> Made:
    """Count a report and record it. With `as_of`, idempotent: the same figures are not recorded twice.

    `as_of`: count what was on record then; None: everything on record now.

    Raises:
        BadPeriod: `label` names no period.
        BadReport: the period does not fit the kind, or begins after `as_of`.
        PersistenceError: the database was lost; it is safe to repeat.
    """
    period = period_of(label, rules.zone)
    moment = as_of or now
    _fits(kind, period, moment)
    stream = report_stream(kind, period.label)
    stands: list[Recorded] = []

    def decide(records: list[Recorded]) -> Append | None:
        position = event_log.head() if as_of is None else position_at(event_log, as_of)
        figures = figures_of(kind, Asked(period, moment, rules), prefix(event_log, position))
        made = report(
            Header(now, by, rules.hash, rule),
            kind,
            period.label,
            as_of=position,
            moment=moment,
            figures=figures,
            sha256=hash_of(figures),
            counted_by=COUNTED_BY,
        )
        same = made_before(records, made) if as_of is not None else None
        if same is not None:
            stands.append(same)
            return None
        return Append(stream, len(records), (made,), f"report:{len(records) + 1}", now)

    written = append_once(event_log, stream, decide)
    if written.append is None:
        (same,) = stands
        return _made(same.event, same.version, repeated=True)
    made = _made(written.events[0], written.append.expected_version + 1)
    log.info("office.report_made", report=made.id, position=made.event.as_of, sha256=made.event.sha256)
    return made


def _made(event: Event, version: int, *, repeated: bool = False) -> Made:
    assert isinstance(event, ReportMade)
    return Made(report_id(event.kind, event.period, version), event, repeated)


def reports_of(event_log: EventLog, kind: ReportKind, label: str) -> list[ReportMade]:
    """Every version of a report about a period, oldest first."""
    events = (record.event for record in event_log.read(report_stream(kind, label)))
    return [event for event in events if isinstance(event, ReportMade)]


def find_report(event_log: EventLog, name: str) -> ReportMade:
    """The report with this id.

    Raises:
        UnknownReport: none is on record.
    """
    head, _, version = name.rpartition(".")
    kind, _, label = head.partition("-")
    if version.isdigit():
        for record in event_log.read(report_stream(kind, label)):
            if record.version == int(version) and isinstance(record.event, ReportMade):
                return record.event
    raise UnknownReport(f"report: no {name[:60]!r} is on record; `suqiu report list` has them all")


def verify_report(event_log: EventLog, rules: Rulebook, name: str) -> Verdict:
    """Count a report again from the log up to its position, under the rulebook it was made by, and compare.

    Raises:
        UnknownReport: none is on record.
    """
    found = find_report(event_log, name)
    book = rules if rules.hash == found.rulebook else adopted_book(event_log, rules.id, found.rulebook)
    if hash_of(found.figures) != found.sha256:
        return Verdict(name, "different", found.sha256, hash_of(found.figures))
    if book is None:
        return Verdict(name, "other_rules", found.sha256, None)
    if found.counted_by != COUNTED_BY:
        return Verdict(name, "other_counting", found.sha256, None)
    if event_log.head() < found.as_of:
        return Verdict(name, "log_shorter", found.sha256, None)
    asked = Asked(period_of(found.period, book.zone), found.moment, book)
    counted = hash_of(figures_of(found.kind, asked, prefix(event_log, found.as_of)))
    return Verdict(name, "same" if counted == found.sha256 else "different", found.sha256, counted)


def _fits(kind: ReportKind, period: Period, moment: datetime) -> None:
    if period.starts > moment:
        said = moment.astimezone(period.starts.tzinfo).isoformat(timespec="minutes")
        raise BadReport(f"period: {period.label} begins only after {said}")
    if kind == "digest" and (period.ends - period.starts).days > 1:
        raise BadReport(f"period: a digest is of one day, as 2025-10-09; found {period.label}")
