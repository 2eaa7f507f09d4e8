"""The sentences about a deadline in dispute: Chinese first, with English."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from aggregates.petition import events as e
from aggregates.record import Recorded
from aggregates.replay.dated_back import begun
from aggregates.replay.dispute import Finding, lateness
from projections.sentences import facts_of, names_of, says
from projections.words import CLOCKS, CLOCKS_EN, ROLES, shown
from rulebook.promises import LATE_ENTRY

if TYPE_CHECKING:
    from rulebook.clocks import DayCount
    from rulebook.model import Rulebook


class Said(NamedTuple):
    """One sentence in two languages."""

    zh: str
    en: str


def verdict(finding: Finding, zone: ZoneInfo) -> Said:
    """The one sentence with the verdict."""
    due, by = shown(finding.end, zone), length(finding.by)
    when = shown(finding.judged_at, zone)
    if finding.verdict == "kept":
        early = "正好到期时" if not finding.by else f"提前{by.zh}"
        before = "at the very instant" if not finding.by else f"{by.en} before it"
        return Said(f"按时：{when} 在册办结，期限 {due}，{early}。", f"Kept: on record {when}, due {due}, {before}.")
    if finding.verdict == "missed" and finding.judged_at:
        return Said(
            f"超期：期限 {due}，{when} 才在册，迟{by.zh}。", f"Missed: due {due}, on record only {when}, {by.en} late."
        )
    if finding.verdict == "missed" and finding.aside:
        done, done_en = _done(finding.aside)
        return Said(
            f"超期：期限 {due}，到期时无办结记录；迟{by.zh}后才因{done}不再计时。",
            f"Missed: due {due}, nothing had met it; it was set aside only {by.en} later: {done_en}.",
        )
    if finding.verdict == "missed":
        return Said(
            f"超期：期限 {due}，至今无办结记录，已迟{by.zh}。",
            f"Missed: due {due}, nothing on record yet, {by.en} late.",
        )
    return {
        "running": Said(f"未到期：期限 {due}，还有{by.zh}。", f"Not over: due {due}, {by.en} left."),
        "paused": Said(
            f"暂停中：恢复后重新计算，暂停前期限为 {due}。",
            f"Standing still: counted on when it resumes; was due {due}.",
        ),
        "set_aside": Said(
            f"不再计时：到期（{due}）前已由其他事项取代或终止。",
            f"Set aside before it was due ({due}): no longer owed.",
        ),
    }[finding.verdict]


def not_under_the_rules(outside: Sequence[int]) -> list[Said]:
    """That a promise is not under the rules in force, and because of which events; nothing where it is."""
    if not outside:
        return []
    numbers = [f"#{version}" for version in outside]
    return [
        Said(
            f"本时限不是依据当时施行的规则计算：{'、'.join(numbers)} 依据的规则库当时并未施行。",
            "Not under the rules in force: a rulebook that was not in force then decided " + ", ".join(numbers) + ".",
        )
    ]


SET_ASIDE = {
    "merged": Said("并入另一件诉求", "merged into another petition"),
    "triaged": Said("甄别", "its kind was decided"),
    "reclassified": Said("更正类别或层级", "its kind was corrected"),
    "escalated": Said("升级", "raised for another cause"),
    "withdrawn": Said("撤回", "withdrawn"),
    "closed": Said("归档", "closed"),
}


def _done(record: Recorded) -> tuple[str, str]:
    """What set a promise aside, its number, and who did it."""
    name = record.event.TOPIC.split(".")[1]
    what = SET_ASIDE.get(name, Said(name, name))
    return f"{what.zh}（#{record.version}，{_who(record)}）", f"{what.en} (#{record.version}, by {_who_en(record)})"


def about(finding: Finding, book: "Rulebook") -> list[Said]:
    """The other sentences: which clock, how it was counted, what moved it, what was on record when it ended."""
    zone, promise = book.zone, finding.promise
    clock, tier = promise.clock, promise.tier
    level = f"（{_tier(book, tier).zh}）" if tier else ""
    of = f" ({_tier(book, tier).en})" if tier else ""
    days = "当日" if clock.kind == "same_day" else f"{clock.days} {'个工作日' if clock.counting == 'working' else '天'}"
    length_en = "the same day" if clock.kind == "same_day" else f"{clock.days} {clock.counting} days"
    started, due = shown(clock.started_at, zone), shown(clock.due_at, zone)
    said = [
        Said(
            f"时限：{CLOCKS[clock.name]}{level}，依据 {clock.rule}，{days}，自 {started} 起算，{due} 到期。",
            f"Clock: {CLOCKS_EN[clock.name]}{of}, rule {clock.rule}, {length_en}, from {started}, due {due}.",
        )
    ]
    if clock.provisional:
        said.append(Said("期限暂定：日历尚未公布。", "Provisional: no calendar is announced that far."))
    said += [_wait(each.why, each.begun, each.asked, each.ended, zone) for each in finding.waits]
    said += [_extension(each.days, each.asked, each.decided, zone) for each in finding.extensions]
    said += [_moved(record, was, zone) for record, was in promise.moves]
    said += _over(finding, zone)
    said += [_dated_back(each, finding, zone) for each in finding.dated_back]
    said += [
        Said(
            f"登记较晚：{_event(each, book).zh}，{shown(each.recorded_at, zone)} 才登记，"
            f"晚{length(lateness(each)).zh}。",
            f"Entered late: {_event(each, book).en}, entered {shown(each.recorded_at, zone)}, "
            f"{length(lateness(each)).en} later.",
        )
        for each in finding.entered_late
    ]
    last = finding.on_record[-1] if finding.on_record else None
    goes_on = finding.verdict in ("running", "paused")
    said.append(
        Said(
            f"{'目前' if goes_on else '到期时'}在册 {len(finding.on_record)} 件事，最后一件：{_event(last, book).zh}。",
            f"On record {'so far' if goes_on else 'when it ended'}: {len(finding.on_record)} events, "
            f"the last one {_event(last, book).en}.",
        )
    )
    said += [
        Said(
            f"补录：{_event(each, book).zh}，{shown(each.recorded_at, zone)} 才登记，到期时不在册。",
            f"Late entry: {_event(each, book).en}, entered {shown(each.recorded_at, zone)}: "
            "not on record when it ended.",
        )
        for each in finding.late
    ]
    return said


def _wait(why: str, begun: Recorded, asked: Recorded | None, ended: Recorded | None, zone: ZoneInfo) -> Said:
    since, until = shown(begun.event.at, zone), shown(ended.event.at, zone) if ended else ""
    if why == "resident":
        return Said(
            f"暂停：{since} 至 {until or '今'}，等待居民补充材料，由 {_who(begun)} 决定。",
            f"Paused from {since} until {until or 'now'}, waiting for the resident, by {_who_en(begun)}.",
        )
    by, by_en = (_who(asked), _who_en(asked)) if asked else ("—", "—")
    return Said(
        f"挂账：{since} 至 {until or '今'}，由 {by} 提出，{_who(begun)} 批准。",
        f"Parked from {since} until {until or 'now'}: asked for by {by_en}, approved by {_who_en(begun)}.",
    )


def _extension(days: int, asked: Recorded, decided: Recorded | None, zone: ZoneInfo) -> Said:
    when = shown(asked.event.at, zone)
    if decided is None:
        return Said(
            f"延期：{_who(asked)} 于 {when} 申请 {days} 天，未决定，不计。",
            f"Extension of {days} days asked for by {_who_en(asked)} on {when}, not decided: it does not count.",
        )
    approved = getattr(decided.event, "approved", False)
    on = shown(decided.event.at, zone)
    return Said(
        f"延期：{_who(asked)} 于 {when} 申请 {days} 天，{_who(decided)} 于 {on} {'批准' if approved else '不批准'}。",
        f"Extension of {days} days asked for by {_who_en(asked)} on {when}, "
        f"{'approved' if approved else 'refused'} by {_who_en(decided)} on {on}.",
    )


MOVES = {
    "extension_decided": Said("批准延期", "an extension was approved"),
    "resumed": Said("恢复计时", "the wait for the resident ended"),
    "unparked": Said("结束挂账", "it is parked no more"),
    "dispatched": Said("按承办单位日历", "the roster of the unit it went to"),
    "transferred": Said("按承办单位日历", "the roster of the unit it went to"),
    "triaged": Said("甄别", "its kind was decided"),
    "reclassified": Said("更正类别或层级", "its kind was corrected"),
    "calendar": Said("新日历施行", "a calendar came into force"),
    "rulebook": Said("新规则施行", "a rulebook came into force"),
}


def _moved(record: Recorded, was: datetime, zone: ZoneInfo) -> Said:
    event = record.event
    name = event.cause if isinstance(event, e.ClocksRecomputed) else event.TOPIC.split(".")[1]
    cause, then, noted = MOVES.get(name, Said(name, name)), shown(was, zone), shown(record.recorded_at, zone)
    return Said(
        f"期限变动：原 {then}，因{cause.zh}，{noted} 登记。",
        f"Its end moved from {then}: {cause.en}, recorded {noted}.",
    )


def _over(finding: Finding, zone: ZoneInfo) -> list[Said]:
    """That its end was moved only after it was over, which counts no more."""
    over, moved = finding.promise.over, shown(finding.promise.clock.due_at, zone)
    if over is None:
        return []
    ended, noted = shown(over.end, zone), shown(over.moved_by.recorded_at, zone)
    return [
        Said(
            f"期限 {ended} 已过，#{over.moved_by.version} 于 {noted} 才登记，所移期限（{moved}）不计。",
            f"It was over ({ended}) when #{over.moved_by.version} was recorded {noted}: the later end ({moved}) does "
            "not count.",
        )
    ]


def _dated_back(record: Recorded, finding: Finding, zone: ZoneInfo) -> Said:
    """That a pause or a unit's time was entered after it began, and from when it counts."""
    late, what = length(lateness(record)), begun(record)
    since, noted = shown(record.event.at, zone), shown(record.recorded_at, zone)
    if what in finding.promise.entered:
        ended, recorded = shown(finding.end, zone), shown(finding.promise.clock.due_at, zone)
        return Said(
            f"倒签：#{record.version} 记为 {since}，{noted} 才登记，晚{late.zh}："
            f"自登记时起算；期限以 {ended} 论，所记为 {recorded}。",
            f"Dated back: #{record.version} of {since} was entered {noted}, {late.en} later; it counts from when it "
            f"was entered: the end is {ended}, on record is {recorded}.",
        )
    allowed = lateness(record) > LATE_ENTRY
    return Said(
        f"#{record.version} 在开始{late.zh}后登记{'，在规则允许之内' if allowed else ''}。",
        f"#{record.version} was entered {late.en} after it began{', which the rulebook allows' if allowed else ''}.",
    )


