"""Reports: made from the log up to a position, kept as an event with their figures' hash, and counted again."""

from datetime import datetime
from typing import Literal, NamedTuple

import structlog

from aggregates.event import Actor
from aggregates.office import ReportMade, report_id, report_stream
from eventstore.log import Append, PetitionLog
from eventstore.positions import position_at, prefix
from office.rules.adoption import adopted_book
from projections.figures import COUNTED_BY, figures_of, hash_of
from projections.periods import Period, period_of
from projections.tables import Asked
from rulebook.model import Rulebook
from rulebook.rhythm import ReportKind

log = structlog.get_logger(__name__)


class UnknownReport(Exception):
    """No report of this id is on record."""


class BadReport(Exception):
    """Such a report cannot be made; the message says what was expected."""


class Made(NamedTuple):
    """A report on record; `repeated`: it stood there before."""

    id: str
    event: ReportMade
    repeated: bool = False


class Verdict(NamedTuple):
    """What came of counting again: the same, others figures, or why it cannot be done here."""

    id: str
    outcome: Literal["same", "different", "other_rules", "other_counting", "log_shorter"]
    recorded: str
    counted: str | None


def make_report(
    petitions: PetitionLog,
    rules: Rulebook,
    kind: ReportKind,
    label: str,
    now: datetime,
    by: Actor,
    *,
    as_of: datetime | None = None,
    rule: str | None = None,
) -> Made:
    """Count a report and write it into the log. From the same events the same report is not written again.

    `as_of`: from what was on record then; None: from everything on record now.

    Raises:
        BadPeriod: the label is none.
        BadReport: the period does not fit, or has not begun at `as_of`.
        PersistenceError: the database was lost; it is safe to repeat.
    """
    period = period_of(label, rules.zone)
    moment = as_of or now
    _fits(kind, period, moment)
    stream = report_stream(kind, period.label)
    while True:
        known = petitions.read(stream)
        position = petitions.head() if as_of is None else position_at(petitions, as_of)
        figures = figures_of(kind, Asked(period, moment, rules), prefix(petitions, position))
        event = ReportMade(
            at=now,
            by=by,
            rulebook=rules.hash,
            rule=rule,
            kind=kind,
            period=period.label,
            as_of=position,
            moment=moment,
            figures=figures,
            sha256=hash_of(figures),
            counted_by=COUNTED_BY,
        )
        for record in known:
            same = record.event
            if isinstance(same, ReportMade) and as_of is not None and _about(same) == _about(event):
                return Made(report_id(kind, period.label, record.version), same, repeated=True)
        version = len(known) + 1
        append = Append(stream, len(known), (event,), f"report:{version}", now)
        if petitions.append([append])[0]:
            made = Made(report_id(kind, period.label, version), event)
            log.info("office.report_made", report=made.id, position=position, sha256=event.sha256)
            return made


def reports_of(petitions: PetitionLog, kind: ReportKind, label: str) -> list[ReportMade]:
    """Every making of a report about a period, oldest first."""
    events = (record.event for record in petitions.read(report_stream(kind, label)))
    return [event for event in events if isinstance(event, ReportMade)]


def find_report(petitions: PetitionLog, name: str) -> ReportMade:
    """The report of an id.

    Raises:
        UnknownReport: there is none.
    """
    head, _, version = name.rpartition(".")
    kind, _, label = head.partition("-")
    if version.isdigit():
        for record in petitions.read(report_stream(kind, label)):
            if record.version == int(version) and isinstance(record.event, ReportMade):
                return record.event
    raise UnknownReport(f"report: no {name[:60]!r} is on record; `suqiu report list` has them all")


def verify_report(petitions: PetitionLog, rules: Rulebook, name: str) -> Verdict:
    """Count a report again from the log up to its position, under the rulebook of its day, and compare.

    Raises:
        UnknownReport: there is none.
    """
    report = find_report(petitions, name)
    book = rules if rules.hash == report.rulebook else adopted_book(petitions, rules.id, report.rulebook)
    if hash_of(report.figures) != report.sha256:
        return Verdict(name, "different", report.sha256, hash_of(report.figures))
    if book is None:
        return Verdict(name, "other_rules", report.sha256, None)
    if report.counted_by != COUNTED_BY:
        return Verdict(name, "other_counting", report.sha256, None)
    if petitions.head() < report.as_of:
        return Verdict(name, "log_shorter", report.sha256, None)
    asked = Asked(period_of(report.period, book.zone), report.moment, book)
    counted = hash_of(figures_of(report.kind, asked, prefix(petitions, report.as_of)))
    return Verdict(name, "same" if counted == report.sha256 else "different", report.sha256, counted)


def _about(report: ReportMade) -> tuple[int, datetime, str, int]:
    return report.as_of, report.moment, report.rulebook, report.counted_by


def _fits(kind: ReportKind, period: Period, moment: datetime) -> None:
    if period.starts > moment:
        said = moment.astimezone(period.starts.tzinfo).isoformat(timespec="minutes")
        raise BadReport(f"period: {period.label} begins only after {said}")
    if kind == "digest" and (period.ends - period.starts).days > 1:
        raise BadReport(f"period: a digest is of one day, as 2025-10-09; found {period.label}")
