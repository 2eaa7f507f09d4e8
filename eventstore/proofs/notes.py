"""Signed notes of C2SP (c2sp.org/signed-note): a text, and lines below it that say who signed.

Ed25519 signatures of logs (algorithm 0x01) and cosignatures of witnesses with their time (0x04,
c2sp.org/tlog-cosignature).

Every reader of notes takes the same texts for one: a line ends at U+000A and nowhere else, and what is read is written
again to the same bytes. `evidence/verifier/notes.py` is the second reader; a test compares the two.
"""

import base64
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from rulebook.problems import BadInput

ED25519 = 0x01
COSIGNATURE = 0x04
LARGEST_NOTE = 1_000_000
LATEST_SECONDS = 253_402_300_799
"""The end of the year 9999: a later cosignature time is rejected."""
_NAME = re.compile(r"[^\s+]+")
_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")


class BadNote(BadInput):
    """A text is not a signed note, or lacks a valid signature; the message says which."""


class BadKey(BadInput, ValueError):
    """A text is not a key of a signed note."""


class Signer(Protocol):
    """Signs checkpoints: a key file, or a service that never hands out its key (an HSM, a KMS)."""

    @property
    def verifier(self) -> "Verifier":
        """The public key."""

    def sign(self, message: bytes) -> bytes:
        """A signature over the message, by the verifier's algorithm."""


