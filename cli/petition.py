"""`suqiu petition show`: one petition, folded from its events."""

from typing import TYPE_CHECKING, Any

from cli.acts import SEE
from cli.doors import opened, petition_of
from cli.failures import WrongUse
from cli.moments import iso, not_ahead, read_moment
from cli.options import COMMON, Common
from cli.screen import emit, remarks

if TYPE_CHECKING:
    from datetime import datetime

    from aggregates.record import Recorded
    from aggregates.state import Petition
    from rulebook.model import Rulebook


def show(receipt: str, /, *, as_of: str | None = None, common: Common = COMMON) -> int:
    """Show a petition: where it is, its clock, what comes next, and everything that happened. No personal data.

    Parameters
    ----------
    receipt
        The number the resident was given, as SQ-XXXX-XXXX-XXXX-XXXXX.
    as_of
        Only what was on record by then, as 2025-10-09T10:00.
    """
    from aggregates.state import fold

    notes: list[str] = []
    with opened(common) as ours:
        book = ours.rules
        now = ours.now()
        petition = petition_of(ours, receipt)
        records = ours.petitions.read(petition)
        if as_of is not None:
            now = not_ahead("--as-of", read_moment("--as-of", as_of, book.zone, notes), now)
            records = [record for record in records if record.recorded_at <= now]
            if not records:
                raise WrongUse(f"--as-of: nothing was on record of this petition by {now.isoformat()}")
    state = fold(petition, (record.event for record in records))
    if common.json:
        emit({**facts(state, records, book, now), "as_of": iso(now, book.zone) if as_of else None, "notes": notes})
        return 0
    from cli.petition_page import draw

    draw(state, records, book, now)
    remarks(notes)
    return 0


def facts(state: "Petition", records: "list[Recorded]", book: "Rulebook", now: "datetime") -> dict[str, Any]:
    """What is on record, for programs."""
    from aggregates.agenda import agenda

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
        "next": {"step": owed.step.value, "due_at": iso(owed.due_at, zone)} if owed.step else None,
        "escalations": state.escalations,
        "returns": state.returns,
        "disputes": state.disputes,
        "outcome": state.outcome,
        "timeline": [_entry(record, book) for record in records],
    }


def _clock(state: "Petition", book: "Rulebook") -> dict[str, Any] | None:
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
    }


COMMANDS = ((show, "show", SEE, "suqiu petition show SQ-8F2K-M3QT-9WVB-0C4E7"),)
