"""The bodies of a message's activities: decrypt text and number for one call, send, record the result.

Idempotent by the stream: a message on record as delivered or failed is skipped. A worker killed between the gateway's
yes and its entry sends again: at least once.
"""

from collections.abc import Callable

import structlog
from eventsourcing.persistence import PersistenceError
from temporalio import activity
from temporalio.exceptions import ApplicationError

from aggregates.event import Actor, Event, Header
from aggregates.messages.decisions import deliver, fail
from aggregates.messages.events import MessageWritten
from aggregates.messages.outbox import Outbox, Written, fold_outbox, stream_of_message
from aggregates.messages.telling import roster_of
from aggregates.petition.state import fold
from aggregates.record import Recorded
from eventstore.log import ERASED, Append, EventLog
from eventstore.once import append_once
from eventstore.sealing import CannotOpen
from office.clock import Now
from rulebook.clocks import open_from
from rulebook.model import Rulebook
from workers.messaging.gateways import Gateway, Parcel, Undelivered
from workflows.message_contract import DELIVER, GIVE_UP, GivenUp

log = structlog.get_logger(__name__)

CODES = frozenset(
    {"no_gateway", "no_contact", "gateway_error", "gateway_refused", "erased", "timed_out", "store_lost", "withheld"}
)


class MessageActivities:
    """The activities of a message's workflow."""

    def __init__(self, event_log: EventLog, rules: Callable[[], Rulebook], gateway: Gateway, now: Now) -> None:
        """Use a log, a function that returns the rulebook in force, a gateway and a clock."""
        self._petitions = event_log
        self._rules = rules
        self._gateway = gateway
        self._now = now

    @activity.defn(name=DELIVER)
    def deliver(self, message: str) -> float | None:
        """Send a message that still waits; or return the seconds until it may be sent.

        Raises:
            ApplicationError: the gateway did not take it; its type is the code, and nothing of the message is in it.
        """
        try:
            written = self._waiting(message)
            if written is None:
                return None
            if (seconds := self._until_it_may_leave(written.event)) > 0:
                return seconds
            reference = self._gateway.send(self._parcel(written))
        except Undelivered as why:
            log.warning("message.not_taken", message=message, code=why.code, attempt=activity.info().attempt)
            raise ApplicationError(why.code, type=why.code, non_retryable=not why.again) from None
        except (PersistenceError, CannotOpen):
            raise ApplicationError("store_lost", type="store_lost") from None
        by, header, attempts = self._gateway.name, self._header(written), activity.info().attempt
        self._append(
            message,
            "delivered",
            lambda outbox: deliver(outbox, message, header, gateway=by, reference=reference, attempts=attempts),
        )
        return None

    def _until_it_may_leave(self, event: MessageWritten) -> float:
        """Seconds until it may be sent, 0 for now. Retries after a gateway's refusal keep to office hours too."""
        if event.not_before is None:
            return 0.0
        rules, now = self._rules(), self._now()
        leaves = open_from(max(now, event.not_before), rules, roster_of(event.unit, rules))
        return (leaves - now).total_seconds()

    @activity.defn(name=GIVE_UP)
    def give_up(self, given_up: GivenUp) -> None:
        """Record that it could not be sent; staff see it in the outbox."""
        written = self._waiting(given_up.message)
        if written is None:
            return
        message, attempts = given_up.message, given_up.attempts
        by, header = self._gateway.name, self._header(written)
        code = given_up.code if given_up.code in CODES else "gateway_error"
        self._append(
            message,
            "failed",
            lambda outbox: fail(outbox, message, header, gateway=by, code=code, attempts=attempts),
        )
        log.error("message.failed", message=message, code=code, attempts=attempts)

    def _header(self, written: Written) -> Header:
        return Header(self._now(), Actor.engine(), written.event.rulebook, written.event.rule)

    def _waiting(self, message: str) -> Written | None:
        outbox = fold_outbox(self._petitions.read(stream_of_message(message)))
        written = outbox.messages.get(message)
        return written if written is not None and written.waiting else None

    def _parcel(self, written: Written) -> Parcel:
        """The plain text and number, for as long as the call takes.

        Raises:
            Undelivered: the resident's data was erased since, or the unit is complained about now.
        """
        event = written.event
        if event.unit is not None and event.unit in self._complained_about(event.petition):
            raise Undelivered("withheld", again=False)
        texts = self._petitions.unseal(written.record, event.languages)
        text = "\n\n".join(texts[language] or "" for language in event.languages)
        phone = self._phone(event) if event.to == "resident" else None
        if ERASED in (text, phone) or ERASED in texts.values():
            raise Undelivered("erased", again=False)
        return Parcel(event.message, event.to, phone, event.unit, event.receipt, text)

    def _complained_about(self, petition: str) -> tuple[str, ...]:
        """The units complained about now: that may have become known while the message waited."""
        return fold(petition, [record.event for record in self._petitions.read(petition)]).complained_about

    def _phone(self, event: MessageWritten) -> str | None:
        for record in self._petitions.read(event.petition):
            fields = type(record.event).model_fields.keys()
            if {"resident", "phone"} <= fields and getattr(record.event, "resident", "") == event.resident:
                return self._petitions.unseal(record, ("phone",))["phone"]
        return None

    def _append(self, message: str, word: str, event_for: Callable[[Outbox], Event | None]) -> None:
        """Append the result, unless it is on record."""
        stream = stream_of_message(message)

        def decide(records: list[Recorded]) -> Append | None:
            outbox = fold_outbox(records)
            event = event_for(outbox)
            return Append(stream, outbox.version, (event,), f"{word}:{message}", self._now()) if event else None

        append_once(self._petitions, stream, decide)
