"""The messages that a petition's event leads to. Pure: of event, petition before and after, and opened texts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, get_args

from aggregates.event import Event, Role
from aggregates.known import BEFORE_CODES, Known, Seen
from aggregates.messages.events import Audience, Hint
from aggregates.messages.outbox import message_id
from aggregates.personal import personal_fields
from aggregates.petition.events import EVENTS, ResidentJoined
from aggregates.petition.state import Petition
from aggregates.record import Recorded
from rulebook.clocks import open_from
from rulebook.messages import Fields, Language, MessageBook, Template
from rulebook.model import Rulebook
from rulebook.roster import Roster
from rulebook.words import word_of

OF_THE_PETITION = (
    "receipt",
    "category",
    "tier",
    "unit",
    "matter",
    "urgent",
    "received_at",
    "due_at",
    "dispute_by",
    "review_by",
)
"""Fields of the petition's state after the event that every template may use besides the event's."""

NOTHING = "—"
SEEN_OR_BEFORE = (*(Known(how="counter", seen=seen) for seen in get_args(Seen)), BEFORE_CODES)
"""How somebody who joined was known, for their number to be theirs."""
MOMENTS: Mapping[Language, str] = {"zh": "{0.year}年{0.month}月{0.day}日{0:%H:%M}", "en": "{0:%Y-%m-%d %H:%M}"}


class Contact(NamedTuple):
    """A resident of the petition, by pseudonym, and how to reach them."""

    resident: str
    hint: Hint


class Draft(NamedTuple):
    """A message to be written."""

    message: str
    to: Audience
    unit: str | None
    resident: str
    hint: Hint
    template: Template
    zh: str
    en: str


class Happened(NamedTuple):
    """An event, the petition before and after it, its residents, and the event's personal texts that templates use."""

    record: Recorded
    before: Petition
    after: Petition
    contacts: Sequence[Contact]
    texts: Mapping[str, str | None]


@cache
def usable() -> dict[str, Fields]:
    """The fields that templates may use, by topic; never the id or receipt of another petition."""
    return {kind.TOPIC: _fields(kind) for kind in EVENTS}


def _fields(kind: type[Event]) -> Fields:
    personal = personal_fields(kind)
    shapes = kind.model_json_schema()["properties"]
    plain = {name for name, shape in shapes.items() if name not in personal and "$ref" not in str(shape)}
    return Fields(
        frozenset(plain - {"rulebook", "resident", "into", "was_in"} | set(OF_THE_PETITION)),
        frozenset(personal),
    )


def personal_texts(book: MessageBook, event: Event) -> tuple[str, ...]:
    """The event's personal fields that its templates use: only these are opened."""
    ours = personal_fields(type(event))
    used = {name for template in book.of(event.TOPIC) for name in template.placeholders("zh")}
    return tuple(field for field in ours if field in used)


def contacts_of(records: Sequence[Recorded]) -> tuple[Contact, ...]:
    """Everybody the petition is for, first one first, and how to reach each.

    Who joined is written to only where somebody looked at a paper of theirs: else anybody could have the answer to
    another's petition sent to a number of their choice. Who joined before there were codes is written to as before.
    """
    found: dict[str, Contact] = {}
    for record in records:
        event = record.event
        if {"resident", "phone", "address"} <= type(event).model_fields.keys():
            resident, phone, address = (getattr(event, name) for name in ("resident", "phone", "address"))
            if isinstance(event, ResidentJoined) and event.known not in SEEN_OR_BEFORE:
                phone = address = None
            found[resident] = Contact(resident, "phone" if phone else "letter" if address else "none")
    return tuple(found.values())


class Voice(NamedTuple):
    """An office's templates, its rulebook, and the names of ids. Made by `voice_of`."""

    book: MessageBook
    rules: Rulebook
    names: Mapping[str, tuple[str, str]]


def voice_of(book: MessageBook, rules: Rulebook) -> Voice:
    """The voice of an office."""
    return Voice(book, rules, _names(rules))


