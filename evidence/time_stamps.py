"""Time stamps (RFC 3161) over checkpoints: an outside authority's word for when one was there.

Asked for when `SUQIU_TIMESTAMP_URL` names a server. A server that does not answer holds nothing up: the checkpoint
stands without a stamp until the notary asks again. `SUQIU_TIMESTAMP_CA` is the authority's root certificate (PEM).
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
    """The server gave no stamp, or none over what was sent."""


class BadStamp(Exception):
    """A stamp is none, is over something else, or is not the authority's."""


class TimeStamps:
    """Asks a server for stamps, and checks them; without a root certificate it checks what they are over only."""

    def __init__(self, url: str | None, root: Certificate | None) -> None:
        """Use a server and trust a root.

        Raises:
            SettingsError: the address is no http address.
        """
        if url is not None and not url.startswith(("http://", "https://")):
            raise SettingsError(f"SUQIU_TIMESTAMP_URL: expected an http address; found {url!r}")
        self.url = url
        self._root = root

    def ask(self, note: str) -> bytes:
        """A stamp over a note.

        Raises:
            NoStamp: there is none.
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
        """When the authority saw the note.

        Raises:
            BadStamp: the stamp does not say so.
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
    """The stamps of these settings.

    Raises:
        SettingsError: the address or the certificate is none.
    """
    if settings.timestamp_ca is None:
        return TimeStamps(settings.timestamp_url, None)
    return TimeStamps(settings.timestamp_url, _root(settings.timestamp_ca.expanduser()))


def _root(path: Path) -> Certificate:
    try:
        return load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise SettingsError(f"SUQIU_TIMESTAMP_CA: {path} is no certificate in PEM: {error}") from error
