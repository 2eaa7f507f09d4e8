"""Decisions about the office's own records, each from its stream."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from aggregates.event import Header
from aggregates.office.events import (
    LOSSES_TOLD,
    STREAMS_NOTED,
    AdoptionCarriedOut,
    Difference,
    FallsNoted,
    Fault,
    LossAccepted,
    LossReason,
    MasterKeyReplaced,
    Missing,
    ReceptionDayAnnounced,
    ReportMade,
    TimesNoted,
    TimesOf,
    WorkflowsReconciled,
    WrongClock,
)
from aggregates.record import Recorded
from rulebook.rhythm import ReportKind


def reconcile(header: Header, looked_at: int, differences: Sequence[Difference]) -> WorkflowsReconciled:
    """Workflows were compared with the log, and these differed."""
    return WorkflowsReconciled(**header._asdict(), petitions=looked_at, differences=tuple(differences))


def told_last(records: Sequence[Recorded]) -> set[tuple[str, Fault]]:
    """The differences in the last entry: a fault that only people can repair is not recorded again at each check."""
    last = records[-1].event if records else None
    return (
        {(each.petition, each.fault) for each in last.differences} if isinstance(last, WorkflowsReconciled) else set()
    )


def report(
    header: Header,
    kind: ReportKind,
    period: str,
    *,
    as_of: int,
    moment: datetime,
    figures: str,
    sha256: str,
    counted_by: int,
) -> ReportMade:
    """A report with its figures."""
    return ReportMade(
        **header._asdict(),
        kind=kind,
        period=period,
        as_of=as_of,
        moment=moment,
        figures=figures,
        sha256=sha256,
        counted_by=counted_by,
    )


def made_before(records: Iterable[Recorded], made: ReportMade) -> Recorded | None:
    """The record of a report from the same events, as of the same moment, under the same book and way of counting."""
    for record in records:
        if isinstance(record.event, ReportMade) and _about(record.event) == _about(made):
            return record
    return None


def announce(
    records: Iterable[Recorded], header: Header, period: str, *, day: date, opens: datetime, closes: datetime
) -> ReceptionDayAnnounced | None:
    """The reception day of a month; None: it is announced already (idempotent)."""
    if any(isinstance(each.event, ReceptionDayAnnounced) and each.event.period == period for each in records):
        return None
    return ReceptionDayAnnounced(**header._asdict(), period=period, day=day, opens=opens, closes=closes)


def carry_out(
    records: Sequence[Recorded], header: Header, book: str, number: int, *, petitions: int, moved: int
) -> AdoptionCarriedOut | None:
    """An adoption was applied to every running petition; None: that is on record (idempotent)."""
    if records:
        return None
    return AdoptionCarriedOut(**header._asdict(), book=book, number=number, petitions=petitions, moved=moved)


def accept_loss(
    header: Header,
    *,
    known: int,
    known_root: str,
    known_at: datetime,
    known_from: str,
    kept: int,
    size: int,
    retired_key: str,
    earlier_keys: Iterable[str],
    key: str,
    reason: LossReason,
    missing: Sequence[Missing] | None,
) -> LossAccepted:
    """A person accepts that what follows the first `kept` events is lost. `missing` None: Temporal was not asked."""
    return LossAccepted(
        **header._asdict(),
        known=known,
        known_root=known_root,
        known_at=known_at,
        known_from=known_from,
        kept=kept,
        size=size,
        retired_key=retired_key,
        earlier_keys=tuple(each for each in earlier_keys if each != retired_key),
        key=key,
        reason=reason,
        missing_streams=None if missing is None else len(missing),
        missing=tuple((missing or ())[:LOSSES_TOLD]),
    )


def note_times(
    header: Header, reason: WrongClock, named: Sequence[TimesOf], most: int = STREAMS_NOTED
) -> tuple[TimesNoted, ...]:
    """A leader notes that a wrong clock recorded these; several events, of `most` streams each."""
    return tuple(
        TimesNoted(**header._asdict(), reason=reason, streams=tuple(named[at : at + most]))
        for at in range(0, len(named), most)
    )


def note_falls(
    header: Header, reason: WrongClock, named: Sequence[TimesOf], checkpoints: Sequence[int], most: int = STREAMS_NOTED
) -> tuple[FallsNoted, ...]:
    """A leader notes times that fall; several events, of `most` streams or checkpoints each."""
    return tuple(
        FallsNoted(
            **header._asdict(),
            reason=reason,
            streams=tuple(named[at : at + most]),
            checkpoints=tuple(checkpoints[at : at + most]),
        )
        for at in range(0, max(len(named), len(checkpoints)), most)
    )


def replace_master_key(
    header: Header, before: MasterKeyReplaced | None, key: str, as_of: int | None
) -> MasterKeyReplaced | None:
    """The keys are wrapped by another master key; None: that is on record. `before`: the last time.

    `as_of` None: they were found so, by whoever repeats what was stopped. When it was is not known then, so that keys
    destroyed since the time before count as wrapped by the new one.
    """
    if before is not None and before.key == key:
        return None
    known = before.as_of if before is not None else 0
    return MasterKeyReplaced(**header._asdict(), key=key, as_of=known if as_of is None else as_of)


def _about(made: ReportMade) -> tuple[int, datetime, str, int]:
    return made.as_of, made.moment, made.rulebook, made.counted_by
