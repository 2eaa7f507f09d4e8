"""Checkpoints (c2sp.org/tlog-checkpoint): size, root and map of heads of the log at an instant, as a signed note.

Two extension lines: `suqiu-heads/1 COUNT ROOT` commits to the map of heads, `suqiu-time/1 INSTANT` says when.
"""

import base64
import binascii
import re
from datetime import UTC, datetime
from typing import NamedTuple

from eventstore.proofs.merkle import EMPTY_ROOT, HASH_BYTES, BadProof, verify_consistency
from eventstore.proofs.notes import BadNote, Note, Signer, Verifier, read_note

SIZE = re.compile(r"0|[1-9][0-9]{0,17}")
"""A number of events as it is written: ASCII digits, no leading zero."""


class Checkpoint(NamedTuple):
    """A signed tree head. `streams` and `heads` are the map's count and root; `at` is the time the signer states."""

    origin: str
    size: int
    root: bytes
    streams: int
    heads: bytes
    at: datetime

    def text(self) -> str:
        """The text that is signed."""
        instant = self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return (
            f"{self.origin}\n{self.size}\n{encode(self.root)}\n"
            f"suqiu-heads/1 {self.streams} {encode(self.heads)}\nsuqiu-time/1 {instant}\n"
        )

    def signed(self, signer: Signer) -> Note:
        """The checkpoint as a signed note."""
        return Note(self.text()).signed(signer)


def read_checkpoint(note: Note | str, verifier: Verifier | None = None) -> Checkpoint:
    """Parse a checkpoint; with a `verifier`, verify its signature too.

    Raises:
        BadNote: not a checkpoint, one of another log, or not signed by that key.
    """
    note = read_note(note) if isinstance(note, str) else note
    lines = note.text.split("\n")[:-1]
    if len(lines) != 5:
        raise BadNote(f"a checkpoint of suqiu: expected 5 lines; found {len(lines)}")
    origin, size, root, heads, at = lines
    if not SIZE.fullmatch(size):
        raise BadNote("a checkpoint: expected a size on line 2")
    tag, _, rest = heads.partition(" ")
    streams, _, heads_root = rest.partition(" ")
    if tag != "suqiu-heads/1" or not SIZE.fullmatch(streams):
        raise BadNote("a checkpoint: expected `suqiu-heads/1 COUNT ROOT` on line 4")
    try:
        instant = datetime.strptime(at, "suqiu-time/1 %Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise BadNote("a checkpoint: expected `suqiu-time/1 INSTANT` on line 5") from error
    found = Checkpoint(origin, int(size), decode(root), int(streams), decode(heads_root), instant)
    if found.text() != note.text:
        raise BadNote("a checkpoint: it is not written as it must be")
    if found.size == 0 and found.root != EMPTY_ROOT:
        raise BadNote("a checkpoint: the root of an empty log is another")
    if verifier is not None:
        if origin != verifier.name:
            raise BadNote(f"a checkpoint of another log: expected {verifier.name}; found {origin}")
        note.check(verifier)
    return found


class Continuation(NamedTuple):
    """A checkpoint and the proof that it continues a tree of an older size (c2sp.org/tlog-witness, add-checkpoint)."""

    old: int
    proof: list[bytes]
    note: Note

    def __str__(self) -> str:
        """The request body that is sent."""
        return f"old {self.old}\n" + "".join(f"{encode(each)}\n" for each in self.proof) + f"\n{self.note}"

    def verify(self, old_root: bytes, new: Checkpoint) -> None:
        """Verify the consistency proof.

        Raises:
            BadProof: the log was rewritten below the old size, or the proof is for another tree.
        """
        if self.old == 0 and old_root == EMPTY_ROOT and not self.proof:
            return
        verify_consistency(self.old, new.size, old_root, new.root, self.proof)


def read_continuation(text: str) -> Continuation:
    """Parse a continuation, or a note alone (old 0, no proof).

    Raises:
        BadNote: the text is neither.
    """
    head, gap, rest = text.partition("\n\n")
    first, *proof = head.split("\n")
    if not first.startswith("old "):
        return Continuation(0, [], read_note(text))
    if not gap or not SIZE.fullmatch(first[4:]) or len(proof) > 63:
        raise BadNote("a continuation: expected `old SIZE`, at most 63 hashes, an empty line and a checkpoint")
    return Continuation(int(first[4:]), [decode(line) for line in proof], read_note(rest))


def encode(content: bytes) -> str:
    """Bytes in base64, as lines of a note have them."""
    return base64.b64encode(content).decode()


def decode(text: str) -> bytes:
    """A hash from base64.

    Raises:
        BadNote: the text is not base64 of 32 bytes.
    """
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadNote("a checkpoint: expected a hash in base64") from error
    if len(found) != HASH_BYTES or encode(found) != text:
        raise BadNote(f"a checkpoint: expected a hash of {HASH_BYTES} bytes in base64")
    return found


__all__ = ["SIZE", "BadProof", "Checkpoint", "Continuation", "read_checkpoint", "read_continuation"]
