"""How a dossier is given out: the look is recorded, a checkpoint covers it, it is made, verified, and leaves."""

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
from evidence.dossiers.redaction import LOOKED_AT, Reader
from evidence.dossiers.verify import Verified, Wrong, verify
from evidence.notary import Notary, notary_of
from evidence.replaying import books_of
from office.composition import Office


class Look(NamedTuple):
    """Who opens sealed texts, and why."""

    by: Actor
    reason: str


class Given(NamedTuple):
    """A dossier as it is given out. `signed`: a checkpoint was made for it. `wrong`: why it does not verify."""

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
    """Make a dossier at the newest checkpoint, or the one of a size that is kept.

    One that does not verify is given out too, and says so: what the office wrote may be what is wrong.

    Raises:
        NoDossier: there is no such checkpoint, or nothing of the petition at it.
        Refused: whoever looks may not.
        LogRewritten, BadNote, BadProof, BrokenLog: the log is not what was signed.
        CannotOpen: the master key is not the one of this store.
    """
    if look is not None:
        _record(office, petition, reader, look)
    maker = Maker(office.petitions, signer, books_of(office.petitions, office.rules_in_force.file), office.rules.id)
    at, signed = (_kept(office, size), False) if size is not None else _covering(office, maker.last_position(petition))
    made = maker.make(Asked(petition, reader, at, look is not None, seen))
    try:
        return Given(made, signed, verify(made.content, None), None)
    except Wrong as wrong:
        return Given(made, signed, None, wrong)


def _record(office: Office, petition: str, reader: Reader, look: Look) -> None:
    """The look is on record before anything is opened; it stands for the messages and orders of the petition, too."""
    command = c.ReadSealedFields(
        at=office.now(),
        by=look.by,
        fields=LOOKED_AT[reader],
        reason=f"卷宗 dossier ({reader.value}): {look.reason}",
    )
    office.handler.execute(petition, command, f"dossier:{secrets.token_hex(16)}")


def _kept(office: Office, size: int) -> int:
    with psycopg.connect(office.petitions.datastore.dsn) as connection:
        if archive.at_size(connection, size) is None:
            raise NoDossier(f"no checkpoint of {size} events is kept; without --size the newest one is taken")
    return size


def _covering(office: Office, position: int) -> tuple[int, bool]:
    """The newest checkpoint, made now where it does not cover the position; answers whether it was."""
    with psycopg.connect(office.petitions.datastore.dsn) as connection:
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
    """Sizes of the checkpoints in a text that somebody has from elsewhere; their signatures are not looked at.

    Raises:
        BadNote: a checkpoint is none.
    """
    return [read_checkpoint(read_note(note)).size for note in notes_in(text)]
