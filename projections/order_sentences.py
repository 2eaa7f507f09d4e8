"""The sentence for each event of a service order, in Chinese and English; sealed fields are never opened."""

from collections.abc import Mapping
from typing import Any

from aggregates.event import Event
from projections.sentences import Language, Names, Sentence
from rulebook.model import Rulebook
from rulebook.words import word_of

SENTENCES: Mapping[str, Sentence] = {
    "order.posted": Sentence("发布：{kind}（{charge}）", "Posted: {kind}, {charge}"),
    "order.assigned": Sentence("派给{unit}（{cause}）", "Given to {unit} ({cause})"),
    "order.escalated": Sentence(
        "无人认领，由{from_tier}上升至{to_tier}，{unit}负责",
        "Nobody claimed it: from {from_tier} to {to_tier}; {unit} has it",
    ),
    "order.reminded": Sentence("催办{unit}：{about}", "Reminder to {unit}: {about}"),
    "order.claimed": Sentence("{unit}认领并作出承诺", "Claimed by {unit}, with a promised time"),
    "order.started": Sentence("{unit}开始办理", "{unit} began"),
    "order.commitment_broken": Sentence("{unit}未按承诺时间完成", "{unit} did not keep the promised time"),
    "order.released": Sentence("{unit}退回，重新等待认领", "{unit} gave it back; it waits to be claimed again"),
    "order.delivered": Sentence("{unit}完成（{kept}）", "Delivered by {unit}, {kept}"),
    "order.rated": Sentence("居民评价：{satisfied}", "The resident says: {satisfied}"),
    "order.supported": Sentence("又有一位居民支持", "One more resident wants it"),
    "order.inspected": Sentence("居民查看：{satisfied}", "A resident looked at it: {satisfied}"),
    "order.withdrawn": Sentence("撤回", "Taken back"),
    "order.closed": Sentence("归档：{reason}", "Closed: {reason}"),
    "order.sealed_fields_read": Sentence("查阅了个人信息", "Personal data was looked at"),
}

_WORDS: Mapping[tuple[str, Any], Sentence] = {
    ("about", "unclaimed"): Sentence("尚无人认领", "nobody has claimed it"),
    ("about", "promise"): Sentence("承诺时间将到", "the promised time comes"),
    ("about", "late"): Sentence("已过承诺时间", "the promised time has passed"),
    ("kept", True): Sentence("按承诺", "as promised"),
    ("kept", False): Sentence("晚于承诺", "later than promised"),
    ("reason", "rated"): Sentence("已评价", "rated"),
    ("reason", "unrated"): Sentence("期满未评价", "no rating in time"),
}


def says(event: Event, names: Names) -> Sentence:
    """The sentence of an order's event, in both languages.

    Raises:
        KeyError: no sentence is known for its topic.
    """
    facts = event.model_dump()
    sentence = SENTENCES[event.TOPIC]
    return Sentence(
        sentence.zh.format_map({field: _say(field, value, "zh", names) for field, value in facts.items()}),
        sentence.en.format_map({field: _say(field, value, "en", names) for field, value in facts.items()}),
    )


def order_names_of(rules: Rulebook) -> Names:
    """Names in the rulebook: of tiers, units, services, resources, partner units and their commitments."""
    known = {entry.id: entry.name for part in (rules.tiers, rules.units) for entry in part}
    if agreed := rules.service_orders:
        parts = (agreed.services, agreed.resources, agreed.partners)
        known |= {entry.id: entry.name for part in parts for entry in part}
        known |= {promise.id: promise.name for partner in agreed.partners for promise in partner.commitments}

    def name(id: str, language: Language) -> str:  # noqa: A002 - the catalogue's own word
        return getattr(known[id], language) if id in known else id

    return name


def _say(field: str, value: Any, language: Language, names: Names) -> str:
    if isinstance(value, str | bool) and (word := _WORDS.get((field, value)) or word_of(field, value)) is not None:
        return str(getattr(word, language))
    return names(value, language) if isinstance(value, str) else str(value)
