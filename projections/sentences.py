"""The sentence for each event's topic, in Chinese and English.

A sentence uses plain fields of its event only; sealed ones are never opened, and a test compares the table with the
catalogue of events. Ids of units, tiers, categories and matters become names by the caller's rulebook.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from string import Formatter
from typing import Any, Literal, NamedTuple

from aggregates.event import Event
from rulebook.model import Category, Matter, Rulebook, Tier, Unit
from rulebook.words import CLOCKS, word_of

Language = Literal["zh", "en"]
Names = Callable[[str, Language], str]
"""(id, language) → the name people use."""


class Sentence(NamedTuple):
    """One sentence in two languages; fields of the event in braces."""

    zh: str
    en: str


SENTENCES: Mapping[str, Sentence] = {
    "petition.received": Sentence(
        "经{channel}受理；时限自{counted_from}起算", "Received by {channel}; its clock runs from the {counted_from}"
    ),
    "petition.classified": Sentence(
        "初步归为{category}，建议{tier}办理；{needs_human}", "Proposed: {category}, tier: {tier}; {needs_human}"
    ),
    "petition.triaged": Sentence(
        "甄别为{category}，由{tier}办理（{basis}）", "Triaged as {category}, tier: {tier} ({basis})"
    ),
    "petition.dispatched": Sentence("派单至{unit}", "Dispatched to {unit}"),
    "petition.accepted": Sentence("{unit}签收", "Accepted by {unit}"),
    "petition.returned": Sentence(
        "{unit}退单：不属本单位（第{count}次）", "Returned by {unit} as not theirs (return {count})"
    ),
    "petition.transferred": Sentence("由{from_unit}转办至{unit}", "Transferred from {from_unit} to {unit}"),
    "petition.reminded": Sentence("催办{unit}（第{number}次）", "Reminder {number} to {unit}"),
    "petition.escalated": Sentence(
        "{cause}，由{from_tier}升级至{to_tier}，{unit}接办",
        "{cause}: escalated from {from_tier} to {to_tier}; {unit} takes over",
    ),
    "petition.replied": Sentence("{unit}答复：{outcome}（{on_time}）", "Reply of {unit}: {outcome}, {on_time}"),
    "petition.follow_up_asked": Sentence("回访居民：是否已解决", "The resident was asked whether it is settled"),
    "petition.confirmed": Sentence(
        "居民确认已解决（{satisfied}）", "The resident confirms that it is settled ({satisfied})"
    ),
    "petition.disputed": Sentence("居民提出异议", "The resident says that it is not settled"),
    "petition.withdrawn": Sentence("居民撤回诉求", "The resident takes the petition back"),
    "petition.closed": Sentence("归档：{reason}", "Closed: {reason}"),
    "petition.reclassified": Sentence("更正为{category}，由{tier}办理", "Corrected: {category}, tier: {tier}"),
    "petition.resident_contacted": Sentence("已联系居民（{how}）", "The resident was spoken with ({how})"),
    "petition.resident_joined": Sentence(
        "又有居民联名，现共{number}人", "Another resident joined; they are {number} now"
    ),
    "petition.confidentiality_set": Sentence("{confidential}", "{confidential}"),
    "petition.urgency_set": Sentence("优先级{priority}：{cause}", "Priority {priority}: {cause}"),
    "petition.merged": Sentence("并入已受理的同一诉求", "Merged: the same thing was reported already"),
    "petition.unmerged": Sentence("恢复单独办理：{cause}", "It goes on by itself: {cause}"),
    "petition.assist_asked": Sentence(
        "请{unit}协办，{by_unit}仍负责", "{unit} is asked to assist; {by_unit} stays responsible"
    ),
    "petition.assist_ended": Sentence("{unit}协办结束", "{unit} need not assist any more"),
    "petition.proxy_taken": Sentence(
        "代收材料（{papers}），送{unit}", "Papers taken ({papers}), to be carried to {unit}"
    ),
    "petition.proxy_carried": Sentence("材料已送至{unit}", "Papers carried to {unit}"),
    "petition.proxy_result_brought": Sentence("办理结果{how}", "The result was {how}"),
    "petition.handed_over": Sentence(
        "引领居民前往{unit}，待其确认", "Staff bring the resident to {unit}, which has to confirm it"
    ),
    "petition.hand_over_confirmed": Sentence(
        "{unit}确认已接待（{on_time}）", "{unit} confirms that it has the resident ({on_time})"
    ),
    "petition.supervised": Sentence("{leader}督办", "{leader} watches it until it is settled"),
    "petition.leader_reminded": Sentence(
        "提醒督办领导{leader}（第{number}次）", "Reminder {number} to {leader}, who watches it"
    ),
    "petition.extension_asked": Sentence("申请延期{days}天（{clock}）", "{days} more days are asked for ({clock})"),
    "petition.extension_decided": Sentence(
        "{approved}延期{days}天（{clock}）", "{days} more days {approved} ({clock})"
    ),
    "petition.paused": Sentence("待居民补充，时限暂停", "Waiting for the resident; the clock stands still"),
    "petition.resumed": Sentence("{cause}，时限继续", "{cause}; the clock runs on"),
    "petition.parking_asked": Sentence("申请挂账（{cause}）", "Parking is asked for ({cause})"),
    "petition.parking_decided": Sentence("{approved}挂账（{cause}）", "Parking {approved} ({cause})"),
    "petition.unparked": Sentence("{cause}，恢复办理", "{cause}; it goes on"),
    "petition.mediation_opened": Sentence("联合调解：{parties}", "Mediated by {parties}"),
    "petition.mediation_ended": Sentence("调解{outcome}", "The mediation {outcome}"),
    "petition.referred": Sentence("提交{to}", "Referred to {to}"),
    "petition.referral_decided": Sentence("{to}已作出决定", "{to} has decided"),
    "petition.review_requested": Sentence("申请{level}，由{unit}办理", "{level} asked for; {unit} decides"),
    "petition.review_decided": Sentence(
        "{unit}{level}决定：{outcome}（{on_time}）", "{level} of {unit}: {outcome}, {on_time}"
    ),
    "petition.clocks_recomputed": Sentence("{cause}，时限重新计算", "{cause}: the clocks were counted again"),
    "petition.clock_warned": Sentence("提醒{unit}：{clock}（第{number}次）", "Warning {number} to {unit}: {clock}"),
    "petition.clock_breached": Sentence("{clock}逾期，报{leader}", "{clock} was missed; {leader} was told"),
    "petition.steps_set_aside": Sentence(
        "撤除时钟有误时提前的步骤：{versions}；仅注明：{noted}",
        "Steps before their time, by a wrong clock, count no more: {versions}; noted only: {noted}",
    ),
    "petition.sealed_fields_read": Sentence(
        "查阅了个人信息{event}：{fields}", "Personal data{event} was looked at: {fields}"
    ),
}

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
