"""The log's key was lost: another one vouches for the checkpoints so far, once the log was held against each of them.

A signature of the new key comes beside each old checkpoint, as a witness's does, under the log's own name. What was
signed before stays as it was: whoever has the old public key checks it as ever, whoever has the new one checks all.
"""

from datetime import datetime

import psycopg

from eventstore.proofs import archive
from eventstore.proofs.archive import Cosignature, named
from eventstore.proofs.checkpoint import read_checkpoint
from eventstore.proofs.notes import BadNote, Note, Signer, Verifier, read_note
from workers.evidence.auditing import Progress, verify


class NotVouched(Exception):
    """The log is not what the old checkpoints say, or is another's: the new key signs none of them."""


def vouch(dsn: str, signer: Signer, old: Verifier | None, now: datetime, progress: Progress) -> int:
    """Sign every checkpoint that the new key has not signed; answers how many. Again it does nothing.

    The whole log is recomputed first and held against all of them; with the old public key their signatures too.

    Raises:
        NotVouched: something does not agree; nothing is signed.
        psycopg.Error: the database was lost.
    """
    with psycopg.connect(dsn) as connection:
        later = archive.later_keys(connection)
        waiting = [row for row in archive.stored(connection) if not _signed(row.note + later.get(row.size, ""), signer)]
    if not waiting:
        return 0
    for row in waiting:
        try:
            read_checkpoint(row.note, old)
            origin = read_checkpoint(row.note).origin
        except BadNote as error:
            raise NotVouched(f"the checkpoint of {row.size} events: {error}") from error
        if origin != signer.verifier.name:
            raise NotVouched(
                f"the checkpoints are of the log {origin}, the new key is one of {signer.verifier.name}: make one of "
                "that name with `suqiu keys make-log`"
            )
    found = verify(dsn, None, progress=progress)
    if found.wrong is not None:
        raise NotVouched(f"the log does not agree with its checkpoints: {found.wrong.what}")
    with psycopg.connect(dsn) as connection:
        archive.one_at_a_time(connection)
        for row in waiting:
            line = Note(read_note(row.note).text).signed(signer).lines[0]
            archive.cosign(connection, Cosignature(row.size, named(signer.verifier), line), now)
    return len(waiting)


def _signed(note: str, signer: Signer) -> bool:
    try:
        read_note(note).check(signer.verifier)
    except BadNote:
        return False
    return True
