"""Replays over the store: one petition or all, under the rulebooks of the log, or under another one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from aggregates.adoption import RulebookAdopted, content_of
from aggregates.record import Recorded
from aggregates.replay.differing import Differing, Sums, differing, ranks
from aggregates.replay.otherwise import otherwise
from aggregates.replay.steps import NOT_TOLD, Books, Difference, InForce, Replayed, decided_at, replay
from aggregates.streams import BESIDE
from eventstore.codec import UnreadableEvent, decode
from eventstore.log import EventLog
from eventstore.proofs import archive
from eventstore.recorder import StoredRow
from eventstore.whole_streams import count_streams, whole_streams
from office.rules.adoption import adoptions, stream_of
from office.rules.rules_in_force import LOOK_EVERY_SECONDS, in_force
from rulebook.model import Rulebook

EXAMPLES = 20
"""The most differing petitions shown in a report over all."""


HEARD_WITHIN = timedelta(seconds=10 * LOOK_EVERY_SECONDS)
"""How long after an adoption a step may still name the rulebook before it."""


class Case(NamedTuple):
    """A petition's records, up to the first undecodable row; `unreadable`: that row, None: there is none."""

    petition: str
    records: list[Recorded]
    unreadable: Difference | None


def books_of(event_log: EventLog, file: Rulebook) -> Books:
    """Function from hash to rulebook: the adopted ones, and the file's, which may have been used before that."""
    adopted = {each.rulebook: each for each in adoptions(event_log, file.id)}
    read: dict[str, Rulebook] = {file.hash: file}

    def book(rulebook_hash: str) -> Rulebook | None:
        if rulebook_hash not in read and rulebook_hash in adopted:
            read[rulebook_hash] = Rulebook.model_validate(content_of(adopted[rulebook_hash]))
        return read.get(rulebook_hash)

    return book


def in_force_of(event_log: EventLog, file: Rulebook, books: Books) -> InForce:
    """Which books may have been in force at an instant, by the adoptions on record when a decision was recorded.

    A running process learns of an adoption a moment late: until then the book before it is right too, and of several
    adopted in short succession any of them.
    """
    return in_force_by(event_log.read(stream_of(file.id)), books)


def in_force_by(adoptions_on_record: Iterable[Recorded], books: Books) -> InForce:
    """As `in_force_of`, by these records of the stream of a rulebook's adoptions."""
    adopted = [
        (record.recorded_at, record.event)
        for record in adoptions_on_record
        if isinstance(record.event, RulebookAdopted)
    ]

    def known(at: datetime, by: datetime) -> frozenset[str]:
        heard = tuple(event for recorded_at, event in adopted if recorded_at <= by)
        named = {event.rulebook: book for event in heard if (book := books(event.rulebook))}
        book = in_force(heard, named, at) if len(named) == len({event.rulebook for event in heard}) else None
        return frozenset({book.hash} if book else ())

    def may(at: datetime, noted: datetime) -> frozenset[str]:
        before = known(at, noted - HEARD_WITHIN)
        since = {recorded_at for recorded_at, _ in adopted if noted - HEARD_WITHIN < recorded_at <= noted}
        return before.union(*(known(at, moment) for moment in since)) if before else frozenset()

    return may


def not_in_force(records: Iterable[Recorded], adopted: Sequence[Recorded], books: Books) -> set[int]:
    """Versions of events decided under a book that was not in force then; `adopted`: the stream of its adoptions.

    Before anything was adopted it is the book adopted first: intake does not wait for the process that adopts it.
    """
    may = in_force_by(adopted, books)
    first = {each.event.rulebook for each in adopted[:1]}
    return {
        record.version
        for record in records
        if record.event.rulebook not in (may(decided_at(record), record.recorded_at) or first)
    }


def case_of(rows: Iterable[StoredRow], as_of: datetime | None = None) -> Case:
    """A petition's rows as a case; with `as_of`, those recorded by then.

    A row before one recorded by then counts as recorded by then too, whatever its clock said.
    """
    rows = list(rows)
    records: list[Recorded] = []
    petition = rows[-1].stream if rows else ""
    while as_of is not None and rows and rows[-1].recorded_at > as_of:
        rows.pop()
    for row in rows:
        try:
            event = decode(row.topic, row.state)
        except UnreadableEvent as error:
            reason = str(error).splitlines()[0]
            told = f"cannot be read (position {row.position}): {reason}; nothing after it was decided again"
            return Case(petition, records, Difference(row.version, row.topic, "", "a row", told))
        records.append(Recorded(row.position, row.stream, row.version, row.recorded_at, row.command_id, event))
    return Case(petition, records, None)


def replayed(case: Case, books: Books, may: InForce = lambda _, __: frozenset()) -> Replayed:
    """Decide a case again under the rules then in force."""
    told = replay(case.petition, case.records, books, may)
    return told._replace(differences=(*told.differences, case.unreadable)) if case.unreadable else told


def under(case: Case, books: Books, other: Rulebook, now: datetime) -> Differing:
    """Compare a case with its course under other rules.

    Raises:
        ValueError, LookupError and the like: the record itself cannot be folded.
    """
    told = otherwise(case.petition, case.records, books, other, now)
    if case.unreadable:
        told.stuck = told.stuck or case.unreadable.now
    first = books(case.records[0].event.rulebook) if case.records else None
    own = ranks(tier.id for tier in (first or other).tiers)
    return differing(case.petition, case.records, told, own, ranks(tier.id for tier in other.tiers))


def how_many(event_log: EventLog) -> int:
    """The number of petitions."""
    return count_streams(event_log.datastore, BESIDE)


def cases(event_log: EventLog, as_of: datetime | None = None) -> Iterator[Case]:
    """Every petition on record, one by one."""
    for rows in whole_streams(event_log.datastore, BESIDE):
        case = case_of(rows, as_of)
        if case.records or case.unreadable:
            yield case


@dataclass
class AllReplayed:
    """Totals of replaying all petitions."""

    petitions: int = 0
    identical: int = 0
    differ: int = 0
    set_aside: int = 0
    """Petitions with steps that were set aside, which are not decided again."""
    steps: int = 0
    events: int = 0
    examples: list[tuple[Case, Replayed]] = field(default_factory=list)

    def add(self, case: Case, told: Replayed) -> None:
        """Add one petition."""
        self.petitions += 1
        self.steps += told.steps
        self.events += told.events
        self.identical += told.identical
        self.differ += not told.identical
        self.set_aside += bool(told.set_aside)
        if not told.identical and len(self.examples) < EXAMPLES:
            self.examples.append((case, told))


@dataclass
class AllUnder:
    """Totals of all petitions under other rules; `unfoldable`: records that could not be folded, not in the sums."""

    sums: Sums = field(default_factory=Sums)
    unfoldable: int = 0
    examples: list[tuple[Case, Differing]] = field(default_factory=list)

    def add(self, case: Case, books: Books, other: Rulebook, now: datetime) -> None:
        """Add one petition."""
        try:
            told = under(case, books, other, now)
        except NOT_TOLD:
            self.unfoldable += 1
            return
        self.sums.add(told)
        if told.kind in ("differs", "stuck") and len(self.examples) < EXAMPLES:
            self.examples.append((case, told))


def checkpoint_after(event_log: EventLog, moment: datetime) -> archive.Made | None:
    """The first checkpoint made at or after an instant; None: there is none."""
    with event_log.datastore.get_connection() as connection:
        return archive.first_since(connection, moment)
