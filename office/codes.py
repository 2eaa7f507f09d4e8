"""The code that comes with a receipt: by it, and not by the receipt, a resident is known.

The receipt is a case number that everybody concerned sees. The code is drawn at random, told once, and kept as a keyed
hash under the store's identity secret (`eventstore/kept_codes.py`); who lost it gets another at the counter.
"""

import hashlib
import hmac
import secrets
import unicodedata
from datetime import datetime, timedelta

from aggregates.known import BY_CODE, Known
from aggregates.petition.decisions import Refused
from eventstore.kept_codes import KeptCode, forgive, keep, try_code
from eventstore.recorder import Datastore
from office.identity import ALPHABET, MISREAD, checks

DRAWN = 8
"""Characters that are drawn: 40 bits. Of five tries in a row, then five an hour, then five a day, one in a hundred
thousand million fits."""

CHECKS = 2
"""Check characters: a mistyped code is told so, and costs no try."""

TRIES = 5
"""Wrong codes in a row for one petition before it waits."""

FIRST, LATER = timedelta(hours=1), timedelta(days=1)
"""How long it waits after the first `TRIES` wrong codes, and after each further `TRIES`."""


class Code(str):
    """A code in clear, between its making and whoever it is told to; its `repr` does not show it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<code>"


def new_code() -> Code:
    """A fresh code, as `K7QM-3TXA-9P`."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(DRAWN))
    return Code(_grouped(drawn + checks(drawn, CHECKS)))


def normalised_code(typed: str) -> str:
    """A code in its printed form, from whatever was typed.

    Raises:
        Refused: no office can have given it out; nothing of it is repeated.
    """
    digits = "".join(each for each in unicodedata.normalize("NFKC", typed).upper() if each.isalnum())
    digits = digits.translate(MISREAD)
    known = len(digits) == DRAWN + CHECKS and all(each in ALPHABET for each in digits)
    if not known or checks(digits[:DRAWN], CHECKS) != digits[DRAWN:]:
        raise Refused(
            "code-mistyped", f"code: expected {DRAWN + CHECKS} letters or digits that fit each other; it is mistyped"
        )
    return _grouped(digits)


def _grouped(digits: str) -> str:
    return f"{digits[:4]}-{digits[4:8]}-{digits[8:]}"


class Codes:
    """Makes codes and tells whose they are, under one secret."""

    def __init__(self, datastore: Datastore, secret: bytes) -> None:
        """Use a store and its identity secret."""
        self._datastore = datastore
        self._secret = secret

    def kept(self, stream: str, resident: str, code: str) -> KeptCode:
        """What is kept of a code."""
        said = f"suqiu/code/1\n{stream}\n{resident}\n{code}".encode()
        return KeptCode(stream, resident, hmac.digest(self._secret, said, hashlib.sha256))

    def give(self, stream: str, resident: str) -> Code:
        """Make a resident's code for a petition, instead of any before; durable when this returns.

        Raises:
            PersistenceError: the database was lost.
        """
        code = new_code()
        with self._datastore.get_connection() as connection, connection.transaction():
            keep(connection, [self.kept(stream, resident, code)])
            forgive(connection, stream)
        return code

    def whose(self, stream: str, typed: str, now: datetime) -> str:
        """The resident whose code it is.

        Raises:
            Refused: it is mistyped, or fits nobody, or too many were wrong and it is not tried.
            PersistenceError: the database was lost.
        """
        code = normalised_code(typed)

        def fits(kept: KeptCode) -> bool:
            return hmac.compare_digest(kept.mac, self.kept(stream, kept.resident, code).mac)

        with self._datastore.get_connection() as connection:
            tried = try_code(connection, stream, fits, now, lambda wrong: _waits(wrong, now))
        if tried.resident is not None:
            return tried.resident
        if tried.waits_until is not None:
            hours = -(-(tried.waits_until - now) // timedelta(hours=1))
            raise Refused(
                "too-many-tries", f"code: too many were wrong; it can be tried again in {hours} h, or at the counter"
            )
        said = "it does not fit this petition" if tried.known else "none was given out; the counter gives one"
        raise Refused("code-wrong", f"code: {said}")

    def known(self, stream: str, first: str, typed: str, now: datetime) -> Known:
        """That somebody is the resident who asked first, by their code.

        Raises:
            Refused: as `whose`; or it is the code of another resident of a joint petition.
        """
        if self.whose(stream, typed, now) != first:
            raise Refused("code-of-another", "code: it is that of somebody who joined; the first resident acts in this")
        return BY_CODE


def _waits(wrong: int, now: datetime) -> datetime | None:
    if wrong % TRIES:
        return None
    return now + (FIRST if wrong == TRIES else LATER)
