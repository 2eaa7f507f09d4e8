"""The messenger, from the event log to the outbox: writes the messages that an event leads to, each once.

At least once by its position, once by the message's id. It sends nothing: messages for a gateway are taken from the log
by `sender.py`, so that neither a dead gateway nor a lost engine keeps one from being written.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta

import structlog

from aggregates.event import Actor
from aggregates.messages.events import MessageWritten, Way
from aggregates.messages.outbox import fold_outbox, stream_of
from aggregates.messages.telling import Draft, Happened, Voice, contacts_of, may_leave, personal_texts, tell, voice_of
from aggregates.petition.state import Petition, evolve, fold
from aggregates.record import Recorded
from aggregates.streams import is_petition
from eventstore.log import Append, EventLog
from eventstore.once import append_each, append_once
from office.clock import Now
from office.merging import merged_into
from rulebook.messages import MessageBook
from rulebook.model import Rulebook
from workers.messaging.gateways import Gateway
from workers.reading.page_reader import PageReader

log = structlog.get_logger(__name__)

BATCH = 100
"""Petitions whose messages share a commit."""


class Messenger(PageReader):
    """Writes messages to residents and units."""

    name = "messenger"

    def __init__(
        self, event_log: EventLog, rules: Callable[[], Rulebook], book: MessageBook, gateway: Gateway, now: Now
    ) -> None:
        """Use a log, a function that returns the rulebook in force, templates, the gateway that will send, a clock."""
        super().__init__(event_log)
        self._rules = rules
        self._book = book
        self._made: Voice | None = None
        self._gateway = gateway
        self._now = now

    def takes(self, stream: str) -> bool:
        """Petitions."""
        return is_petition(stream)

    async def handle(self, page: Sequence[Recorded]) -> None:
        """Write the messages of a page.

        Raises:
            PersistenceError: the database was lost; what was written is not written again.
        """
        await asyncio.to_thread(self.write, page)

    def write(self, page: Sequence[Recorded]) -> None:
        """As `handle`."""
        oldest = self._now() - timedelta(days=self._book.delivery.old_news_after_days)
        causes: dict[str, set[int]] = {}
        old = 0
        for record in page:
            if not is_petition(record.stream) or not self._book.of(record.event.TOPIC):
                continue
            if record.recorded_at < oldest:
                old += 1
                continue
            causes.setdefault(record.stream, set()).add(record.version)
        if old:
            log.warning("messenger.old_news", events=old, position=page[-1].position)
        append_each(self._petitions, list(causes), lambda petition: self._append(petition, causes[petition]), BATCH)
        for record in page:
            if record.recorded_at >= oldest and any(each.to == "merged" for each in self._book.of(record.event.TOPIC)):
                for merged in list(merged_into(self._petitions, record.stream)):
                    self._tell_merged(record, merged.id)

    def _tell_merged(self, record: Recorded, petition: str) -> None:
        """Tell the residents of `petition`, once, what happened to the petition it is merged into."""
        stream = stream_of(petition)

        def decide(letters: list[Recorded]) -> Append | None:
            self.pulse.beat()
            records = self._petitions.read(petition)
            state = fold(petition, [each.event for each in records])
            happened = Happened(record, state, state, contacts_of(records), {})
            outbox = fold_outbox(letters)
            drafts = [
                draft for draft in tell(happened, self._voice(), merged=True) if draft.message not in outbox.messages
            ]
            events = tuple(self._written(draft, happened) for draft in drafts)
            told = f"tell-merged:{record.position}"
            return Append(stream, outbox.version, events, told, self._now()) if events else None

        append_once(self._petitions, stream, decide)

    def _append(self, petition: str, versions: set[int]) -> Append | None:
        """The messages of these versions of a petition that are not written yet."""
        stream = stream_of(petition)
        outbox = fold_outbox(self._petitions.read(stream))
        drafts = [
            (draft, happened)
            for happened in self._happened(petition, versions)
            for draft in tell(happened, self._voice())
            if draft.message not in outbox.messages
        ]
        if not drafts:
            return None
        now = self._now()
        events = tuple(self._written(draft, happened) for draft, happened in drafts)
        return Append(stream, outbox.version, events, f"tell:{max(versions)}", now)

    def _voice(self) -> Voice:
        """The templates, with the names in the rulebook in force."""
        rules, made = self._rules(), self._made
        if made is None or made.rules is not rules:
            made = self._made = voice_of(self._book, rules)
        return made

    def _happened(self, petition: str, versions: set[int]) -> list[Happened]:
        records = self._petitions.readable(petition)
        state = Petition(id=petition)
        found: list[Happened] = []
        self.pulse.beat()
        for number, record in enumerate(records, 1):
            before, state = state, evolve(state, record.event)
            if record.version in versions:
                wanted = personal_texts(self._book, record.event)
                texts = self._petitions.unseal(record, wanted) if wanted else {}
                found.append(Happened(record, before, state, contacts_of(records[:number]), texts))
        return found

    def _written(self, draft: Draft, happened: Happened) -> MessageWritten:
        way: Way = "nowhere" if draft.hint == "none" else "outbox"
        if self._gateway.carries(draft.to, draft.hint):
            way = "gateway"
        return MessageWritten(
            at=self._now(),
            by=Actor.engine(),
            rulebook=self._voice().rules.hash,
            rule=f"messages.{draft.template.id}",
            message=draft.message,
            petition=happened.after.id,
            receipt=happened.after.receipt,
            cause=happened.record.version,
            cause_topic=happened.record.event.TOPIC,
            to=draft.to,
            unit=draft.unit,
            hint=draft.hint,
            way=way,
            template=draft.template.id,
            template_version=draft.template.version,
            languages=self._book.delivery.languages,
            not_before=may_leave(draft, happened, self._voice(), self._now()),
            resident=draft.resident,
            zh=draft.zh,
            en=draft.en,
        )
