"""Giving out a dossier: the look is recorded and covered by a checkpoint; it is made, put on record, and verified.

Who gives it must have to do with the petition as who reads it must, also where nothing sealed is opened in it, and be
of a role that gives out dossiers of its kind.
"""

import secrets
from collections.abc import Collection
from hashlib import sha256
from typing import NamedTuple

import psycopg

from aggregates.event import Actor
from aggregates.office.events import DossierGiven, dossiers_stream
from aggregates.petition import commands as c
from aggregates.petition.decisions import Refused
from aggregates.petition.decisions.access import has_part
from aggregates.petition.what_may_follow import TABLE
from aggregates.record import Recorded
from eventstore.log import Append
from eventstore.once import append_once
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
    """Who gives it out; and why sealed texts are opened in it, None: none is."""

    by: Actor
    reason: str | None


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
    look: Look,
    size: int | None = None,
    seen: Collection[int] = (),
) -> Given:
    """Make a dossier at the newest checkpoint, or at the stored one of `size`.

    One that does not verify is given out too, and says so: the office's own record may be what is wrong.

    Raises:
        NoDossier: there is no such checkpoint, or nothing of the petition at it.
        Refused: `look.by` has no part in the petition, may not open the texts, or may not give out a dossier of this
            kind (`may_give`).
        LogRewritten, BadNote, BadProof, BrokenLog: the log does not agree with its checkpoints.
        CannotOpen: the master key is not the one of this store.
    """
    _may_read(office, petition, look)
    may_give(reader, look.by, opened=look.reason is not None)
    if look.reason is not None:
        _record(office, petition, reader, look.by, look.reason)
    maker = Maker(office.event_log, signer, books_of(office.event_log, office.rules_in_force.file), office.rules.id)
    at, signed = (_kept(office, size), False) if size is not None else _covering(office, maker.last_position(petition))
    made = maker.make(Asked(petition, reader, at, look.reason is not None, seen))
    _put_on_record(office, petition, reader, look, made)
    try:
        return Given(made, signed, verify(made.content, None), None)
    except Wrong as wrong:
        return Given(made, signed, None, wrong)


def _may_read(office: Office, petition: str, look: Look) -> None:
    """Refuse who may not read the petition: a dossier tells everything that happened.

    Raises:
        Refused: see `has_part`; or somebody else than staff and the committee.
    """
    if look.by.role not in TABLE[c.ReadSealedFields].roles:
        raise Refused("not-yours", f"dossier: expected somebody of the staff; found {look.by.role}")
    wanted = c.ReadSealedFields(at=office.now(), by=look.by, fields=(), reason="dossier")
    has_part(wanted, office.handler.load(petition), office.rules)


def _put_on_record(office: Office, petition: str, reader: Reader, look: Look, made: Made) -> None:
    """Record what is given out, before it is."""
    stream, now = dossiers_stream(petition), office.now()
    given = DossierGiven(
        at=now,
        by=look.by,
        rulebook=office.rules.hash,
        petition=petition,
        given_for=reader.value,
        sha256=sha256(made.content).hexdigest(),
        size=made.checkpoint.size,
        opened=look.reason is not None,
    )
    command_id = f"dossier:{secrets.token_hex(16)}"

    def once(records: list[Recorded]) -> Append | None:
        known = any(record.command_id == command_id for record in records)
        return None if known else Append(stream, len(records), (given,), command_id, now)

    append_once(office.event_log, stream, once)


def _record(office: Office, petition: str, reader: Reader, by: Actor, reason: str) -> None:
    """Record the look before anything is opened; it covers the petition's messages and orders too."""
    command = c.ReadSealedFields(
        at=office.now(),
        by=by,
        fields=LOOKED_AT[reader],
        reason=f"卷宗 dossier ({reader.value}): {reason}",
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
