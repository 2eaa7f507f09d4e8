"""Time stamps (RFC 3161) over checkpoints: an outside authority's statement that a checkpoint existed at a time.

Requested if `SUQIU_TIMESTAMP_URL` names a server. A server that does not answer blocks nothing: the checkpoint stays
unstamped until the notary asks again. `SUQIU_TIMESTAMP_CA` is the authority's root certificate (PEM).
"""

from datetime import datetime
from hashlib import sha256
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

from cryptography.x509 import Certificate, load_pem_x509_certificate
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, VerifierBuilder, decode_timestamp_response
from rfc3161_client.errors import VerificationError

from office.settings import Settings, SettingsError

SECONDS = 10
LARGEST = 100_000


class NoStamp(Exception):
    """The server gave no stamp, or one over something else."""


class BadStamp(Exception):
    """A stamp is malformed, over something else, or not by the authority."""


class TimeStamps:
    """Requests stamps and verifies them; without a root certificate it only checks what they are over."""

    def __init__(self, url: str | None, root: Certificate | None) -> None:
        """Use a server, and trust a root certificate.

        Raises:
            SettingsError: `url` is not an http address.
        """
        if url is not None and not url.startswith(("http://", "https://")):
            raise SettingsError(f"SUQIU_TIMESTAMP_URL: expected an http address; found {url!r}")
        self.url = url
        self._root = root

    def ask(self, note: str) -> bytes:
        """Request a stamp over a note.

        Raises:
            NoStamp: the server gave none, or a wrong one.
        """
        asked = TimestampRequestBuilder().data(note.encode()).hash_algorithm(HashAlgorithm.SHA256).build()
        kind = {"Content-Type": "application/timestamp-query"}
        request = Request(str(self.url), data=asked.as_bytes(), headers=kind)  # noqa: S310 - an http address
        try:
            with urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
                token: bytes = answer.read(LARGEST)
            if decode_timestamp_response(token).tst_info.nonce != asked.nonce:
                raise NoStamp("the server answered another request")
            self.check(note, token)
        except (URLError, OSError, ValueError, BadStamp) as error:
            raise NoStamp(f"{type(error).__name__}: {error}") from error
        return token

    def check(self, note: str, token: bytes) -> datetime:
        """Verify a stamp; returns when the authority saw the note.

        Raises:
            BadStamp: the stamp is malformed, over something else, or not by the authority.
        """
        try:
            stamp = decode_timestamp_response(token)
            if stamp.status not in (0, 1):
                raise BadStamp(f"the authority refused: status {stamp.status}")
            if self._root is not None:
                VerifierBuilder().add_root_certificate(self._root).build().verify_message(stamp, note.encode())
            if stamp.tst_info.message_imprint.message != sha256(note.encode()).digest():
                raise BadStamp("it is over something else")
        except (ValueError, VerificationError) as error:
            raise BadStamp(str(error).splitlines()[0]) from error
        return stamp.tst_info.gen_time


def time_stamps(settings: Settings) -> TimeStamps:
    """The time-stamp client of these settings.

    Raises:
        SettingsError: the address or the certificate is not one.
    """
    if settings.timestamp_ca is None:
        return TimeStamps(settings.timestamp_url, None)
    return TimeStamps(settings.timestamp_url, _root(settings.timestamp_ca.expanduser()))


def _root(path: Path) -> Certificate:
    try:
        return load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise SettingsError(f"SUQIU_TIMESTAMP_CA: {path} is no certificate in PEM: {error}") from error
