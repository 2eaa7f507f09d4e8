"""The notary: signs checkpoints, stores them beside the log, has them time-stamped, and appends them to a file."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import structlog

from eventstore.clock_guard import time_of
from eventstore.connections import lasting, limit_statements
from eventstore.extent import log_size
from eventstore.log import EventLog
from eventstore.parts.pulse import Pulse
from eventstore.proofs import archive, kept_heads
from eventstore.proofs.checkpoint import Checkpoint, Continuation, read_checkpoint
from eventstore.proofs.heads import Head, HeadMap
from eventstore.proofs.merkle import EMPTY_ROOT
from eventstore.proofs.notes import Note, Signer, Verifier, read_note
from eventstore.proofs.tree import BrokenLog, LogTree
from eventstore.readers import standing_alone
from evidence.checkpoint_file import append
from evidence.eras import eras, keys_of, read_by
from evidence.falling_times import sizes_noted
from evidence.known_heads import Known, LogPutBack, latest_in, put_back, sources
from evidence.log_key import checkpoint_file, log_signer
from evidence.time_stamps import NoStamp, TimeStamps, time_stamps
from office.clock import Now
from office.composition import Office
from rulebook.problems import Expected

NAME = "notary"
EVERY = timedelta(seconds=60)
STAND_BY_SECONDS = 1.0
LOOK_UP_SECONDS = 0.2
"""Pause of the loop between checks whether it is time to sign, or to end."""
APART = timedelta(minutes=5)
"""How far back the clock may be after it was set right: within it, the last checkpoint's time is signed again."""
STAMPS_A_TURN = 5
"""Most stamps requested at once: after an outage of the server the rest follows in later turns, newest first."""
HEADS_A_BEAT = 10_000

log = structlog.get_logger(__name__)


class LogRewritten(Expected):
    """The log does not continue its last checkpoint: nothing is signed over it."""


class ClockGoesBack(Expected):
    """The time of signing would lie before that of a checkpoint that stands: nothing is signed."""


class NoCheckpoint(Expected):
    """There is no checkpoint yet, or none of the requested size."""


def notary_of(office: Office) -> "Notary | None":
    """The notary of this office's settings; None: no log key.

    Raises:
        SettingsError: the key, or the time-stamp service's certificate, is none.
    """
    settings = office.settings
    signer = log_signer(settings)
    if signer is None:
        return None
    file, stamps = checkpoint_file(settings), time_stamps(settings)
    return Notary(office.event_log, signer, office.now, file, stamps, settings.witness_notes)


