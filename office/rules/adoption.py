"""Adoptions of rulebooks: appended to the log and read from it. Which one is in force: `rules_in_force.py`."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, time

import structlog

from aggregates.adoption import RulebookAdopted, content_of, is_old
from aggregates.adoption import adopt as decide
from aggregates.event import Actor
from aggregates.office.events import adoption_stream
from aggregates.record import Recorded
from aggregates.streams import RULEBOOK
from eventstore.log import Append, EventLog
from eventstore.once import Written, append_once
from rulebook.model import Rulebook
from rulebook.problems import BadInput

log = structlog.get_logger(__name__)


class OtherRulebook(BadInput):
    """The store has adopted a rulebook of another id than the file's; the message names both."""


def goes_by(event_log: EventLog, file: Rulebook) -> None:
    """Refuse a store in which only rulebooks of another id were adopted: each town has a store of its own.

    Raises:
        OtherRulebook: the store has adoptions, and none of the file's id.
    """
    if adoptions(event_log, file.id):
        return
    others = [stream.removeprefix(RULEBOOK) for stream in event_log.begun(RULEBOOK)]
    if others:
        raise OtherRulebook(
            f"SUQIU_RULEBOOK: expected the file of the rulebook {others[0]}, which was adopted in this store; "
            f"found {file.id}"
        )


def stream_of(book: str) -> str:
    """The stream of a rulebook's adoptions."""
    return RULEBOOK + book


def adoptions(event_log: EventLog, book: str, after: int = 0) -> list[RulebookAdopted]:
    """Every adoption of a rulebook's id after the first `after`, oldest first."""
    return _adopted(event_log.read(stream_of(book), after))


def _adopted(records: Iterable[Recorded]) -> list[RulebookAdopted]:
    return [record.event for record in records if isinstance(record.event, RulebookAdopted)]


def unfinished(event_log: EventLog, book: str, beat: Callable[[], None] = lambda: None) -> list[int]:
    """Numbers of the adoptions that were not yet applied to every running petition.

    Number 1 is never among them: no petition is older. `beat` is called after each stream, to report progress.
    """
    found = []
    for number in range(2, len(adoptions(event_log, book)) + 1):
        beat()
        if not event_log.read(adoption_stream(book, number)):
            found.append(number)
    return found


def begins(adopted: RulebookAdopted) -> datetime:
    """The first instant at which an adopted book is in force: midnight of its day in its own zone."""
    return datetime.combine(adopted.effective_from, time(), Rulebook.model_validate(content_of(adopted)).zone)


def adopted_book(event_log: EventLog, book: str, rulebook_hash: str) -> Rulebook | None:
    """The adopted book with this hash; None: it was never adopted."""
    for adopted in adoptions(event_log, book):
        if adopted.rulebook == rulebook_hash:
            return Rulebook.model_validate(content_of(adopted))
    return None


def adopt(
    event_log: EventLog, rules: Rulebook, by: Actor, now: datetime, effective_from: date | None = None
) -> tuple[int, bool]:
    """Adopt a rulebook, in force from a day (default: the book's own); returns its number and whether it was appended.

    False: it is the one adopted last, from the same day. Two processes that adopt the same book at once append it once.
    """
    day = effective_from or rules.effective_from
    written = _append(event_log, rules, lambda known: decide(known, rules, by, now, day))
    return len(written.records) + len(written.events), bool(written.events)


def adopt_file(event_log: EventLog, file: Rulebook, now: datetime) -> bool:
    """Adopt the file a process was started with, unless it is an old one; returns whether it was appended.

    A book that was adopted before is never adopted again by a start, nor one whose own day is before that of an adopted
    book: of two processes with different files each has its book adopted at most once, and the later day wins; of the
    same day, the one appended last. To go back to an earlier book is an act: `suqiu rulebook adopt`.
    """

    def of_a_start(known: list[RulebookAdopted]) -> RulebookAdopted | None:
        if any(each.rulebook == file.hash for each in known):
            if known[-1].rulebook != file.hash:
                log.warning("rulebook.file_is_not_the_one_adopted_last", file=file.hash, last=known[-1].rulebook)
            return None
        if is_old(known, file):
            log.warning("rulebook.file_is_older", file=file.hash, effective_from=str(file.effective_from))
            return None
        return decide(known, file, Actor.engine(), now, file.effective_from)

    return bool(_append(event_log, file, of_a_start).events)


def _append(
    event_log: EventLog, rules: Rulebook, event_for: Callable[[list[RulebookAdopted]], RulebookAdopted | None]
) -> Written:
    stream = stream_of(rules.id)

    def decide_next(records: list[Recorded]) -> Append | None:
        event, version = event_for(_adopted(records)), len(records)
        return Append(stream, version, (event,), f"adopt:{rules.hash}:{version}", event.at) if event else None

    return append_once(event_log, stream, decide_next)
