"""Receipts, petition ids and pseudonyms: deterministic for one submission, and not guessable.

All are HMAC-SHA-256 under the store's identity secret, as is what is kept of a sender's own id of an act: a repeated
submission gets the same petition, and neither a receipt nor a pseudonym says anything about the resident to whoever
lacks the secret.
"""

import hashlib
import hmac
import json
import secrets
import unicodedata

from rulebook.problems import BadInput

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, which are misread or misheard."""

MISREAD = str.maketrans("OIL", "011")
RECEIPT_BYTES = 10
LENGTH = 17
COMMAND = "command-id:"
"""What a sender's own id of an act is kept as: this and a keyed hash. Earlier it was kept as it was given."""

FIELD = 0b100101
"""x⁵ + x² + 1, primitive over GF(2): its powers of x are the weights of the check character."""


class BadReceipt(BadInput, ValueError):
    """A receipt that no office can have issued: too short, too long or mistyped."""


def new_pseudonym() -> str:
    """A pseudonym drawn at random: of whoever joins, whom nothing links to another petition or resident."""
    return f"r-{secrets.token_hex(16)}"


class Identities:
    """Derives ids under one secret."""

    def __init__(self, secret: bytes) -> None:
        """Use the store's identity secret (32 bytes)."""
        self._secret = secret

    def receipt(self, submission: str) -> str:
        """The receipt of a submission's key: `SQ-`, 80 bits in base 32, and a check character."""
        number = int.from_bytes(self._mac("receipt", submission)[:RECEIPT_BYTES], "big")
        digits = ""
        rest = number
        for _ in range(LENGTH - 1):
            rest, digit = divmod(rest, 32)
            digits = ALPHABET[digit] + digits
        return _grouped(digits + _check(digits))

    def petition(self, receipt: str) -> str:
        """The petition's id: the stream of its events and the id of its workflow.

        Raises:
            BadReceipt: see `normalised`.
        """
        return "p-" + self._mac("petition", normalised(receipt))[:16].hex()

    def resident(self, whom: str) -> str:
        """A pseudonym, under which a resident's key is stored: of whoever brings a petition, derived from it alone."""
        return "r-" + self._mac("resident", whom)[:16].hex()

    def sender_id(self, sender: str, external_id: str) -> bytes:
        """A sender's own id for a submission, as it is kept."""
        return self._mac("sender-id", json.dumps([sender, external_id]))

    def command(self, stream: str, given: str) -> str:
        """What is kept of a sender's own id of an act: the same for a repeat on this stream, and nothing else."""
        return COMMAND + self._mac("command", f"{stream}\n{given}")[:16].hex()

    def _mac(self, purpose: str, what: str) -> bytes:
        return hmac.digest(self._secret, f"suqiu/{purpose}/1\n{what}".encode(), hashlib.sha256)


def normalised(receipt: str) -> str:
    """A receipt in its printed form, from whatever was typed.

    Raises:
        BadReceipt: wrong length, a character outside the alphabet, or a wrong check character. It does not repeat what
            was typed: with one character wrong it is still nearly the resident's own, and it may be no receipt at all.
    """
    typed = "".join(letter for letter in unicodedata.normalize("NFKC", receipt).upper() if letter.isalnum())
    digits = (typed[2:] if len(typed) == LENGTH + 2 and typed.startswith("SQ") else typed).translate(MISREAD)
    if len(digits) != LENGTH or any(digit not in ALPHABET for digit in digits):
        raise BadReceipt(f"receipt: expected SQ- and {LENGTH} letters or digits; found {len(digits)} characters")
    if _check(digits[:-1]) != digits[-1]:
        raise BadReceipt(f"receipt: {masked(digits)} is mistyped: its last character does not fit the others")
    return _grouped(digits)


def masked(digits: str) -> str:
    """What may be shown of a receipt that was typed wrong: enough to find the line it was copied from."""
    return f"SQ-{digits[:4]}-…"


def checks(digits: str, number: int) -> str:
    """Check characters: digits as elements of GF(32), each weighed with a power of x, x², … of its own.

    No two places within 31 share a weight of the first, so every single wrong character and every exchange of two is
    noticed; with a second one every two wrong characters are (a Reed-Solomon code).
    """
    found = ""
    for power in range(1, number + 1):
        total = 0
        for digit in digits:
            total ^= ALPHABET.index(digit)
            for _ in range(power):
                total <<= 1
                total ^= FIELD if total & 32 else 0
        found += ALPHABET[total]
    return found


def _check(digits: str) -> str:
    """The check character of a receipt."""
    return checks(digits, 1)


def _grouped(digits: str) -> str:
    return f"SQ-{digits[:4]}-{digits[4:8]}-{digits[8:12]}-{digits[12:]}"