class Notary:
    """Signs the log as it is now, if it continues the last checkpoint."""

    def __init__(
        self,
        event_log: EventLog,
        signer: Signer,
        now: Now,
        file: Path | None = None,
        stamps: TimeStamps | None = None,
        witnesses: Path | None = None,
    ) -> None:
        """Use a log, a signer and a clock; notes are appended to `file`. `witnesses`: path of their cosigned notes."""
        self._dsn = event_log.datastore.dsn
        self._guard = event_log.guard
        self._signer = signer
        self._now = now
        self._file = file
        self._witnesses = witnesses
        self._looked_at: list[tuple[str, int, int]] = []
        self._seen: Known | None = None
        self._newest: Checkpoint | None = None
        self._stamps = stamps
        self._heads = HeadMap()
        self._counted = 0
        self._stamps_wait = False

    @property
    def verifier(self) -> Verifier:
        """The public key."""
        return self._signer.verifier

    def checkpoint(self, pulse: Pulse | None = None) -> tuple[Note, bool]:
        """The checkpoint of the log as it is now, and whether it is new.

        `pulse` is that of a part with the notary's lock: a process whose lock is taken away loses this connection too.

        Raises:
            LogRewritten: the log does not continue the last checkpoint.
            LogPutBack: it does not continue one known elsewhere; or the key was retired.
            BrokenLog: leaves are missing.
            ClockWrong: this process's clock differs from the database's by more than the tolerance.
            ClockGoesBack: a checkpoint that stands has a later time, and no act on record says that it is wrong.
            psycopg.Error: the database was lost.
            OSError: the file cannot be written; the checkpoint is stored and enters the file with the next one.
        """
        with self._connection(pulse) as connection, connection.transaction():
            archive.one_at_a_time(connection)
            self._others_know(connection)
            before = archive.newest(connection)
            size = log_size(connection)
            keys = keys_of(self.verifier, eras(connection))
            last = None if before is None else read_by(archive.signed(connection, before), keys)
            if before is not None and last is not None and last.size == size:
                self._hold(last, LogTree(connection))
                note, made = archive.whole(connection, before), False
            else:
                note, made = self._sign(connection, size, last, pulse), True
        if self._file is not None:
            known = self._files()
            append(self._file, note)
            if known == self._looked_at:  # what we wrote ourselves need not be looked at again
                self._looked_at = self._files()
        self._seen = Known("what this process signed or read itself", read_checkpoint(note))
        self.stamp(pulse)
        return note, made

    def look_again(self) -> None:
        """Compare the log with the files again before the next signature, even if they have not changed.

        For a process that was cut off from the database: another one, restored from an old copy, may be in its place.
        """
        self._looked_at = []

    def stamp(self, pulse: Pulse | None = None) -> int:
        """Request time stamps for checkpoints without one, newest first; returns how many were stored.

        A stamp proves that the checkpoint existed then, however long before it was signed. If the server gives none,
        the next turn asks again; the outage is logged once.

        Raises:
            psycopg.Error: the database was lost.
        """
        if self._stamps is None or self._stamps.url is None:
            return 0
        with self._connection(pulse) as connection:
            waiting = archive.unstamped(connection, STAMPS_A_TURN)
            for done, row in enumerate(waiting):
                if pulse is not None:
                    pulse.beat()
                try:
                    token = self._stamps.ask(row.note)
                except NoStamp as error:
                    if not self._stamps_wait:
                        log.warning("checkpoint.not_stamped", size=row.size, error=str(error), again="each turn")
                    self._stamps_wait = True
                    return done
                archive.stamp(connection, row.size, token)
        if self._stamps_wait and waiting:
            log.info("checkpoint.stamped_again", count=len(waiting))
            self._stamps_wait = False
        return len(waiting)

    def _others_know(self, connection: psycopg.Connection[Any]) -> None:
        """Compare the log with checkpoints known elsewhere, if the files have changed since the last comparison.

        It is compared with this process's own last checkpoint each time: a database can be restored under a running
        process.

        Raises:
            LogPutBack: see `checkpoint`.
            OSError: a file cannot be read, and so nothing is signed.
        """
        files = self._files()
        looked = bool(files) and files == self._looked_at
        known = [] if self._seen is None else [self._seen]
        found = put_back(connection, self.verifier, [] if looked else sources(self._file, self._witnesses), known)
        if found is not None and looked:  # what both have is in the files
            found = put_back(connection, self.verifier, sources(self._file, self._witnesses), known)
        if found is not None:
            raise LogPutBack(found.sentence())
        if not looked:
            self._newest = latest_in(connection, self.verifier, sources(self._file, self._witnesses))
        self._looked_at = files

    def _files(self) -> list[tuple[str, int, int]]:
        """The files with known checkpoints: name, size and time of change."""
        found = [(str(file), file.stat()) for file in sources(self._file, self._witnesses)]
        return [(name, status.st_size, status.st_mtime_ns) for name, status in found]

    def _connection(self, pulse: Pulse | None) -> psycopg.Connection[Any]:
        connection = lasting(self._dsn, pulse.mark if pulse else "suqiu")
        limit_statements(connection, 0)  # the first heads of a long log take minutes
        return connection

    def _sign(
        self, connection: psycopg.Connection[Any], size: int, last: Checkpoint | None, pulse: Pulse | None
    ) -> Note:
        tree = LogTree(connection)
        if last is not None:
            self._hold(last, tree, size)
        tree.store_nodes(size)
        if last is None or self._counted != last.size:
            self._heads, self._counted = HeadMap(), 0
        self._heads.put(_beating(kept_heads.heads(connection, self._counted, size), pulse))
        self._counted = size
        at = self._time(connection, last)
        made = Checkpoint(self.verifier.name, size, tree.root(size), self._heads.count, self._heads.root, at)
        note = made.signed(self._signer)
        archive.keep(connection, made, note)
        kept_heads.keep_nodes(connection, size, self._heads.nodes)
        return note

    def _time(self, connection: psycopg.Connection[Any], last: Checkpoint | None) -> datetime:
        """The time of signing: never ahead of the database's, except with a simulated clock, nor before a checkpoint's.

        `last`: the log's newest checkpoint. That of a file, or one this process signed, may be of a later time.

        Raises:
            ClockWrong, ClockGoesBack: see `checkpoint`.
        """
        self._guard.ask(connection)
        if self._guard.wrong is not None:
            raise self._guard.wrong
        now = self._now()
        if self._guard.story:
            return now
        now = min(now, time_of(connection))
        seen = None if self._seen is None else self._seen.checkpoint
        wrong = sizes_noted(connection)
        stand = max((each.at for each in (last, seen, self._newest) if each and each.size not in wrong), default=now)
        if stand > now + APART:
            raise ClockGoesBack(
                f"a checkpoint that stands says {stand:%Y-%m-%dT%H:%M:%SZ}, the clock {now:%Y-%m-%dT%H:%M:%SZ}: "
                "nothing is signed with an earlier time. Set the clock that is wrong; where the checkpoint is, a leader"
                " notes it: `suqiu audit note-times`"
            )
        return max(now, stand)

    @staticmethod
    def _hold(last: Checkpoint, tree: LogTree, size: int | None = None) -> None:
        if size is not None and size < last.size:
            raise LogRewritten(f"the log has {size} events, fewer than the {last.size} of its last checkpoint")
        if (tree.root(last.size) if last.size else EMPTY_ROOT) != last.root:
            raise LogRewritten(f"the first {last.size} events are not those of the last checkpoint: audit the log")


