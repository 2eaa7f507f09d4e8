"""What `suqiu petition show` says of erasures: when, why, by which two roles. The personal data itself is nowhere."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from aggregates.erasures.decisions import Erasure
from aggregates.erasures.events import ResidentErased
from aggregates.record import Recorded
from cli.moments import iso
from cli.screen import remark
from projections.erasures import says_erased
from projections.sentences import Sentence
from projections.words import ERASURE_WAITS

if TYPE_CHECKING:
    from eventstore.log import EventLog
    from rulebook.model import Rulebook


class Beside(NamedTuple):
    """An erasure of one of the petition's residents, the `number`-th of them: done to it, or on its way."""

    number: int
    erasure: Erasure

    def says(self) -> Sentence:
        """What the timeline says once it is done."""
        asked, decided = self.erasure.asked_event, self.erasure.decided
        assert decided is not None
        return says_erased(asked.reason, asked.by.role.value, decided.event.by.role.value)


def erasures_beside(
    event_log: "EventLog", petition: str, records: Sequence[Recorded], by: datetime | None
) -> list[Beside]:
    """The erasures that reached a petition, and what is on its way for its residents; on record `by` a time, if given.

    Raises:
        PersistenceError: the database was lost.
    """
    from aggregates.erasures.decisions import rounds
    from aggregates.messages.telling import contacts_of
    from office.keys.erasing import stream_of

    found = []
    for number, contact in enumerate(contacts_of(records), 1):
        known = event_log.read(stream_of(contact.resident))
        known = [record for record in known if by is None or record.recorded_at <= by]
        found += [Beside(number, each) for each in rounds(contact.resident, known) if _concerns(each, petition)]
    return found


def _concerns(erasure: Erasure, petition: str) -> bool:
    if erasure.erased is not None:
        assert isinstance(erasure.erased.event, ResidentErased)
        return petition in erasure.erased.event.streams
    return erasure.waits_for is not None


def erasure_facts(beside: Beside, book: "Rulebook") -> dict[str, Any]:
    """An erasure for programs: the steps with their times and roles, why, and who must act next."""
    state = beside.erasure

    def step(record: Recorded | None) -> dict[str, Any] | None:
        return record and {"at": iso(record.event.at, book.zone), "role": record.event.by.role.value}

    return {
        "resident": beside.number,
        "stage": state.stage,
        "waits_for": state.waits_for,
        "reason": state.asked_event.reason if state.asked else None,
        "wished_at": iso(state.wished.event.at, book.zone) if state.wished else None,
        "asked": step(state.asked),
        "decided": step(state.decided),
        "erased_at": iso(state.erased.event.at, book.zone) if state.erased else None,
    }


def in_order(timeline: list[dict[str, Any]], erasures: Sequence[Beside], book: "Rulebook") -> list[dict[str, Any]]:
    """A petition's timeline with its erasures where they were recorded; they have no version of the petition's."""
    found = list(timeline)
    for each in erasures:
        record = each.erasure.erased
        if record is None:
            continue
        sentence = each.says()
        found.append(
            {
                "version": None,
                "topic": record.event.TOPIC,
                "at": iso(record.event.at, book.zone),
                "recorded_at": iso(record.recorded_at, book.zone),
                "by": f"{record.event.by.role.value}:{record.event.by.id}",
                "rule": record.event.rule,
                "zh": sentence.zh,
                "en": sentence.en,
            }
        )
    return sorted(found, key=lambda entry: datetime.fromisoformat(entry["recorded_at"]))


def tell_waiting(erasures: Sequence[Beside]) -> None:
    """Say what is on its way and who must act."""
    for each in erasures:
        if (waits := each.erasure.waits_for) is not None:
            by = "居民 the resident" if each.erasure.wished else "办理人员 the office"
            remark(f"删除个人信息 erasure asked for by {by} · {ERASURE_WAITS[waits]}")
