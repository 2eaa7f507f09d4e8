"""Eras of a log: one ends when a person accepts that the log was restored to an older state; then a new key signs.

Each such act is an event in the stream `office-log`, read here from the rows: the retired key, up to which size its
signatures still hold, the largest checkpoint known to be lost, and the key that signs from there on.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection

from aggregates.office.events import LOG, LossAccepted
from eventstore.proofs.checkpoint import Checkpoint, read_checkpoint
from eventstore.proofs.notes import BadNote, Note, Verifier, read_note, read_verifier
from eventstore.stream_lookup import bodies


class Era(NamedTuple):
    """The end of an era: the event at `position`. Of what `retired` signed, the log still has the first `kept`
    events; its checkpoints above that, up to `lost` events, are known to be lost. `key` signs from then on.
    """

    position: int
    at: datetime
    by: str
    reason: str
    retired: Verifier
    kept: int
    lost: int
    lost_at: datetime
    key: Verifier
    earlier: tuple[Verifier, ...]

    def lost_here(self, checkpoint: Checkpoint) -> bool:
        """Whether a checkpoint by the retired key was accepted as lost."""
        of_then = checkpoint.origin == self.retired.name and checkpoint.at <= self.at
        return of_then and self.kept < checkpoint.size <= self.lost

    def sentence(self) -> str:
        """What happened, as a sentence."""
        return (
            f"the log was put back: what was signed as event {self.kept + 1} to {self.lost} (the last on "
            f"{self.lost_at:%Y-%m-%dT%H:%M:%SZ}) is not in it; accepted on {self.at:%Y-%m-%dT%H:%M:%SZ} by {self.by} "
            f"({self.reason}); since then {self.key.name} signs"
        )


def eras(connection: Connection[Any]) -> list[Era]:
    """Every ended era, oldest first.

    Raises:
        psycopg.Error: the database was lost.
        ValueError: a row does not decode.
    """
    return [_era(body.position, json.loads(body.state)) for body in bodies(connection, [LOG], LossAccepted.TOPIC)]


def _era(position: int, body: dict[str, Any]) -> Era:
    return Era(
        position=position,
        at=datetime.fromisoformat(body["at"]),
        by=f"{body['by']['role']} {body['by'].get('id') or ''}".strip(),
        reason=body["reason"],
        retired=read_verifier(body["retired_key"]),
        kept=body["kept"],
        lost=body["known"],
        lost_at=datetime.fromisoformat(body["known_at"]),
        key=read_verifier(body["key"]),
        earlier=tuple(read_verifier(each) for each in body.get("earlier_keys", ())),
    )


def keys_of(verifier: Verifier, ended: Sequence[Era]) -> tuple[Verifier, ...]:
    """Every key of the log, if `verifier`, or a key of its name, is one of them; else `verifier` alone."""
    named = [key for era in ended for key in (era.retired, era.key, *era.earlier)]
    return tuple(dict.fromkeys((verifier, *named))) if verifier.name in {key.name for key in named} else (verifier,)


def read_by(note: Note | str, keys: Sequence[Verifier]) -> Checkpoint:
    """The checkpoint of a note signed by one of these keys; without keys, of any note.

    Raises:
        BadNote: not a checkpoint, or signed by none of the keys.
    """
    note = read_note(note) if isinstance(note, str) else note
    if not keys:
        return read_checkpoint(note)
    origin = note.text.partition("\n")[0]
    of_name = [key for key in keys if key.name == origin] or list(keys[:1])
    for key in of_name[:-1]:
        try:
            return read_checkpoint(note, key)
        except BadNote:
            continue
    return read_checkpoint(note, of_name[-1])
