"""Keys, signed notes (c2sp.org/signed-note) and checkpoints."""

from __future__ import annotations

import base64
import re
import sys
from dataclasses import dataclass
from datetime import datetime, timezone
from hashlib import sha256
from typing import Any, NamedTuple

from evidence.verifier.limits import LARGEST_NOTE, Wrong
from evidence.verifier.strict_json import decode, instant

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:  # said in a sentence, not as a traceback
    sys.stderr.write("需要 cryptography this needs the package cryptography: python -m pip install cryptography\n")
    raise SystemExit(2) from None


@dataclass(frozen=True)
class Key:
    """A public key of a log or witness as text: NAME+ID+KEY. Algorithm 1 signs notes, 4 cosigns them."""

    name: str
    algorithm: int
    public: bytes

    @property
    def id(self) -> bytes:
        """The key's id, four bytes that tell keys of one name apart."""
        return sha256(self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public).digest()[:4]

    def __str__(self) -> str:
        coded = base64.b64encode(bytes([self.algorithm]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{coded}"

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's over the message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


def read_key(text: Any, where: str) -> Key:
    """Parse a public key.

    Raises:
        Wrong: the text is not a public key.
    """
    parts = text.strip().split("+", 2) if isinstance(text, str) else []
    if len(parts) == 3 and parts[0] and not re.search(r"\s", parts[0]):
        coded = decode(parts[2], where, 33)
        key = Key(parts[0], coded[0], coded[1:])
        if str(key) == text.strip() and key.algorithm in (1, 4):
            return key
    raise Wrong(f"{where}：不是公钥。", f"{where}: expected a public key NAME+ID+KEY, as `suqiu audit key` prints it.")


SIGNATURE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")


class Note(NamedTuple):
    """A signed text, and its signatures: (name, key id and signature)."""

    text: str
    signatures: list[tuple[str, bytes]]

    def of(self, key: Key) -> list[bytes]:
        """The signatures that claim to be by this key."""
        return [packed[4:] for name, packed in self.signatures if (name, packed[:4]) == (key.name, key.id)]

    def check(self, key: Key, where: str) -> None:
        """Verify the log's signature.

        Raises:
            Wrong: there is no signature by this key, or an invalid one.
        """
        found = self.of(key)
        if not found:
            raise Wrong(f"{where}：没有该日志的签名。", f"{where}: it is not signed by {key.name} ({key.id.hex()}).")
        if not all(key.signed(self.text.encode(), each) for each in found):
            raise Wrong(f"{where}：签名不符。", f"{where}: the signature is wrong.")

    def witnessed(self, key: Key, where: str) -> datetime | None:
        """When a witness cosigned the note first; None: it did not.

        Raises:
            Wrong: a cosignature by this key is invalid.
        """
        seen: datetime | None = None
        for packed in self.of(key):
            seconds = int.from_bytes(packed[:8], "big")
            message = f"cosignature/v1\ntime {seconds}\n{self.text}".encode()
            if not key.signed(message, packed[8:]) or seconds > 253_402_300_799:
                raise Wrong(f"{where}：证人会签不符。", f"{where}: the cosignature of {key.name} is wrong.")
            at = datetime.fromtimestamp(seconds, timezone.utc)
            seen = at if seen is None else min(seen, at)
        return seen


def read_note(content: bytes, where: str) -> Note:
    """Parse a signed note; its signatures are not verified.

    Raises:
        Wrong: the text is not a signed note.
    """
    try:
        text = content.decode() if len(content) <= LARGEST_NOTE else ""
    except UnicodeDecodeError:
        text = ""
    body, gap, below = text.rpartition("\n\n")
    lines = below.split("\n")[:-1]
    matches = [SIGNATURE.fullmatch(line) for line in lines]
    if not gap or not all(body.split("\n")) or not below.endswith("\n") or any(ord(c) < 32 and c != "\n" for c in text):
        matches = []
    signatures = [(match[1], decode(match[2], where, None)) for match in matches if match]
    if not signatures or len(signatures) != len(matches) or min(len(each) for _, each in signatures) <= 4:
        raise Wrong(f"{where}：不是签名文本。", f"{where}: it is no signed note.")
    return Note(body + "\n", signatures)


class Checkpoint(NamedTuple):
    """The log's size, root and map of heads at an instant, by the log's own clock."""

    size: int
    root: bytes
    streams: int
    heads: bytes
    at: datetime
    note: Note
    content: bytes


CHECKPOINT = re.compile(
    r"([^\s+]+)\n(0|[1-9][0-9]{0,17})\n(\S{44})\nsuqiu-heads/1 (0|[1-9][0-9]{0,17}) (\S{44})\n"
    r"suqiu-time/1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\n",
    re.ASCII,
)


def read_checkpoint(content: bytes, key: Key, where: str) -> Checkpoint:
    """Read a checkpoint and verify the log's signature.

    Raises:
        Wrong: not a checkpoint, or of another log, or not signed by its key.
    """
    note = read_note(content, where)
    match = CHECKPOINT.fullmatch(note.text)
    if match is None:
        raise Wrong(f"{where}：不是检查点。", f"{where}: it is no checkpoint of suqiu.")
    if match[1] != key.name:
        raise Wrong(f"{where}：是另一日志的检查点。", f"{where}: it is of another log: {match[1]}, not {key.name}.")
    note.check(key, where)
    return Checkpoint(
        int(match[2]), decode(match[3], where), int(match[4]), decode(match[5], where), instant(match[6]), note, content
    )