@dataclass(frozen=True)
class Verifier:
    """A public key with its name and algorithm; `str` of it is the text to publish (a `vkey`)."""

    name: str
    algorithm: int
    public: bytes

    @property
    def id(self) -> bytes:
        """The key's id, four bytes that tell keys of one name apart."""
        return sha256(self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public).digest()[:4]

    def __str__(self) -> str:
        """`name+id+key`."""
        return f"{self.name}+{self.id.hex()}+{_base64(bytes([self.algorithm]) + self.public)}"

    def accepts(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's over the message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


def read_verifier(text: str) -> Verifier:
    """Parse a public key.

    Raises:
        BadKey: not a public key, or its id does not match it.
    """
    parts = text.strip().split("+", 2)
    try:
        name, given, coded = parts
        key = _strict_bytes(coded)
    except ValueError as error:
        raise BadKey("a public key: expected NAME+ID+KEY as `suqiu audit key` prints it") from error
    if not _NAME.fullmatch(name) or len(key) != 33 or key[0] not in (ED25519, COSIGNATURE):
        raise BadKey("a public key: expected NAME+ID+KEY with an Ed25519 key (algorithm 1 or 4)")
    verifier = Verifier(name, key[0], key[1:])
    if verifier.id.hex() != given:
        raise BadKey(f"a public key: its id should be {verifier.id.hex()}; found {given}")
    return verifier


class KeySigner:
    """Signs with an Ed25519 key in memory; its text is that of Go's `sumdb/note`: PRIVATE+KEY+name+id+key."""

    def __init__(self, name: str, seed: bytes, algorithm: int = ED25519) -> None:
        """Take a name without blanks and plus signs, and a seed of 32 bytes.

        Raises:
            BadKey: the name or the seed is not of that form.
        """
        if not _NAME.fullmatch(name) or len(seed) != 32:
            raise BadKey(f"a private key: expected a name without blanks or plus, and 32 bytes; found {name!r}")
        self._seed = seed
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self._verifier = Verifier(name, algorithm, public)

    @property
    def verifier(self) -> Verifier:
        """The public key."""
        return self._verifier

    def sign(self, message: bytes) -> bytes:
        """An Ed25519 signature."""
        return self._key.sign(message)

    def text(self) -> str:
        """The key as it is kept in a file."""
        ours = self._verifier
        return f"PRIVATE+KEY+{ours.name}+{ours.id.hex()}+{_base64(bytes([ours.algorithm]) + self._seed)}"


def read_signer(text: str) -> KeySigner:
    """Parse a private key.

    Raises:
        BadKey: not a private key, or its id does not match it.
    """
    parts = text.strip().split("+", 4)
    try:
        private, word, name, given, coded = parts
        key = _strict_bytes(coded)
    except ValueError as error:
        raise BadKey("a private key: expected PRIVATE+KEY+NAME+ID+KEY") from error
    if (private, word) != ("PRIVATE", "KEY") or len(key) != 33 or key[0] not in (ED25519, COSIGNATURE):
        raise BadKey("a private key: expected PRIVATE+KEY+NAME+ID+KEY with an Ed25519 key (algorithm 1 or 4)")
    signer = KeySigner(name, key[1:], key[0])
    if signer.verifier.id.hex() != given:
        raise BadKey(f"a private key: its id should be {signer.verifier.id.hex()}; found {given}")
    return signer


@dataclass(frozen=True)
class Note:
    """A text that ends with a newline, and its signatures: (name, key id and signature)."""

    text: str
    signatures: tuple[tuple[str, bytes], ...] = ()

    def __str__(self) -> str:
        """The note as sent and stored."""
        return self.text + "\n" + "".join(f"{line}\n" for line in self.lines)

    @property
    def lines(self) -> tuple[str, ...]:
        """The signatures as lines, in the order of `signatures`."""
        return tuple(f"— {name} {_base64(signature)}" for name, signature in self.signatures)

    def signed(self, signer: Signer) -> "Note":
        """The note with one more signature.

        Raises:
            BadNote: the text does not end with a newline, or has an empty line.
        """
        if not self.text.endswith("\n") or "\n\n" in self.text:
            raise BadNote("a note: expected lines of text, the last one ended, none empty")
        signature = signer.verifier.id + signer.sign(self.text.encode())
        return Note(self.text, (*self.signatures, (signer.verifier.name, signature)))

    def check(self, verifier: Verifier) -> None:
        """Verify a log's signature.

        Raises:
            BadNote: the note has no signature by this key, or an invalid one.
        """
        for signature in self._of(verifier):
            if not verifier.accepts(self.text.encode(), signature):
                raise BadNote(f"the signature of {verifier.name} is wrong")

    def cosigned(self, signer: Signer, seconds: int) -> "Note":
        """The note with a witness's cosignature, made at `seconds` since 1970."""
        signature = signer.sign(_cosigned_message(self.text, seconds))
        packed = signer.verifier.id + seconds.to_bytes(8, "big") + signature
        return Note(self.text, (*self.signatures, (signer.verifier.name, packed)))

    def check_cosignature(self, verifier: Verifier) -> int:
        """Verify a witness's cosignature; returns its time in seconds since 1970.

        Raises:
            BadNote: the note has no cosignature by this key, or an invalid one.
        """
        seconds = 0
        for packed in self._of(verifier):
            seconds = int.from_bytes(packed[:8], "big")
            if seconds > LATEST_SECONDS or not verifier.accepts(_cosigned_message(self.text, seconds), packed[8:]):
                raise BadNote(f"the cosignature of {verifier.name} is wrong")
        return seconds

    def _of(self, verifier: Verifier) -> list[bytes]:
        found = [packed[4:] for name, packed in self.signatures if (name, packed[:4]) == (verifier.name, verifier.id)]
        if not found:
            raise BadNote(f"not signed by {verifier.name} ({verifier.id.hex()})")
        return found


def read_note(text: str) -> Note:
    """Parse a signed note; its signatures are not verified.

    Raises:
        BadNote: the text is not a signed note as C2SP defines it.
    """
    if len(text) > LARGEST_NOTE:
        raise BadNote(f"a signed note: more than {LARGEST_NOTE:,} characters")
    if any(ord(each) < 32 and each != "\n" for each in text):
        raise BadNote("a signed note: it has control characters (a line ends with U+000A alone)")
    body, gap, below = text.rpartition("\n\n")
    if not gap or not below.endswith("\n") or not all(body.split("\n")):
        raise BadNote("a signed note: expected a text, an empty line and signatures")
    signatures = []
    for line in below.split("\n")[:-1]:
        match = _LINE.fullmatch(line)
        packed = b"" if match is None else _bytes(match[2])
        if match is None or len(packed) <= 4:
            raise BadNote("a signed note: expected lines of `— NAME SIGNATURE` below the text")
        signatures.append((match[1], packed))
    found = Note(body + "\n", tuple(signatures))
    if not signatures or str(found) != text or not _is_utf_8(text):
        raise BadNote("a signed note: it is not written as it must be")
    return found


def _cosigned_message(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _bytes(text: str) -> bytes:
    try:
        return _strict_bytes(text)
    except ValueError:
        return b""


def _strict_bytes(text: str) -> bytes:
    """Bytes from base64 in its one canonical form: trailing bits that mean nothing are zero.

    Raises:
        ValueError: not base64, or not its canonical form.
    """
    found = base64.b64decode(text, validate=True)  # binascii.Error is a ValueError
    if _base64(found) != text:
        raise ValueError("base64: not in its canonical form")
    return found


def _is_utf_8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
