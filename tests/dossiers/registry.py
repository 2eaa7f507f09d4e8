"""A log into which lives are written as they were lived, with checkpoints signed between their steps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from aggregates.record import Recorded
from eventstore.log import Append, EventLog
from eventstore.proofs.notes import KeySigner
from evidence.dossiers.making import Asked, Made, Maker
from evidence.dossiers.redaction import Reader
from evidence.notary import Notary
from rulebook.model import Rulebook
from tests.aggregates.office import at
from tests.rulebook.books import baiyang

SIGNER = KeySigner("suqiu/baiyang", b"\x01" * 32)
EPOCH = at("2025-01-01 00:00")
OTHER_SIGNER = KeySigner("suqiu/linhe", b"\x02" * 32)


@dataclass
class Registry:
    """A log, its notary and whoever makes dossiers of it; the clock is moved by what is written.

    `signed`: when a checkpoint was made, which is while there is something new.
    """

    event_log: EventLog
    known: Sequence[Rulebook] = field(default_factory=lambda: (baiyang(),))
    signer: KeySigner = SIGNER
    now: datetime = EPOCH
    signed: list[datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Put the parts together."""
        self.notary = Notary(self.event_log, self.signer, lambda _=None: self.now)
        self.maker = Maker(self.event_log, self.signer, self.book, baiyang().id)

    def book(self, name: str) -> Rulebook | None:
        """The rulebook of a hash, of those known by now."""
        return next((book for book in self.known if book.hash == name), None)

    def write(self, lives: dict[str, Sequence[Recorded]], signed_at: Iterable[datetime] = ()) -> None:
        """Write lives as they were lived, one after the other by the times of writing, and sign at these instants."""
        steps = [
            (number[0], stream, tuple(record.event for record in records), records)
            for stream, life in lives.items()
            for number, grouped in groupby(life, key=lambda each: (each.recorded_at, each.command_id))
            if (records := list(grouped))
        ]
        todo = sorted(
            [*((when, "", (), []) for when in set(signed_at)), *steps], key=lambda each: (each[0], each[1] != "")
        )
        versions = dict.fromkeys(lives, 0)
        waiting: list[Append] = []
        for when, stream, events, records in todo:
            self.now = when
            if not stream or any(each.stream == stream for each in waiting):
                self._append(waiting)
            if not stream:
                self.sign()
                continue
            waiting.append(Append(stream, versions[stream], events, f"{stream}:{records[0].command_id}", when))
            versions[stream] += len(events)
        self._append(waiting)

    def _append(self, waiting: list[Append]) -> None:
        """What was done since, of each stream once, in one commit; none waits afterwards."""
        assert self.event_log.append(waiting) == [True] * len(waiting)
        waiting.clear()

    def sign(self, when: datetime | None = None) -> int:
        """A checkpoint now; answers its size."""
        self.now = when or self.now
        if self.event_log.head() and self.notary.checkpoint()[1]:
            self.signed.append(self.now)
        return self.event_log.head()

    def dossier(
        self, petition: str, reader: Reader = Reader.AUDITOR, *, opened: bool = False, size: int | None = None
    ) -> Made:
        """A dossier at the newest checkpoint, which is signed if there is none of the log as it is."""
        size = size or self.sign(self.now + timedelta(seconds=1))
        return self.maker.make(Asked(petition, reader, size, opened))
