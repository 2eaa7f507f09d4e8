"""Gateways for messages: the port, the outbox that staff read, a null one, and apprise's many services.

A gateway gets a text, and a telephone number or a unit, for the length of one call; it stores and logs nothing.
"""

import logging
from collections.abc import Sequence
from typing import NamedTuple, Protocol
from urllib.parse import quote

from aggregates.messages.events import Audience, Hint
from office.settings import Settings
from rulebook.problems import BadInput

PHONE, UNIT = "{phone}", "{unit}"


class Undelivered(Exception):
    """The gateway did not take a message. `code` says why without personal data; `again`: a retry may succeed."""

    def __init__(self, code: str, *, again: bool = True) -> None:
        """Take a code, one of those in `message.failed`."""
        super().__init__(code)
        self.code = code
        self.again = again


class BadGateway(BadInput, ValueError):
    """SUQIU_APPRISE_URLS has an address that apprise does not know; the message says which."""


class Parcel(NamedTuple):
    """What is to be delivered now. Never kept."""

    message: str
    to: Audience
    phone: str | None
    unit: str | None
    receipt: str
    text: str


class Gateway(Protocol):
    """The port for sending messages."""

    name: str

    def carries(self, to: Audience, hint: Hint) -> bool:
        """Whether it can reach the recipient; else the message stays in the outbox for staff."""

    def send(self, parcel: Parcel) -> str | None:
        """Send; returns the gateway's reference, if it gives one.

        Raises:
            Undelivered: the gateway did not take it.
        """


class Outbox:
    """The default: nothing is sent, staff see every message with `suqiu outbox` and pass it on."""

    name = "outbox"

    def carries(self, to: Audience, hint: Hint) -> bool:  # noqa: ARG002 - the port's shape
        """Always False."""
        return False

    def send(self, parcel: Parcel) -> str | None:  # noqa: ARG002
        """Always refused."""
        raise Undelivered("no_gateway")


class Null:
    """Accepts everything and sends nothing, for exercises and trials."""

    name = "null"

    def carries(self, to: Audience, hint: Hint) -> bool:  # noqa: ARG002
        """True for everybody with an address."""
        return hint != "none"

    def send(self, parcel: Parcel) -> str | None:  # noqa: ARG002
        """Send nothing."""
        return None


class AppriseGateway:
    """Sends by the addresses of apprise: those with `{phone}` to residents, all others to units, `{unit}` filled in.

    A resident's message never goes to an address that is not theirs.
    """

    name = "apprise"

    def __init__(self, urls: Sequence[str]) -> None:
        """Take apprise's addresses.

        Raises:
            BadGateway: apprise does not know one of them.
        """
        import apprise  # noqa: PLC0415 - a quarter of a second nobody without a gateway waits for

        # It would log what it sends, and to whom.
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
        logging.getLogger("urllib3").setLevel(logging.WARNING)
        self._apprise = apprise
        self._residents = [url for url in urls if PHONE in url]
        self._units = [url for url in urls if PHONE not in url]
        for number, url in enumerate(urls, 1):
            if apprise.Apprise.instantiate(_filled(url, "+8613800000001", "window")) is None:
                raise BadGateway(
                    f"SUQIU_APPRISE_URLS: address {number}: expected one of apprise's, as json://host/path"
                )

    def carries(self, to: Audience, hint: Hint) -> bool:
        """Residents with a telephone, and units, if there is an address for them."""
        return bool(self._residents) and hint == "phone" if to == "resident" else bool(self._units)

    def send(self, parcel: Parcel) -> str | None:
        """Send to every address for this kind of recipient.

        Raises:
            Undelivered: an address did not take it.
        """
        urls = self._residents if parcel.to == "resident" else self._units
        if not urls or (parcel.to == "resident" and not parcel.phone):
            raise Undelivered("no_contact", again=False)
        way = self._apprise.Apprise()
        for url in urls:
            way.add(_filled(url, parcel.phone or "", parcel.unit or ""))
        try:
            taken = way.notify(body=parcel.text, title=parcel.receipt)
        except Exception:  # noqa: BLE001 - whatever the plugin raises may hold what it was sending
            raise Undelivered("gateway_error") from None
        if not taken:
            raise Undelivered("gateway_refused")
        return None


def _filled(url: str, phone: str, unit: str) -> str:
    return url.replace(PHONE, quote(phone, safe="")).replace(UNIT, quote(unit, safe=""))


def gateway_of(settings: Settings) -> Gateway:
    """The gateway of these settings: the addresses of `SUQIU_APPRISE_URLS` (separated by blanks), else the outbox.

    Raises:
        BadGateway: apprise does not know an address.
    """
    if settings.apprise_urls is None or not (urls := settings.apprise_urls.get_secret_value().split()):
        return Outbox()
    return AppriseGateway(urls)
