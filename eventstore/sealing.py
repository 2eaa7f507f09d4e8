"""Sealing of personal fields: AES-256-GCM with a key per resident and the field's place as associated data.

A sealed field can be neither read without its key nor moved to another row, version or field. Sources: NIST SP 800-38D
(GCM, 96-bit random nonces); the commitment is SHA-256 over a 16-byte random salt and the text.
"""

import base64
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from aggregates.personal import Sealed
from rulebook.problems import Expected

SALT_BYTES = 16
NONCE_BYTES = 12
KEY_BYTES = 32


class CannotOpen(Expected):
    """Something sealed cannot be opened: no key, another key, another place than it was sealed for, or altered."""


def new_key() -> bytes:
    """A fresh AES-256 key."""
    return os.urandom(KEY_BYTES)


def key_id(key: bytes) -> str:
    """The name of a key: 16 hex digits that say nothing about it, to tell an erased key from a forgery."""
    return hashlib.sha256(b"suqiu/key/1\n" + key).hexdigest()[:16]


def seal(text: str, key: bytes, stream: str, version: int, field: str) -> Sealed:
    """Seal one text for one place of the log."""
    salt, nonce = os.urandom(SALT_BYTES), os.urandom(NONCE_BYTES)
    salted = salt + text.encode()
    return Sealed(
        key=key_id(key),
        nonce=base64.b64encode(nonce).decode(),
        ciphertext=base64.b64encode(AESGCM(key).encrypt(nonce, salted, _place(stream, version, field))).decode(),
        commitment=hashlib.sha256(salted).hexdigest(),
    )


def unseal(sealed: Sealed, key: bytes, stream: str, version: int, field: str) -> str:
    """The text of a sealed field.

    Raises:
        CannotOpen: see `open_commitment`.
    """
    return open_commitment(sealed, key, stream, version, field)[1]


def open_commitment(sealed: Sealed, key: bytes, stream: str, version: int, field: str) -> tuple[bytes, str]:
    """Salt and text of a sealed field. With both anybody can check the commitment: handing them out is a look.

    Raises:
        CannotOpen: wrong key, or the field was moved to another place, or altered.
    """
    try:
        salted = AESGCM(key).decrypt(
            base64.b64decode(sealed.nonce),
            base64.b64decode(sealed.ciphertext),
            _place(stream, version, field),
        )
    except (InvalidTag, ValueError) as error:
        raise CannotOpen(f"{stream} version {version}, {field}: does not open with this key at this place") from error
    if hashlib.sha256(salted).hexdigest() != sealed.commitment:
        raise CannotOpen(f"{stream} version {version}, {field}: the text is not the one committed to")
    return salted[:SALT_BYTES], salted[SALT_BYTES:].decode()


def _place(stream: str, version: int, field: str) -> bytes:
    return f"suqiu/sealed/1\n{stream}\n{version}\n{field}".encode()


class MasterKey:
    """Wraps other keys; the port behind which a file, the environment or, later, an HSM stands."""

    def __init__(self, key: bytes) -> None:
        """Take a 32-byte key.

        Raises:
            ValueError: `key` has another length.
        """
        if len(key) != KEY_BYTES:
            raise ValueError(f"master key: expected {KEY_BYTES} bytes; found {len(key)}")
        self._aes = AESGCM(key)
        self.id = key_id(key)

    def wrap(self, key: bytes, purpose: str) -> bytes:
        """A key encrypted for storage, bound to its purpose (associated data)."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._aes.encrypt(nonce, key, purpose.encode())

    def unwrap(self, wrapped: bytes, purpose: str) -> bytes:
        """The key, decrypted.

        Raises:
            CannotOpen: wrapped by another master key or for another purpose.
        """
        try:
            return self._aes.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], purpose.encode())
        except (InvalidTag, ValueError) as error:
            raise CannotOpen(f"{purpose}: wrapped by another master key than the one given") from error