def tell(happened: Happened, voice: Voice, *, merged: bool = False) -> list[Draft]:
    """The messages that an event leads to.

    `merged`: those to residents of a petition merged into the event's; `happened` then has the state of theirs, and
    they get nothing personal and no receipt but their own.
    """
    event = happened.record.event
    facts = {name: getattr(happened.after, name) for name in OF_THE_PETITION}
    facts |= {name: getattr(event, name) for name in type(event).model_fields}
    drafts: list[Draft] = []
    for template in voice.book.of(event.TOPIC):
        if not template.applies(facts) or (template.to == "merged") is not merged:
            continue
        texts = {language: _render(language, template, happened, voice) for language in ("zh", "en")}
        for number, (to, unit, contact) in enumerate(_whom(template, happened, voice.rules)):
            message = message_id(happened.after.id, happened.record.version, template.id, number)
            drafts.append(Draft(message, to, unit, contact.resident, contact.hint, template, **texts))
    return drafts


def may_leave(draft: Draft, happened: Happened, voice: Voice, now: datetime) -> datetime | None:
    """When a message written now may be sent; None: at once, whatever the hour.

    The answer to a resident's own act is not delayed: they are awake. Others of a joint petition wait for office hours.
    """
    delivery, event, after = voice.book.delivery, happened.record.event, happened.after
    own = event.by.role is Role.RESIDENT and draft.to == "resident"
    if (
        delivery.hours == "any"
        or ("life" in delivery.at_once and after.urgent == "life")
        or ("own_act" in delivery.at_once and own and draft.resident == getattr(event, "resident", after.resident))
    ):
        return None
    return open_from(now, voice.rules, roster_of(draft.unit, voice.rules))


def roster_of(unit: str | None, rules: Rulebook) -> Roster:
    """The days on which a message's recipient is at work: a unit's own roster, else the office's."""
    return next((each.calendar for each in rules.units if each.id == unit), "working")


def _whom(template: Template, happened: Happened, rules: Rulebook) -> list[tuple[Audience, str | None, Contact]]:
    """The residents, or one unit; never the unit complained about."""
    event, after = happened.record.event, happened.after
    if template.to in ("resident", "joined", "merged"):
        joined = getattr(event, "resident", None) if template.to == "joined" else None
        return [("resident", None, contact) for contact in happened.contacts if joined in (None, contact.resident)]
    before, unit = happened.before.unit, getattr(event, "unit", None) or after.unit
    if template.to == "unit_before":
        unit = before if before != unit else None
    elif template.to == "leader":
        unit = _unit_of(event.leader, rules) if hasattr(event, "leader") else None
    if unit is None or unit in after.complained_about:
        return []
    return [("unit" if template.to in ("unit", "unit_before") else "lead", unit, Contact(after.resident, "desk"))]


def _unit_of(leader: str, rules: Rulebook) -> str | None:
    """The unit of a leader, who is named by a unit or by a member of staff."""
    return next((unit.id for unit in rules.units if leader == unit.id or leader in unit.staff), None)


def _render(language: Language, template: Template, happened: Happened, voice: Voice) -> str:
    names = template.placeholders(language)
    return template.render(language, {name: _value(name, language, happened, voice) for name in names})


def _value(name: str, language: Language, happened: Happened, voice: Voice) -> str:
    if name in happened.texts:
        return happened.texts[name] or NOTHING
    event = happened.record.event
    value = getattr(event, name) if name in type(event).model_fields else getattr(happened.after, name)
    return _said(name, value, language, voice)


def _said(name: str, value: Any, language: Language, voice: Voice) -> str:
    word = voice.book.words.get(name, {}).get(str(value).lower()) or word_of(name, value)
    if word is not None:
        return word.zh if language == "zh" else word.en
    if value is None:
        return NOTHING
    if isinstance(value, datetime):
        return MOMENTS[language].format(value.astimezone(voice.rules.zone))
    if isinstance(value, tuple):
        return ("、" if language == "zh" else ", ").join(_said(name, each, language, voice) for each in value)
    known = voice.names.get(str(value))
    return str(value) if known is None else known[0 if language == "zh" else 1]


def _names(rules: Rulebook) -> dict[str, tuple[str, str]]:
    kinds = (rules.tiers, rules.units, rules.categories, rules.matters)
    staff = {person.id: (person.name, person.name) for person in rules.staff}
    return staff | {entry.id: (entry.name.zh, entry.name.en) for kind in kinds for entry in kind}
