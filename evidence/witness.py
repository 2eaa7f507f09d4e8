"""A witness: remembers the last checkpoint it saw of a log, and cosigns only one that continues it.

A cosignature is worth what its time is worth: a checkpoint dated before the one seen last, ahead of the witness's own
clock, or longer ago than checkpoints take to come here, gets none.

It needs nothing of the log's machine but a checkpoint and a consistency proof. Its state is written before it signs, so
that a witness that is killed has never signed what it does not remember.
"""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from eventstore.folder_owner import hand_over
from eventstore.private_files import read_private_file
from eventstore.proofs.checkpoint import Checkpoint, Continuation, read_checkpoint
from eventstore.proofs.merkle import EMPTY_ROOT, BadProof
from eventstore.proofs.notes import COSIGNATURE, BadNote, KeySigner, Note, Verifier, read_signer, read_verifier
from evidence.accepting_loss import set_aside
from evidence.log_key import keep_key
from rulebook.problems import BadInput, Expected

APART = timedelta(minutes=5)
"""How far the witness's clock and the log's may differ, as in a dossier's verifier."""
WITHIN = timedelta(hours=24)
"""How old a checkpoint that the witness has not seen may be, where nobody says otherwise."""


class Refused(Expected):
    """The checkpoint does not continue what the witness has seen; nothing is signed, the state is as before."""


class BadState(BadInput):
    """The witness's state file is malformed, or of another log."""


class Witnessed(NamedTuple):
    """The cosigned note, the checkpoint seen before (None: the first time), and the witness's public key."""

    note: Note
    checkpoint: Checkpoint
    before: Checkpoint | None
    witness: Verifier


def seen_before(state: Path, log: Verifier) -> Checkpoint | None:
    """The last checkpoint the witness saw; None before the first.

    Raises:
        BadState: the file is no state of this log's witness.
    """
    try:
        kept = json.loads(state.read_text("utf-8"))
        if kept["log"] != str(log):
            raise BadState(
                f"{state}: is about another log: {kept['log']}. If that log was put back and goes on under this key by "
                "an act on record (`suqiu audit verify` names it), a person says so with --accept-loss"
            )
        return read_checkpoint(str(kept["note"]), log)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, BadNote) as error:
        raise BadState(f"{state}: is no state of a witness; nothing is signed: {error}") from error


def witness(
    log: Verifier,
    state: Path,
    ask: Callable[[int], Continuation],
    seconds: int,
    name: str = "witness",
    *,
    accept_loss: bool = False,
    within: timedelta = WITHIN,
) -> Witnessed:
    """Cosign the checkpoint that `ask` returns for the size seen last, if it continues that.

    `accept_loss`: a person says that a log that was restored goes on under this key: what was seen under another key is
    set aside and kept, and this checkpoint is the first. Never under the same key. `within`: how old one not seen
    before may be by the witness's own clock, which says `seconds`.

    Raises:
        Refused: the checkpoint is of another log, smaller, forked, without a proof, or dated as it cannot be.
        BadState: see `seen_before`.
        OSError: the state cannot be written.
    """
    with _alone(state):
        if accept_loss and _of_another_key(state, log):
            set_aside(state, datetime.fromtimestamp(seconds, UTC))
        before = seen_before(state, log)
        signer = _signer(state.with_name(state.name + ".key"), name)
        given = ask(before.size if before else 0)
        try:
            new = read_checkpoint(given.note, log)
        except BadNote as error:
            raise Refused(f"not a checkpoint of this log: {error}") from error
        if before is not None:
            _continues(before, new, given)
        _in_time(before, new, datetime.fromtimestamp(seconds, UTC), within)
        note = Note(given.note.text, tuple(each for each in given.note.signatures if each[0] == log.name))
        _keep(state, {"log": str(log), "note": str(note)})
        return Witnessed(note.cosigned(signer, seconds), new, before, signer.verifier)


def _continues(before: Checkpoint, new: Checkpoint, given: Continuation) -> None:
    """Check that a new checkpoint continues the one seen.

    Raises:
        Refused: it is smaller or forked, or there is no valid proof.
    """
    was = f"the one seen on {before.at:%Y-%m-%dT%H:%M:%SZ} has {before.size}"
    if new.size < before.size:
        raise Refused(f"rolled back: this checkpoint has {new.size} events, {was}; an old copy may have been put back")
    if new.size == before.size:
        if (new.root, new.streams, new.heads) != (before.root, before.streams, before.heads):
            raise Refused(f"forked: two checkpoints of {new.size} events differ; history was rewritten and signed anew")
        return
    if given.old != before.size:
        raise Refused(
            f"not proven: {was}, and no proof from there came with this one; on the log's machine: "
            f"`suqiu audit consistency --from {before.size}`"
        )
    try:
        given.verify(before.root if before.size else EMPTY_ROOT, new)
    except BadProof as error:
        raise Refused(
            f"forked: the first {before.size} events of this checkpoint are not those seen before ({error}); "
            "history was rewritten and signed anew"
        ) from error


def _in_time(before: Checkpoint | None, new: Checkpoint, now: datetime, within: timedelta) -> None:
    """Check a checkpoint's time against the one seen before, and against the witness's own clock.

    Raises:
        Refused: it goes back, is ahead, or is too old for one that was not seen before.
    """
    if before is not None and new.at == before.at:
        return
    says = f"this checkpoint says {new.at:%Y-%m-%dT%H:%M:%SZ}"
    # One that was itself ahead of now, seen by a witness of an earlier version, binds nobody.
    if before is not None and before.at <= now + APART and new.at < before.at:
        raise Refused(f"dated back: {says}, the one seen before it {before.at:%Y-%m-%dT%H:%M:%SZ}; nothing is signed")
    here = f"the clock here {now:%Y-%m-%dT%H:%M:%SZ}"
    if new.at > now + APART:
        raise Refused(f"dated ahead: {says}, {here}; set the clock that is wrong, and repeat")
    if new.at < now - within:
        hours = within.total_seconds() / 3600
        raise Refused(
            f"too old: {says}, {here}: more than {hours:g} hours ago, so it was dated back, or lay about. Ask the log's"
            " machine for its newest; where nothing has happened there since, a person who knows that says --within"
        )


def _of_another_key(state: Path, log: Verifier) -> bool:
    """Whether the file is a witness's state under another key than this."""
    try:
        kept = json.loads(state.read_text("utf-8"))
        read_checkpoint(str(kept["note"]), read_verifier(kept["log"]))
    except (OSError, ValueError, KeyError, TypeError, BadNote):
        return False
    return bool(kept["log"] != str(log))


def _signer(path: Path, name: str) -> KeySigner:
    if not path.exists():
        keep_key(path, KeySigner(name, os.urandom(32), COSIGNATURE))
    return read_signer(read_private_file(path))


@contextmanager
def _alone(state: Path) -> Iterator[None]:
    """A file lock: one witness process a state at a time."""
    place = state.with_name(state.name + ".lock")
    with place.open("a") as lock:
        hand_over(place)
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _keep(state: Path, content: dict[str, str]) -> None:
    """Replace the state file atomically, on disk when this returns."""
    draft = state.with_name(state.name + ".new")
    with draft.open("w", encoding="utf-8") as file:
        file.write(json.dumps(content, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    hand_over(draft)
    draft.replace(state)
    folder = os.open(state.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
