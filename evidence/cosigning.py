"""Witnesses' cosignatures brought back: verified against the log's own checkpoint, and stored beside it.

Who is a witness is a setting, never taken from a note: anybody can make a key and sign with it.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg import Connection

from eventstore.proofs import archive
from eventstore.proofs.archive import Cosignature, named
from eventstore.proofs.checkpoint import read_checkpoint
from eventstore.proofs.notes import COSIGNATURE, BadKey, BadNote, Note, Verifier, read_note, read_verifier
from eventstore.proofs.rows import Wrong
from evidence.checkpoint_file import append
from evidence.falling_times import FALLS, Sight
from office.settings import Settings, SettingsError
from rulebook.problems import Expected

FILE = Path("keys") / "witnesses.txt"
"""In the data folder: one public key a line; `#` begins a comment."""


class NotKept(Expected):
    """A cosignature is invalid, not over a checkpoint of this log, or by a key that is no known witness's."""


class Kept(NamedTuple):
    """A stored cosignature: the witness, when they signed, whether it is new here, and the checkpoint's own time."""

    size: int
    witness: Verifier
    at: datetime
    new: bool
    signed_at: datetime


class Countersigned(NamedTuple):
    """How many checkpoints known witnesses have cosigned, how many each of them, and how many lines are by others."""

    checkpoints: int = 0
    by: dict[str, int] = {}  # noqa: RUF012 - a default of a tuple, never changed
    unknown: int = 0


def witnesses(settings: Settings) -> tuple[Verifier, ...]:
    """The known witnesses: `SUQIU_WITNESS_KEYS` (separated by blanks), else `keys/witnesses.txt`.

    Raises:
        SettingsError: a text is not a witness's public key, or the file cannot be read.
    """
    file = settings.data.expanduser() / FILE
    if settings.witness_keys is not None:
        return tuple(_witness(text, "SUQIU_WITNESS_KEYS") for text in settings.witness_keys.split())
    try:
        lines = [line.partition("#")[0].strip() for line in file.read_text("utf-8").split("\n")]
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: cannot be read: {error}") from error
    return tuple(_witness(line, f"{file}, line {number}") for number, line in enumerate(lines, 1) if line)


def keep(
    dsn: str, log: Verifier, known: Sequence[Verifier], notes: Iterable[str], now: datetime, file: Path | None
) -> list[Kept]:
    """Store the cosignatures of notes in one transaction, and append the notes to the file of checkpoints.

    Raises:
        NotKept: a cosignature is not accepted; the message names the checkpoint and the witness.
        BadNote: a text is not a signed note.
        OSError: the file cannot be written; the cosignatures are stored all the same.
    """
    with psycopg.connect(dsn) as connection:
        archive.one_at_a_time(connection)
        looked = [each for note in notes for each in _looked_at(connection, log, known, read_note(note), now)]
        kept = [
            Kept(row.size, witness, at, archive.cosign(connection, row, now), signed_at)
            for row, witness, at, signed_at in looked
        ]
        # Also what stood already: an earlier try may have failed at the file, which has each note once.
        grown = [archive.at_size(connection, size) for size in sorted({each.size for each in kept})]
        whole = [archive.whole(connection, row) for row in grown if row is not None]
    for note in whole if file is not None else ():
        append(file, note)  # type: ignore[arg-type] # it is one here
    return kept


