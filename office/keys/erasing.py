"""Erasing a resident's data: asked for, approved by somebody else, key destroyed, acknowledged by every reader.

Order: the decision is recorded, then the key destroyed, then the completion recorded. What stops in between is finished
by `finish`, which the office's rhythm calls; every step is idempotent.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple

import structlog

from aggregates.erasures.decisions import Erasure, acknowledge, ask, decide, erased, fold, rounds, wish
from aggregates.erasures.events import ErasureDecided, Reached, Reason, ResidentErased
from aggregates.event import Actor, Event, Header
from aggregates.known import Known
from aggregates.record import Recorded
from aggregates.streams import ERASURE, is_attended
from eventstore.log import Append, EventLog
from eventstore.once import append_once
from eventstore.persons import linked
from eventstore.stream_lookup import streams_of_resident, streams_of_residents
from office.clock import Now
from office.keys.readers_reached import readers_reached
from rulebook.model import Rulebook

log = structlog.get_logger(__name__)


class Progress(NamedTuple):
    """An erasure, and the position of each reader of the log."""

    erasure: Erasure
    readers: tuple[Reached, ...]

    @property
    def behind(self) -> tuple[Reached, ...]:
        """Readers whose position is before the erasure's."""
        done = self.erasure.erased
        return tuple(each for each in self.readers if done is None or each.position < done.position)


class Eraser:
    """Carries erasures through. Safe for threads and processes."""

    def __init__(self, event_log: EventLog, rules: Callable[[], Rulebook], now: Now) -> None:
        """Use a log with its keys, a function that returns the rulebook in force, and a clock."""
        self._petitions = event_log
        self._rules = rules
        self._now = now

    def load(self, resident: str) -> Erasure:
        """The state of a resident's last erasure."""
        return fold(resident, self._petitions.read(stream_of(resident)))

    def wish(self, resident: str, by: Actor, petition: str, known: Known) -> Erasure:
        """Record that the resident asks for erasure; two people of the office must act on it.

        Raises:
            Refused: neither the resident's code nor the counter vouches for it, or nothing is left to erase.
            CannotOpen: the master key is not the one of this store.
        """
        key = self._petitions.keyring.name_of(resident)
        return self._once(
            resident, lambda state: wish(state, self._header(by, None), petition, key=key, known=known), "wish"
        )

    def ask(
        self, resident: str, by: Actor, reason: Reason, rule: str | None = None, known: Known | None = None
    ) -> Erasure:
        """Record who asks for an erasure, and why.

        Raises:
            Refused: `by` has no role that may ask for it, or nobody has proven to be the resident who does.
        """
        return self._once(resident, lambda state: ask(state, self._header(by, rule), reason, known), "ask")

    def decide(self, resident: str, by: Actor, *, approved: bool, rule: str | None = None) -> Erasure:
        """Record a second person's decision; nothing is destroyed yet.

        Raises:
            Refused: no erasure was asked for, or `by` is no leader, or asked for it.
            CannotOpen: the master key is not the one of this store.
        """

        def decided(state: Erasure) -> ErasureDecided | None:
            name = self._petitions.keyring.name_of(resident) if state.stage == "asked" else None
            return decide(state, self._header(by, rule), approved=approved, key=name)

        return self._once(resident, decided, "decide")

    def carry_out(self, resident: str) -> Erasure:
        """Destroy the key of an approved erasure and record it; at any other stage nothing is done.

        Raises:
            CannotOpen: the master key is not the one of this store.
        """
        state = self.load(resident)
        if state.stage != "approved":
            return state
        assert state.decided is not None
        assert isinstance(state.decided.event, ErasureDecided)
        key = state.decided.event.key
        found = key is not None and self._petitions.keyring.destroy(resident, key)
        streams = self.streams_of(resident)
        done = self._once(
            resident,
            lambda now: erased(
                now, self._header(Actor.engine(), state.asked_event.rule), key=key, found=found, streams=streams
            ),
            "erased",
        )
        self._petitions.keyring.sweep()
        log.info("resident.erased", streams=len(streams), key_found=found)
        return done

    def acknowledge(self, resident: str) -> Progress:
        """The positions of all readers; once all are past the erasure, that is recorded."""
        state = self.load(resident)
        progress = Progress(state, readers_reached(self._petitions))
        if state.stage != "erased" or progress.behind:
            return progress
        header = self._header(Actor.engine(), None)
        done = self._once(resident, lambda now: acknowledge(now, header, progress.readers), "acknowledge")
        return progress._replace(erasure=done)

    def finish(self) -> int:
        """Carry out what was approved, acknowledge what was erased; returns how many erasures changed their stage."""
        moved = 0
        for resident in known(self._petitions):
            before = self.load(resident).stage
            if before == "approved":
                self.carry_out(resident)
            if before in ("approved", "erased"):
                moved += self.acknowledge(resident).erasure.stage != before
        return moved

    def streams_of(self, resident: str) -> tuple[str, ...]:
        """Ids of the petitions and orders that name a resident. Scans the whole log."""
        with self._petitions.datastore.get_connection() as connection:
            streams = streams_of_resident(connection, resident)
        return tuple(stream for stream in streams if is_attended(stream))

    def all_of(self, resident: str) -> tuple[str, ...]:
        """The pseudonyms of the resident's person that somebody vouched for, this one first: an erasure touches all."""
        with self._petitions.datastore.get_connection() as connection:
            return linked(connection, resident)

    def first_streams(self, residents: Collection[str]) -> dict[str, str]:
        """The first petition or order of each of these residents. Scans the whole log once, however many residents."""
        if not residents:
            return {}
        with self._petitions.datastore.get_connection() as connection:
            held = streams_of_residents(connection, residents)
        return {resident: stream for resident, stream in reversed(held) if is_attended(stream)}

    def _header(self, by: Actor, rule: str | None) -> Header:
        return Header(at=self._now(), by=by, rulebook=self._rules().hash, rule=rule)

    def _once(self, resident: str, event_for: Callable[[Erasure], Event | None], word: str) -> Erasure:
        """Append the event that follows in this state, if any."""
        stream = stream_of(resident)

        def decide_next(records: list[Recorded]) -> Append | None:
            state = fold(resident, records)
            event = event_for(state)
            if event is None:
                return None
            return Append(stream, state.version, (event,), f"erasure-{word}:{state.version + 1}", event.at)

        written = append_once(self._petitions, stream, decide_next)
        return self.load(resident) if written.append else fold(resident, written.records)


def erasures_of(event_log: EventLog, residents: Iterable[str]) -> list[Erasure]:
    """Every erasure of some residents, the oldest of each first."""
    return [each for resident in residents for each in rounds(resident, event_log.read(stream_of(resident)))]


def stream_of(resident: str) -> str:
    """The stream of a resident's erasures."""
    return ERASURE + resident


def known(event_log: EventLog) -> list[str]:
    """Residents for whom an erasure was asked at any time."""
    return sorted(stream.removeprefix(ERASURE) for stream in event_log.begun(ERASURE))


def erased_keys(event_log: EventLog) -> Iterator[tuple[str, str]]:
    """(resident, `key_id`) of every key ever destroyed: a backup of the keys may still hold it."""
    for resident in known(event_log):
        for record in event_log.read(stream_of(resident)):
            if isinstance(record.event, ResidentErased) and record.event.key is not None:
                yield resident, record.event.key
