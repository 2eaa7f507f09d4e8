"""Giving out a dossier: the look is recorded, covered by a checkpoint, and the dossier is made and verified."""

import secrets
from collections.abc import Collection
from typing import NamedTuple

import psycopg

from aggregates.event import Actor
from aggregates.petition import commands as c
from eventstore.proofs import archive
from eventstore.proofs.checkpoint import read_checkpoint
from eventstore.proofs.notes import Signer, read_note
from evidence.checkpoint_file import notes_in
from evidence.dossiers.making import Asked, Made, Maker, NoDossier
from evidence.dossiers.redaction import LOOKED_AT, Reader, may_give
from evidence.dossiers.verify import Verified, Wrong, verify
from evidence.notary import Notary, notary_of
from evidence.replaying import books_of
from office.composition import Office


class Look(NamedTuple):
    """Who opens sealed texts, and why."""

    by: Actor
    reason: str


class Given(NamedTuple):
    """A dossier as given out. `signed`: a checkpoint was made for it. `wrong`: why it does not verify, else None."""

    made: Made
    signed: bool
    verified: Verified | None
    wrong: Wrong | None


def give_out(
    office: Office,
    signer: Signer,
    petition: str,
    reader: Reader,
    look: Look | None = None,
    size: int | None = None,
    seen: Collection[int] = (),
) -> Given:
    """Make a dossier at the newest checkpoint, or at the stored one of `size`.

    One that does not verify is given out too, and says so: the office's own record may be what is wrong.

    Raises:
        NoDossier: there is no such checkpoint, or nothing of the petition at it.
        Refused: `look.by` may not open the texts, or not give out a dossier of this kind (`may_give`).
        LogRewritten, BadNote, BadProof, BrokenLog: the log does not agree with its checkpoints.
        CannotOpen: the master key is not the one of this store.
    """
    may_give(reader, None if look is None else look.by)
    if look is not None:
        _record(office, petition, reader, look)
    maker = Maker(office.event_log, signer, books_of(office.event_log, office.rules_in_force.file), office.rules.id)
    at, signed = (_kept(office, size), False) if size is not None else _covering(office, maker.last_position(petition))
    made = maker.make(Asked(petition, reader, at, look is not None, seen))
    try:
        return Given(made, signed, verify(made.content, None), None)
    except Wrong as wrong:
        return Given(made, signed, None, wrong)


def _record(office: Office, petition: str, reader: Reader, look: Look) -> None:
    """Record the look before anything is opened; it covers the petition's messages and orders too."""
    command = c.ReadSealedFields(
        at=office.now(),
        by=look.by,
        fields=LOOKED_AT[reader],
        reason=f"卷宗 dossier ({reader.value}): {look.reason}",
    )
    office.handler.execute(petition, command, f"dossier:{secrets.token_hex(16)}")


def _kept(office: Office, size: int) -> int:
    with psycopg.connect(office.event_log.datastore.dsn) as connection:
        if archive.at_size(connection, size) is None:
            raise NoDossier(f"no checkpoint of {size} events is kept; without --size the newest one is taken")
    return size


def _covering(office: Office, position: int) -> tuple[int, bool]:
    """The newest checkpoint, signed now if there is none that covers the position; and whether it was."""
    with psycopg.connect(office.event_log.datastore.dsn) as connection:
        last = archive.newest(connection)
    if last is not None and last.size >= position:
        return last.size, False
    return _signed(notary_of(office))


def _signed(notary: Notary | None) -> tuple[int, bool]:
    if notary is None:
        raise NoDossier("no log key is here to sign a checkpoint that covers the petition's last event")
    note, made = notary.checkpoint()
    return read_checkpoint(note).size, made


def sizes_seen(text: str) -> list[int]:
    """Sizes of the checkpoints in a text from elsewhere; signatures are not verified.

    Raises:
        BadNote: one is not a checkpoint.
    """
    return [read_checkpoint(read_note(note)).size for note in notes_in(text)]