def countersigned(
    connection: Connection[Any],
    known: Sequence[Verifier],
    elsewhere: Iterable[tuple[str, str]] = (),
    saw: Callable[[Sight], object] = lambda _: None,
) -> tuple[Countersigned, Wrong | None]:
    """Count the valid cosignatures, in the store and in notes from `elsewhere`; and the first that is wrong.

    `saw` is told what each known witness saw when.
    """
    notes = {row.size: row.note for row in archive.stored(connection)}
    by_name = {named(each): each for each in known}
    seen: set[tuple[int, str]] = set()
    unknown: set[tuple[int, str]] = set()
    wrong: Wrong | None = None

    def look(size: int, whose: str, note: Note, where: str) -> None:
        nonlocal wrong
        if whose not in by_name:
            unknown.add((size, whose))
            return
        try:
            at = note.check_cosignature(by_name[whose])
            seen.add((size, whose))
            saw(Sight(size, datetime.fromtimestamp(at, UTC), f"{by_name[whose].name}, {where}", closed=False))
        except BadNote as error:
            wrong = wrong or _wrong(size, whose, where, str(error))

    for row in archive.cosignatures(connection):
        if row.size not in notes:
            wrong = wrong or _wrong(row.size, row.witness, "the store", "there is no checkpoint of this size")
            continue
        text = notes[row.size].partition("\n\n")[0]
        if row.line.startswith(f"— {text.partition(chr(10))[0]} "):
            continue  # The log's own later key (`vouching.py`): read with the checkpoint, and no witness's.
        try:
            signed = _cosigners(read_note(f"{text}\n\n{row.line}\n"))
        except BadNote as error:
            wrong = wrong or _wrong(row.size, row.witness, "the store", str(error))
            continue
        if row.witness not in signed:
            wrong = wrong or _wrong(row.size, row.witness, "the store", "the line is another key's")
            continue
        look(row.size, row.witness, signed[row.witness], "the store")
    for where, text in elsewhere:
        try:
            note = read_note(text)
            size = read_checkpoint(note).size
        except BadNote:
            continue  # Whoever reads it as a checkpoint says what is wrong with it.
        for whose, alone in _cosigners(note).items():
            look(size, whose, alone, where)
    by = {whose: sum(1 for _, each in seen if each == whose) for whose in sorted({whose for _, whose in seen})}
    return Countersigned(len({size for size, _ in seen}), by, len(unknown)), wrong


def _looked_at(
    connection: Connection[Any], log: Verifier, known: Sequence[Verifier], note: Note, now: datetime
) -> list[tuple[Cosignature, Verifier, datetime, datetime]]:
    """The cosignatures of a note, each verified: its time, and the checkpoint's own.

    Raises:
        NotKept: one is not accepted.
    """
    try:
        checkpoint = read_checkpoint(note, log)
    except BadNote as error:
        raise NotKept(f"not a checkpoint of this log: {error}") from error
    size = checkpoint.size
    ours = archive.at_size(connection, size)
    if ours is None or read_note(ours.note).text != note.text:
        what = "none of that size is kept here" if ours is None else "the one kept here says something else"
        raise NotKept(f"checkpoint of {size} events: {what}; the log was put back or rewritten: `suqiu audit verify`")
    by_name = {named(each): each for each in known}
    found = []
    for whose, alone in _cosigners(note).items():
        if whose not in by_name:
            raise NotKept(
                f"checkpoint of {size} events: {whose} is no witness known here; "
                f"put its public key into {FILE} of the data folder or SUQIU_WITNESS_KEYS"
            )
        try:
            seconds = alone.check_cosignature(by_name[whose])
        except BadNote as error:
            raise NotKept(f"checkpoint of {size} events: {error}") from error
        at = datetime.fromtimestamp(seconds, UTC)
        if not checkpoint.at - FALLS <= at <= now + FALLS:
            when = "before the checkpoint was signed" if at < checkpoint.at else "in the future"
            raise NotKept(
                f"checkpoint of {size} events, signed {checkpoint.at:%Y-%m-%dT%H:%M:%SZ}: {by_name[whose].name} says "
                f"it saw it {at:%Y-%m-%dT%H:%M:%SZ}, {when}: a clock was wrong"
            )
        found.append((Cosignature(size, whose, alone.lines[0]), by_name[whose], at, checkpoint.at))
    if not found:
        raise NotKept(f"checkpoint of {size} events: nobody has countersigned it (`suqiu audit witness` does)")
    return found


def _cosigners(note: Note) -> dict[str, Note]:
    """The note with each single signature that is not the log's, by key name and id; the first of each key."""
    origin = note.text.partition("\n")[0]
    found: dict[str, Note] = {}
    for name, packed in note.signatures:
        if name != origin:
            found.setdefault(f"{name}+{packed[:4].hex()}", Note(note.text, ((name, packed),)))
    return found


def _witness(text: str, where: str) -> Verifier:
    try:
        found = read_verifier(text)
    except BadKey as error:
        raise SettingsError(f"{where}: {error}") from error
    if found.algorithm != COSIGNATURE:
        raise SettingsError(f"{where}: expected a witness's public key (algorithm 4); found a log's")
    return found


def _wrong(size: int, whose: str, where: str, what: str) -> Wrong:
    return Wrong(None, None, None, f"the cosignature of {whose} over the checkpoint of {size} events ({where}): {what}")
