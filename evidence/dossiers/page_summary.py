"""The report's first lines: kind and stage of the petition, and how its promises ended."""

from collections import Counter
from collections.abc import Sequence

from aggregates.petition.state import Petition
from aggregates.record import Recorded
from aggregates.replay.dispute import Finding
from evidence.dossiers.page import Fact, Line
from evidence.dossiers.page_clocks import VERDICTS
from projections.sentences import facts_of, names_of, says
from projections.words import OUTCOMES, STAGES, URGENT, shown
from rulebook.model import Rulebook


def summary(
    state: Petition, received: Recorded, found: Sequence[Finding], until: str, book: Rulebook
) -> tuple[Line, ...]:
    """The case in sentences, as of the checkpoint."""
    names = names_of(book, staff=False)
    opening = says(received.event.TOPIC, facts_of(received.event), names)
    when = shown(received.event.at, book.zone)
    said = [
        Line(
            zh=f"居民于 {when} 提出诉求，受理编号 {state.receipt}；{opening.zh}。",
            en=f"A resident asked for something on {when}; receipt {state.receipt}. {opening.en}.",
        )
    ]
    if state.category and state.tier:
        said.append(_kind(state, book))
    stage, stage_en = STAGES.get(state.stage.value, ""), state.stage.value.replace("_", " ")
    outcome = f"（{OUTCOMES[state.outcome]}）" if state.outcome else ""
    outcome_en = f" ({state.outcome})" if state.outcome else ""
    said.append(
        Line(
            zh=f"截至 {until}，在册 {state.version} 件事，状态为{stage}{outcome}。",
            en=f"As of {until}, {state.version} events were on record; it stood as {stage_en}{outcome_en}.",
        )
    )
    counts: Counter[str] = Counter(each.verdict for each in found)
    kinds = [(number, VERDICTS[verdict]) for verdict in VERDICTS if (number := counts[verdict])]
    if kinds:
        each_zh = "，".join(f"{word.zh} {number} 项" for number, word in kinds)
        each_en = ", ".join(f"{number} {word.en}" for number, word in kinds)
        plural = "s" if len(found) > 1 else ""
        said.append(
            Line(zh=f"共有时限 {len(found)} 项：{each_zh}。", en=f"{len(found)} promised time{plural}: {each_en}.")
        )
    return tuple(said)


def _kind(state: Petition, book: Rulebook) -> Line:
    names = names_of(book, staff=False)

    def named(id_: str | None, language: str) -> str:
        return "" if id_ is None else names(id_, "zh" if language == "zh" else "en")

    matter = f"（{named(state.matter, 'zh')}）" if state.matter else ""
    matter_en = f" ({named(state.matter, 'en')})" if state.matter else ""
    unit = f"，承办单位为{named(state.unit, 'zh')}" if state.unit else "，尚未派单"
    unit_en = f"; unit: {named(state.unit, 'en')}" if state.unit else "; no unit has it yet"
    return Line(
        zh=f"归为{named(state.category, 'zh')}{matter}，层级为{named(state.tier, 'zh')}{unit}。",
        en=f"Category: {named(state.category, 'en')}{matter_en}; tier: {named(state.tier, 'en')}{unit_en}.",
    )


def facts(state: Petition, book: Rulebook) -> tuple[Fact, ...]:
    """Special facts at a glance (joint, urgent, escalated …); empty for an ordinary petition."""
    names = names_of(book, staff=False)
    said: list[Fact] = []

    def fact(zh: str, en: str, value: str, value_en: str = "") -> None:
        said.append(Fact(label=Line(zh=zh, en=en), value=Line(zh=value, en=value_en)))

    if state.residents > 1:
        fact("联名", "joint", f"{state.residents} 位居民", f"{state.residents} residents")
    if state.urgent:
        fact("紧急", "urgent", URGENT[state.urgent], state.urgent)
    if state.confidential:
        fact("保密", "confidential", "不向承办单位透露提出人", "who asks is kept from the units")
    if state.complained_about:
        about = [[names(unit, language) for unit in state.complained_about] for language in ("zh", "en")]
        fact("被反映单位", "complained about", "、".join(about[0]), ", ".join(about[1]))
    if state.assisting:
        both = [[names(unit, language) for unit in state.assisting] for language in ("zh", "en")]
        fact("协办", "assisting", "、".join(both[0]), ", ".join(both[1]))
    if state.with_leader:
        fact("领导督办", "with the leader", "最高层级已超期", "the highest tier's time is over")
    if state.merged_into:
        fact("并入", "merged into", "另一件诉求", "another petition")
    for zh, en, count in (
        ("升级", "escalated", state.escalations),
        ("退单", "returned", state.returns),
        ("异议", "disputed", state.disputes),
    ):
        if count:
            fact(zh, en, f"{count} 次", f"{count}×")
    if state.final:
        fact("终结", "final", "复核决定为终结决定", "no further review")
    return tuple(said)
