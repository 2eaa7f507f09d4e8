"""Events as entries of the report: the petition's, its orders', its messages', and those of an erasure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from aggregates.erasures import events as x
from aggregates.event import Event
from aggregates.messages import events as m
from aggregates.orders.events import OrderPosted
from aggregates.personal import personal_fields
from aggregates.record import Recorded
from eventstore.log import ERASED
from evidence.dossiers.page import Entry, Field, Line, Order
from projections import order_sentences
from projections.letters import letter
from projections.sentences import facts_of, field_name, names_of, says
from projections.words import AUDIENCES, DELIVERIES, ERASURE_REASONS, ROLES, shown
from rulebook.model import Rulebook

Opened = Mapping[tuple[str, int, str], str]
"""Stream, version and field → the text opened for this dossier, or `[erased]`."""


@dataclass(frozen=True)
class Teller:
    """Turns records into entries, with the names of one rulebook and the opened texts."""

    book: Rulebook
    opened: Opened

    def petition(self, records: Sequence[Recorded]) -> tuple[Entry, ...]:
        """Entries of the petition's events."""
        names = names_of(self.book, staff=False)
        return tuple(
            self._entry(record, Line(**says(record.event.TOPIC, facts_of(record.event), names)._asdict()))
            for record in records
        )

    def order(self, records: Sequence[Recorded]) -> Order:
        """A service order with its entries."""
        names, first = order_sentences.order_names_of(self.book), records[0]
        return Order(
            receipt=first.event.receipt if isinstance(first.event, OrderPosted) else first.stream,
            stream=first.stream,
            entries=tuple(
                self._entry(record, Line(**order_sentences.says(record.event, names)._asdict())) for record in records
            ),
        )

    def messages(self, records: Sequence[Recorded]) -> tuple[Entry, ...]:
        """An entry for each message with what became of it, and one for each time its text was opened."""
        ended = {
            record.event.message: record.event
            for record in records
            if isinstance(record.event, (m.MessageDelivered, m.MessageFailed))
        }
        told = [record for record in records if isinstance(record.event, (m.MessageWritten, m.MessageRead))]
        return tuple(
            self._entry(record, self._message(record.event, ended), rule=_template(record.event)) for record in told
        )

    def _message(self, event: Event, ended: Mapping[str, m.MessageDelivered | m.MessageFailed]) -> Line:
        if not isinstance(event, m.MessageWritten):
            return Line(zh="查阅了消息正文", en="The text of a message was looked at")
        end = ended.get(event.message)
        way = {"outbox": "outbox", "nowhere": "unreachable", "gateway": "waiting"}[event.way]
        state = way if end is None else "delivered" if isinstance(end, m.MessageDelivered) else "failed"
        when = f"（{self._shown(end.at)}）" if end else ""
        names = names_of(self.book, staff=False)
        unit, unit_en = (f" {names(event.unit, 'zh')}", f" {names(event.unit, 'en')}") if event.unit else ("", "")
        name = letter(event.cause_topic)
        return Line(
            zh=f"致{AUDIENCES[event.to]}{unit}：{name.zh}，{DELIVERIES[state]}{when}",
            en=f"To the {event.to}{unit_en}: {name.en}, {state}",
        )

    def erasures(self, records: Sequence[Recorded]) -> tuple[Entry, ...]:
        """Entries of a resident's erasure."""
        return tuple(self._entry(record, _erasure(record.event)) for record in records)

    def _entry(self, record: Recorded, said: Line, *, rule: str | None = None) -> Entry:
        event = record.event
        at, recorded = self._shown(event.at), self._shown(record.recorded_at)
        role, who = event.by.role.value, event.by.id
        return Entry(
            number=record.version,
            at=at,
            recorded="" if recorded == at else recorded,
            said=said,
            role=Line(zh=ROLES[role], en=role),
            who="" if who == role else who,
            rule=rule or event.rule or "",
            fields=self._fields(record),
        )

    def _fields(self, record: Recorded) -> tuple[Field, ...]:
        event, fields = record.event, []
        for name in personal_fields(type(event)):
            value = getattr(event, name)
            if value is None:
                continue
            label = Line(**field_name(name)._asdict())
            text = self.opened.get((record.stream, record.version, name))
            if text == ERASED:
                fields.append(Field(label=label, state="erased"))
            elif text is not None:
                fields.append(Field(label=label, state="open", text=text))
            else:
                fields.append(Field(label=label, state="sealed"))
        return tuple(fields)

    def _shown(self, moment: datetime) -> str:
        return shown(moment, self.book.zone)


def _template(event: Event) -> str | None:
    """A message's template and version, shown where other entries show their rule."""
    return f"{event.template} v{event.template_version}" if isinstance(event, m.MessageWritten) else None


def _erasure(event: Event) -> Line:
    match event:
        case x.ErasureWished():
            return Line(zh="居民申请删除个人信息", en="The resident asks that their personal data be erased")
        case x.ErasureAsked(reason=reason):
            words = ERASURE_REASONS[reason]
            return Line(zh=f"申请删除个人信息（{words}）", en=f"Erasure of personal data asked for ({reason})")
        case x.ErasureDecided(approved=True):
            return Line(zh="批准删除", en="The erasure was approved")
        case x.ErasureDecided():
            return Line(zh="不批准删除", en="The erasure was refused")
        case x.ResidentErased():
            return Line(
                zh="密钥已销毁，个人信息无法再读", en="The key is destroyed: the personal data cannot be read again"
            )
        case _:
            return Line(zh="各处均已不再留存", en="Every reader of the log has gone past the erasure")
