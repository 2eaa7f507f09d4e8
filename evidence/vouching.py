"""After the log's key was lost: a new key signs the checkpoints so far, once the whole log was verified against each.

The new signature is stored beside each old checkpoint, like a witness's, under the log's own name. Old signatures stay:
whoever has the old public key verifies with it as before, whoever has the new one verifies all.
"""

from datetime import datetime

import psycopg

from eventstore.proofs import archive
from eventstore.proofs.archive import Cosignature, Stored, named
from eventstore.proofs.checkpoint import read_checkpoint
from eventstore.proofs.notes import BadNote, Note, Signer, Verifier, read_note
from evidence.auditing import Progress, verify
from evidence.eras import eras, keys_of, read_by
from rulebook.problems import Expected


class NotVouched(Expected):
    """The log does not agree with the old checkpoints, or they are another log's: the new key signs none of them."""


def vouch(dsn: str, signer: Signer, old: Verifier | None, now: datetime, progress: Progress) -> int:
    """Sign every checkpoint that the new key has not signed yet; returns how many. Idempotent.

    The whole log is recomputed first and compared with all of them; with the old public key their signatures are
    verified too. After an accepted loss, those from before it have other names: their own keys, on record, must have
    signed them.

    Raises:
        NotVouched: something does not agree; nothing is signed.
        psycopg.Error: the database was lost.
    """
    ours = signer.verifier
    with psycopg.connect(dsn) as connection:
        later, ended = archive.later_keys(connection), eras(connection)
        rows = [row._replace(note=row.note + later.get(row.size, "")) for row in archive.stored(connection)]
    waiting = []
    for row in rows:
        try:
            if _origin(row) == ours.name:
                if not _signed(row.note, signer):
                    read_checkpoint(row.note, old)
                    waiting.append(row)
            elif not ended:
                raise NotVouched(_of_another_log(_origin(row), ours))
            else:
                read_by(row.note, keys_of(ours, ended))
        except BadNote as error:
            raise NotVouched(f"the checkpoint of {row.size} events: {error}") from error
    if ended and ours.name != ended[-1].key.name:
        raise NotVouched(_of_another_log(ended[-1].key.name, ours))
    if not waiting:
        return 0
    found = verify(dsn, None, progress=progress)
    if found.wrong is not None:
        raise NotVouched(f"the log does not agree with its checkpoints: {found.wrong.what}")
    with psycopg.connect(dsn) as connection:
        archive.one_at_a_time(connection)
        for row in waiting:
            line = Note(read_note(row.note).text).signed(signer).lines[0]
            archive.cosign(connection, Cosignature(row.size, named(ours), line), now)
    return len(waiting)


def _origin(row: Stored) -> str:
    return read_checkpoint(row.note).origin


def _of_another_log(name: str, ours: Verifier) -> str:
    return (
        f"the checkpoints are of the log {name}, the new key is one of {ours.name}: make one of that name with `suqiu "
        f"keys make-log FILE --name {name}`"
    )


def _signed(note: str, signer: Signer) -> bool:
    try:
        read_note(note).check(signer.verifier)
    except BadNote:
        return False
    return True