def _beating(heads: Iterable[tuple[str, Head]], pulse: Pulse | None) -> Iterator[tuple[str, Head]]:
    """The heads; the pulse beats while they are read."""
    for number, head in enumerate(heads):
        if pulse is not None and number % HEADS_A_BEAT == 0:
            pulse.beat()
        yield head


def continuation(dsn: str, old: int, size: int | None = None) -> Continuation:
    """The newest checkpoint (or that of `size`), and the proof that it continues the log's first `old` events.

    A checkpoint with fewer events comes without a proof.

    Raises:
        NoCheckpoint: there is none.
        BrokenLog: leaves are missing.
    """
    with psycopg.connect(dsn) as connection:
        row = archive.newest(connection) if size is None else archive.at_size(connection, size)
        if row is None:
            raise NoCheckpoint("there is no checkpoint yet: `suqiu audit checkpoint` makes one")
        note = read_note(row.note)
        new = read_checkpoint(note).size
        return Continuation(old, LogTree(connection).consistency(old, new) if old <= new else [], note)


async def keep_signing(notary: Notary, event_log: EventLog, ending: asyncio.Event, every: timedelta = EVERY) -> None:
    """Sign a checkpoint at once and then every `every`, if there are new events; further processes are standbys."""
    pulse = Pulse(NAME)
    while not ending.is_set():
        try:
            await asyncio.to_thread(_stand, notary, event_log, pulse, ending, every)
        except Exception as error:  # noqa: BLE001 - whatever it is, the notary tries again and says so
            log.warning("checkpoint.waits", error=type(error).__name__)
        try:
            await asyncio.wait_for(ending.wait(), STAND_BY_SECONDS)
        except TimeoutError:
            continue
    await asyncio.to_thread(pulse.end, event_log.datastore.dsn)


def _stand(notary: Notary, event_log: EventLog, pulse: Pulse, ending: asyncio.Event, every: timedelta) -> None:
    """Sign turn by turn while this process holds the lock; return at once if another does."""
    with standing_alone(event_log.datastore.dsn, pulse) as connection:
        if connection is None:
            return
        notary.look_again()
        turn = time.monotonic()
        while not ending.is_set():
            pulse.beat()
            if time.monotonic() >= turn:
                _one(notary, event_log, pulse, connection)
                turn = time.monotonic() + every.total_seconds()
            time.sleep(LOOK_UP_SECONDS)


def _one(notary: Notary, event_log: EventLog, pulse: Pulse, connection: psycopg.Connection[Any]) -> None:
    last, size = archive.latest(connection), event_log.head()
    try:
        if size == (0 if last is None else last.size):
            notary.stamp(pulse)
            return
        note, made = notary.checkpoint(pulse)
    except (LogRewritten, LogPutBack, BrokenLog, ClockGoesBack) as error:
        log.error("checkpoint.refused", reason=str(error))  # noqa: TRY400 - the reason says it all
        return
    if made:
        log.info("checkpoint.made", size=read_checkpoint(note).size)
