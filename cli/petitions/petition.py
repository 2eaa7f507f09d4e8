"""`suqiu petition show`: one petition, folded from its events."""

from typing import TYPE_CHECKING, Any

from cli.doors import opened, read_petition
from cli.failures import WrongUse
from cli.moments import iso, not_ahead, read_moment
from cli.options import COMMON, Common
from cli.reads import READS, Reads
from cli.screen import OUT, emit, remarks

if TYPE_CHECKING:
    from datetime import datetime

    from aggregates.petition.state import Petition
    from aggregates.record import Recorded
    from office.reading import Read
    from rulebook.model import Rulebook


def show(
    receipt: str,
    /,
    *,
    as_of: str | None = None,
    days: bool = False,
    reads: Reads = READS,
    common: Common = COMMON,
) -> int:
    """Show a petition: where it is, its clocks, what comes next, and everything that happened. No personal data.

    Parameters
    ----------
    receipt
        The number the resident was given, as SQ-XXXX-XXXX-XXXX-XXXXX; with --by, an internal id (p-…) too.
    as_of
        Only what was on record by then, as 2025-10-09T10:00.
    days
        Each clock day by day: which days counted, and why the others did not.
    """
    from aggregates.petition.state import fold
    from cli.petitions.erasures import erasure_facts, erasures_beside, in_order, tell_waiting
    from eventstore.log import ERASED

    notes: list[str] = []
    with opened(common) as ours:
        book = ours.rules
        now = ours.now()
        read = read_petition(ours, receipt, reads.reader(book))
        petition, records = read.stream, list(read.records)
        if as_of is not None:
            now = not_ahead("--as-of", read_moment("--as-of", as_of, book.zone, notes), now)
            records = [record for record in records if record.recorded_at <= now]
            if not records:
                raise WrongUse(f"--as-of: nothing was on record of this petition by {now.isoformat()}")
        erased = ours.event_log.is_erased(records[0])
        erasures = erasures_beside(ours.event_log, petition, records, now if as_of is not None else None)
    state = fold(petition, (record.event for record in records))
    if common.json:
        said = facts(state, records, book, now, read, days=days)
        told = {"personal": ERASED if erased else "sealed", "as_of": iso(now, book.zone) if as_of else None}
        said["timeline"] = in_order(said["timeline"], erasures, book)
        emit({**said, **told, "erasures": [erasure_facts(each, book) for each in erasures], "notes": notes})
        return 0
    from cli.petitions.page import draw

    draw(state, records, book, now, read, days=days, erasures=erasures)
    if erased:
        OUT.print(f"个人信息 personal data: {ERASED}", markup=False)
    tell_waiting(erasures)
    remarks([*notes, f"谁可办 who may do what now: suqiu petition may {state.receipt}"])
    return 0


def facts(
    state: "Petition", records: "list[Recorded]", book: "Rulebook", now: "datetime", read: "Read", *, days: bool = False
) -> dict[str, Any]:
    """What is on record, for programs, as a reader sees it; what is masked for them is null."""
    from aggregates.petition.agenda import agenda
    from cli.petitions.clocks import clock_facts, clocks_of

    owed = agenda(state)
    zone = book.zone
    return {
        "receipt": state.receipt,
        "petition": state.id,
        "version": state.version,
        "status": state.stage.value,
        "open": state.open,
        "category": state.category,
        "tier": state.tier,
        "matter": state.matter,
        "unit": state.unit,
        "assisting": list(state.assisting),
        "with_leader": state.with_leader,
        "channel": state.channel,
        "community": state.community,
        "received_at": iso(state.received_at, zone),
        "due_at": iso(state.due_at, zone),
        "overdue": bool(state.due_at and state.due_at < now),
        "clock": _clock(state, book),
        "clocks": [clock_facts(each, state, book, days=days) for each in clocks_of(state, book, now)],
        "next": {"step": owed.step.value, "due_at": iso(owed.due_at, zone)} if owed.step else None,
        "escalations": state.escalations,
        "returns": state.returns,
        "disputes": state.disputes,
        "outcome": state.outcome,
        **_whose(state, read),
        **_beside(state, book, read),
        "timeline": [_entry(record, book) for record in records],
    }


def _whose(state: "Petition", read: "Read") -> dict[str, Any]:
    """Who asks, as far as anybody may know, how urgent it is, and who watches."""
    from aggregates.readers import Field

    return {
        "residents": state.residents,
        "anonymous": state.anonymous,
        "confidential": state.confidential,
        "complained_about": list(state.complained_about) if read.shows(Field.COMPLAINT) else None,
        "urgent": state.urgent,
        "priority": state.priority,
        "supervised_by": state.supervised_by,
        "decided_above": state.decided_above,
    }


def _beside(state: "Petition", book: "Rulebook", read: "Read") -> dict[str, Any]:
    """What happens beside the straight way; None, or nothing, where it does not."""
    from aggregates.readers import Field

    zone = book.zone
    parking, waits = state.parking_asked, state.waits_until
    return {
        "waits": {"before": state.before, "since": iso(state.waited_from, zone), "until": iso(waits, zone)}
        if waits
        else None,
        "parking_asked": {
            "cause": parking.cause,
            "look_again_at": iso(parking.look_again_at, zone),
            "by": parking.by,
        }
        if parking
        else None,
        "merged_into": {"petition": state.merged_into if read.shows(Field.OTHER) else None}
        if state.merged_into
        else None,
        "papers": {"names": list(state.papers), "unit": state.papers_for, "stage": state.papers_stage}
        if state.papers_stage
        else None,
        "hand_over": {"unit": state.handed_over_to, "confirmed": state.hand_over_confirmed}
        if state.handed_over_to
        else None,
        "mediation": list(state.mediation),
        "referred_to": state.referred_to,
        "review": {
            "level": state.review_level,
            "tier": state.review_tier,
            "unit": state.review_unit,
            "final": state.final,
        }
        if state.review_level
        else None,
        "dispute_by": iso(state.dispute_by, zone),
        "review_by": iso(state.review_by, zone),
    }


def _clock(state: "Petition", book: "Rulebook") -> dict[str, Any] | None:
    """The tier's clock."""
    clock = state.clock
    if clock is None:
        return None
    return {
        "rule": clock.rule,
        "started_at": iso(clock.started_at, book.zone),
        "due_at": iso(clock.due_at, book.zone),
        "reminders": [iso(moment, book.zone) for moment in clock.reminders],
        "reminders_given": state.reminders_given,
        "provisional": clock.provisional,
        "calendar": clock.calendar,
        "running": state.due_at is not None and not state.with_leader,
    }


def _entry(record: "Recorded", book: "Rulebook") -> dict[str, Any]:
    from cli.petitions.clocks import moves
    from projections.sentences import facts_of, names_of, says

    event = record.event
    sentence = says(event.TOPIC, facts_of(event), names_of(book))
    return {
        "version": record.version,
        "topic": event.TOPIC,
        "at": iso(event.at, book.zone),
        "recorded_at": iso(record.recorded_at, book.zone),
        "by": f"{event.by.role.value}:{event.by.id}",
        "rule": event.rule,
        "zh": sentence.zh,
        "en": sentence.en,
        "moved": [
            {
                "clock": each.clock.name,
                "was_due_at": iso(each.was_due_at, book.zone),
                "due_at": iso(each.clock.due_at, book.zone),
                "provisional": each.clock.provisional,
            }
            for each in moves(event)
        ],
    }
