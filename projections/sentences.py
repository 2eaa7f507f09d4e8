"""The sentence for each event's topic, in Chinese and English.

A sentence stands in its event's class (`TOLD`) and may use plain fields only; sealed ones are never opened, and a test
holds each to its event. Ids of units, tiers, categories and matters become names by the rulebook of whoever asks.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from string import Formatter
from typing import Any, Literal, NamedTuple

from aggregates.event import Event
from aggregates.petition.events import EVENTS
from rulebook.model import Category, Matter, Rulebook, Tier, Unit
from rulebook.words import CLOCKS, word_of

Language = Literal["zh", "en"]
Names = Callable[[str, Language], str]
"""(id, language) → the name people use."""


class Sentence(NamedTuple):
    """One sentence in two languages; fields of the event in braces."""

    zh: str
    en: str


SENTENCES: Mapping[str, Sentence] = {kind.TOPIC: Sentence(kind.TOLD.zh, kind.TOLD.en) for kind in EVENTS}
"""By topic, as each event's class says it."""

_TIME_LIMIT: Mapping[str, Sentence] = {
    **{name: Sentence(f"{word.zh}时限", word.en) for name, word in CLOCKS.items()},
    "tier": Sentence(CLOCKS["tier"].zh, f"{CLOCKS['tier'].en} clock"),
}

_WORDS: Mapping[tuple[str, Any], Sentence] = {
    **{("clock", name): limit for name, limit in _TIME_LIMIT.items()},
    ("counted_from", "submission"): Sentence("提交之时", "submission"),
    ("counted_from", "entry"): Sentence("登记之时", "entry"),
    ("needs_human", True): Sentence("须由人工甄别", "a person decides"),
    ("needs_human", False): Sentence("把握充分", "sure enough to go on"),
    ("basis", "automatic"): Sentence("自动", "automatic"),
    ("basis", "confirmed"): Sentence("人工确认", "confirmed by a person"),
    ("basis", "corrected"): Sentence("人工更正", "corrected by a person"),
    ("to_tier", None): Sentence("领导督办", "the leader"),
    ("unit", None): Sentence("待定单位", "whoever will have it"),
    ("on_time", True): Sentence("按时", "on time"),
    ("on_time", False): Sentence("逾期", "late"),
    ("satisfied", None): Sentence("未评价", "no opinion given"),
    ("reason", "confirmed"): Sentence("居民已确认", "confirmed by the resident"),
    ("reason", "unanswered"): Sentence("回访期满未答复", "no answer in time"),
    ("how", "call"): Sentence("电话", "by telephone"),
    ("how", "visit"): Sentence("上门", "on a visit"),
    ("how", "message"): Sentence("短信", "by message"),
    ("how", "in_person"): Sentence("当面", "in person"),
    ("how", "fetched"): Sentence("由居民领取", "fetched by the resident"),
    ("how", "delivered"): Sentence("送至家中", "delivered home"),
    ("confidential", True): Sentence("为提出人保密", "Who asks is kept from the units"),
    ("confidential", False): Sentence("不再保密", "Who asks need not be kept from the units"),
    ("cause", None): Sentence("不属紧急", "not urgent"),
    ("approved", True): Sentence("同意", "granted"),
    ("approved", False): Sentence("不同意", "refused"),
    ("on_time", None): Sentence("未设时限", "no clock"),
    ("fields", "title"): Sentence("标题", "title"),
    ("fields", "text"): Sentence("正文", "text"),
    ("fields", "name"): Sentence("姓名", "name"),
    ("fields", "phone"): Sentence("电话", "phone"),
    ("fields", "address"): Sentence("住址", "address"),
    ("fields", "reason"): Sentence("理由", "reason"),
    ("fields", "grounds"): Sentence("依据", "grounds"),
    ("fields", "what"): Sentence("须补充", "what is missing"),
    ("fields", "answer"): Sentence("补充内容", "answer"),
    ("fields", "terms"): Sentence("协议", "terms"),
    ("fields", "decision"): Sentence("决定", "decision"),
    ("fields", "words"): Sentence("说明", "words"),
    ("fields", "zh"): Sentence("中文", "Chinese"),
    ("fields", "en"): Sentence("英文", "English"),
}


@cache
def fields_of(topic: str) -> tuple[str, ...]:
    """The event's fields that its sentence uses.

    Raises:
        KeyError: no sentence is known for the topic.
    """
    return tuple(field for _, field, _, _ in Formatter().parse(SENTENCES[topic].zh) if field)


def facts_of(event: Event) -> dict[str, Any]:
    """The fields of an event that its sentence uses, as JSON values.

    Raises:
        KeyError: no sentence is known for its topic.
    """
    return {field: getattr(event, field) for field in fields_of(event.TOPIC)}


def says(topic: str, facts: Mapping[str, Any], names: Names) -> Sentence:
    """The sentence of an event, in both languages.

    Raises:
        KeyError: no sentence is known for the topic.
    """
    # A field added to the sentence after the row was written is empty.
    zh, en = (
        dict.fromkeys(fields_of(topic), "")
        | {field: _say(field, value, language, names) for field, value in facts.items()}
        for language in ("zh", "en")
    )
    english = SENTENCES[topic].en.format_map(en)
    return Sentence(SENTENCES[topic].zh.format_map(zh), english[:1].upper() + english[1:])


def field_name(field: str) -> Sentence:
    """The name of a field with personal data."""
    return Sentence(_say("fields", field, "zh", ids_only), _say("fields", field, "en", ids_only))


def ids_only(id: str, _: Language) -> str:  # noqa: A002 - the catalogue's own word
    """`Names` without a rulebook: the ids themselves."""
    return id


def names_of(rules: Rulebook, *, staff: bool = True) -> Names:
    """Names in the rulebook; an unknown id stays as it is.

    `staff` False: people stay ids, for what leaves the office.
    """
    kinds: tuple[Sequence[Tier | Unit | Category | Matter], ...] = (
        rules.tiers,
        rules.units,
        rules.categories,
        rules.matters,
    )
    names = {person.id: Sentence(person.name, person.name) for person in rules.staff if staff}
    names |= {entry.id: Sentence(entry.name.zh, entry.name.en) for kind in kinds for entry in kind}

    def name(id: str, language: Language) -> str:  # noqa: A002
        return getattr(names[id], language) if id in names else id

    return name


def _say(field: str, value: Any, language: Language, names: Names) -> str:
    if isinstance(value, list | tuple):
        return ("、" if language == "zh" else ", ").join(_say(field, part, language, names) for part in value)
    if field == "event":
        return f"（第 {value} 条）" if language == "zh" else f" of event {value}"
    word = _WORDS.get((field, value)) or word_of(field, value)
    if word is not None:
        return str(getattr(word, language))
    return names(value, language) if isinstance(value, str) else str(value)