def _tier(book: "Rulebook", tier: str) -> Said:
    name = next((each.name for each in book.tiers if each.id == tier), None)
    return Said(name.zh, name.en) if name else Said(tier, tier)


def _event(record: Recorded | None, book: "Rulebook") -> Said:
    if record is None:
        return Said("—", "—")
    event, when = record.event, shown(record.event.at, book.zone)
    said = says(event.TOPIC, facts_of(event), names_of(book, staff=False))
    return Said(
        f"#{record.version} {said.zh}（{when}，{_who(record)}）",
        f"#{record.version} {said.en} ({when}, {_who_en(record)})",
    )


def _who(record: Recorded) -> str:
    by = record.event.by
    return ROLES[by.role.value] + ("" if by.id == by.role.value else f" {by.id}")


def _who_en(record: Recorded) -> str:
    by = record.event.by
    return by.role.value if by.id == by.role.value else f"{by.role.value} {by.id}"


def length(span: timedelta) -> Said:
    """A duration to the minute; below a minute, to the second."""
    seconds = int(span.total_seconds())
    if seconds < 60:
        return Said(f"{span.total_seconds():g} 秒", f"{span.total_seconds():g} s")
    days, rest = divmod(seconds, 86_400)
    hours, minutes = rest // 3600, rest % 3600 // 60
    parts = [(days, "天", "d"), (hours, "小时", "h"), (minutes, "分钟", "min")]
    zh = "".join(f" {number} {unit}" for number, unit, _ in parts if number)
    en = " ".join(f"{number} {unit}" for number, _, unit in parts if number)
    return Said(zh, en)


WORDS = (
    (r"day (\d+) of (\d+), ", r"第 \1 天（共 \2 天），"),
    (r"the start day is not counted", "起始日不计"),
    (r"the last day moves here: next working day", "期末顺延至下一工作日"),
    (r", the last day moves on", "，期末顺延"),
    (r", the next one", "，下一个"),
    (r", received at or after (\S+)", r"，\1 或之后受理"),
    (r", received before (\S+)", r"，\1 前受理"),
    (r"paused: waiting for the resident", "暂停：等待居民"),
    (r"paused: parked until it can be done", "暂停：挂账"),
    (r"make-up working day: ", "调休上班："),
    (r"public holiday: ", "法定节假日："),
    (r"duty roster: open every day", "值班窗口，天天开门"),
    (r"working day", "工作日"),
    (r"weekend", "周末"),
)


def day(each: "DayCount") -> Said:
    """One day of the count, and why."""
    return Said(f"{each.date} {'计入' if each.counted else '不计'}：{reason(each.why)}", each.why)


def reason(why: str) -> str:
    """Why a day counts or not, in Chinese."""
    for english, chinese in WORDS:
        why = re.sub(english, chinese, why)
    return why
