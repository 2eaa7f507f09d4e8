"""The sentences about each clock: its verdict, and what proves it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from evidence.verifier.clock import Clock, Extension, Wait, grouped
from evidence.verifier.dossier import Dossier, Event
from evidence.verifier.finding import GIVEN_TO, Finding, late_by, proof_of, verdict_of, while_owed
from evidence.verifier.following import Case
from evidence.verifier.limits import CLOCKS_APART, LATE_ENTRY, MOST_LOOKS, Said, Wrong
from evidence.verifier.notes import Checkpoint
from evidence.verifier.running import NO_CLOCK
from evidence.verifier.times import Sight, first_before
from evidence.verifier.words import CLOCKS, done, length, shown, who


def findings(dossier: Dossier, outside: list[Event], sights: Sequence[Sight] = ()) -> tuple[Case, list[Finding]]:
    """Compute the clocks again, with what is proven of each.

    `outside`: events not decided under the rules in force; `sights`: what witnesses saw, whose keys were given.

    Raises:
        Wrong: the record contradicts the rules, the calendar or itself.
    """
    case = Case(dossier.books)
    for event in dossier.petition:
        case.follow(event)
    if len(case.given) * len(dossier.petition) > MOST_LOOKS:
        raise Wrong("时限过多，无法一一说明。", f"{len(case.given)} clocks are more than can be told.")
    return case, [_finding(clock, dossier, outside, sights) for clock in case.given]


def _finding(clock: Clock, dossier: Dossier, outside: list[Event], sights: Sequence[Sight]) -> Finding:
    events, now = dossier.petition, dossier.newest.at
    last = clock.last
    until = last.judged if last else now
    end = clock.end_at(until)
    verdict = verdict_of(clock, end, now)
    # A checkpoint's time has whole seconds: one in the very second of the end may be later than that.
    after = min((each for each in dossier.checkpoints if each.at >= end), key=lambda each: each.size, default=None)
    before = max(
        (each for each in dossier.checkpoints if each.at < end and (after is None or each.size < after.size)),
        key=lambda each: each.size,
        default=None,
    )
    witness = first_before(sights, clock.met.position, end) if clock.met and verdict == "kept" else None
    found = Finding(
        clock,
        end,
        clock.aside,
        verdict,
        clock.met,
        abs(until - end),
        "by_witness" if witness else proof_of(verdict, last, before, after),
        before,
        after,
        [event for event in events if event.recorded <= end],
        [event for event in events if event.at <= end < event.recorded],
        [event for event in events if event.topic in GIVEN_TO and while_owed(clock, event)],
        [event for event in outside if event.topic.partition(".")[2] not in NO_CLOCK and while_owed(clock, event)],
        witness,
    )
    settled = _settled(found)
    if found.outside:
        settled = Said(
            f"{settled.zh}（所依据的不是当时施行的规则，见下）",
            f"{settled.en} (Not under the rules in force, see below.)",
        )
    if found.proven == "contradicted":
        settled = Said(
            f"{settled.zh}（检查点另有所证，见下）", f"{settled.en} (A checkpoint shows otherwise, see below.)"
        )
    found.sentences = [settled, *_outside(found), *_about(found), *_elsewhere(clock, dossier), _by_what(found, dossier)]
    return found


def _outside(found: Finding) -> list[Said]:
    """Which events of the clock were not decided under the rules in force."""
    if not found.outside:
        return []
    numbers = [str(event.version) for event in found.outside]
    return [
        Said(
            f"本时限不是依据当时施行的规则计算：第 {'、'.join(numbers)} 条事件依据的规则库当时并未施行。",
            "This clock is not under the rules in force: a rulebook that was not in force then decided event"
            f"{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}.",
        )
    ]


def _dated_back(event: Event, what: str, found: Finding, zone: tzinfo) -> Said:
    """That a pause or a unit's time was entered after it began, and from when it counts."""
    late, since, noted = length(late_by(event)), shown(event.at, zone), shown(event.recorded, zone)
    if (what, event.at) in found.clock.entered:
        ended, recorded = shown(found.end, zone), shown(found.clock.due, zone)
        return Said(
            f"倒签：第 {event.version} 条（{done(event).zh}）记为 {since}，{noted} 才登记，晚{late.zh}："
            f"自登记时起算；期限以 {ended} 论，所记为 {recorded}。",
            f"Dated back: Event {event.version}, “{done(event).en}”, of {since} was entered {noted}, {late.en} later; "
            f"it counts from when it was entered: the end is {ended}, on record is {recorded}.",
        )
    allowed = late_by(event) > LATE_ENTRY
    return Said(
        f"第 {event.version} 条（{done(event).zh}）在开始{late.zh}后登记{'，在规则允许之内' if allowed else ''}。",
        f"Event {event.version}, “{done(event).en}”, was entered {late.en} after it began"
        f"{', which the rulebook allows' if allowed else ''}.",
    )


def _settled(found: Finding) -> Said:
    """The one sentence with the verdict."""
    clock, zone = found.clock, found.clock.book.zone
    due, by = shown(found.end, zone), length(found.by)
    name = CLOCKS.get(clock.name, Said(clock.name, clock.name))
    if found.verdict == "kept" and found.judged:
        what, when = done(found.judged), shown(found.judged.judged, zone)
        early = f"提前{by.zh}" if found.by else "正好到期时"
        before = f"{by.en} before it" if found.by else "at the very instant"
        return Said(
            f"按时：{name.zh}时限 {due} 到期，{what.zh}于 {when} 在册，{early}。",
            f"Kept: the {name.en} clock was due {due}; “{what.en}” was on record {when}, {before}.",
        )
    if found.verdict == "missed" and found.judged:
        what, when = done(found.judged), shown(found.judged.judged, zone)
        return Said(
            f"超期：{name.zh}时限 {due} 到期，{what.zh}于 {when} 才在册，迟{by.zh}。",
            f"Missed: the {name.en} clock was due {due}; “{what.en}” was on record only {when}, {by.en} late.",
        )
    if found.verdict == "missed" and found.aside:
        what, when = done(found.aside), shown(found.aside.judged, zone)
        by_whom, by_whom_en = who(found.aside)
        return Said(
            f"超期：{name.zh}时限 {due} 到期，到期时无办结记录；{when} 才不再计时，迟{by.zh}"
            f"（第 {found.aside.version} 条{what.zh}，{by_whom}）。",
            f"Missed: the {name.en} clock was due {due}; nothing had met it, and it was set aside only {when}, "
            f"{by.en} late. Event {found.aside.version}, “{what.en}”, by {by_whom_en}.",
        )
    if found.verdict == "missed":
        return Said(
            f"超期：{name.zh}时限 {due} 到期，至最新检查点仍无办结记录，已迟{by.zh}。",
            f"Missed: the {name.en} clock was due {due}; nothing was on record by the newest checkpoint, {by.en} late.",
        )
    ended = found.aside
    by_zh = f"（第 {ended.version} 条{done(ended).zh}，{who(ended)[0]}）" if ended else ""
    by_en = f" Event {ended.version}, “{done(ended).en}”, by {who(ended)[1]}." if ended else ""
    return {
        "running": Said(f"未到期：{name.zh}时限 {due} 到期。", f"Not over: the {name.en} clock is due {due}."),
        "paused": Said(
            f"暂停中：{name.zh}时限恢复后重新计算，暂停前为 {due}。",
            f"Standing still: the {name.en} clock was due {due} and is counted on when it resumes.",
        ),
        "set_aside": Said(
            f"不再计时：{name.zh}时限（{due}）已由其他事项取代或终止{by_zh}。",
            f"Set aside: the {name.en} clock ({due}) was no longer owed.{by_en}",
        ),
    }[found.verdict]


def _about(found: Finding) -> list[Said]:
    """The clock, how it was counted, what moved it, what was on record when it ended."""
    clock, book, zone = found.clock, found.clock.book, found.clock.book.zone
    tier = book.names.get(clock.tier or "", Said("", ""))
    level, of = (f"（{tier.zh}）", f" ({tier.en})") if clock.tier else ("", "")
    budget = clock.budget
    days = (
        "当日" if budget.kind == "same_day" else f"{budget.days} {'个工作日' if budget.counting == 'working' else '天'}"
    )
    days_en = "the same day" if budget.kind == "same_day" else f"{budget.days} {budget.counting} days"
    counted = sum(each.counted for each in clock.counted.days)
    started, due = shown(clock.start, zone), shown(clock.due, zone)
    said = [
        Said(
            f"时限{level}：依据 {budget.rule}，{days}，自 {started} 起算；"
            f"重新逐日计算：{counted} 天计入，{due} 到期，与所记相符。",
            f"The clock{of}: rule {budget.rule}, {days_en}, from {started}; counted again day by day: {counted} days "
            f"count, due {due}, as recorded.",
        ),
        *grouped(clock.counted.days),
    ]
    if clock.counted.provisional:
        said.append(Said("期限暂定：日历尚未公布。", "Provisional: no calendar is announced that far."))
    said += [_waited(each, zone) for each in clock.waits]
    said += [_extended(each, zone) for each in clock.extensions]
    for event, was in clock.moves:
        what, then, noted = done(event), shown(was, zone), shown(event.recorded, zone)
        said.append(
            Said(
                f"期限变动：原 {then}，因{what.zh}（第 {event.version} 条），{noted} 登记。",
                f"Its end moved from {then}: {what.en} (event {event.version}), recorded {noted}.",
            )
        )
    if clock.over is not None:
        ended, moved_by = shown(found.end, zone), clock.over[1]
        noted = shown(moved_by.recorded, zone)
        said.append(
            Said(
                f"时限 {ended} 已过，第 {moved_by.version} 条于 {noted} 才登记，所移期限（{due}）不计。",
                f"It was over ({ended}) when event {moved_by.version} was recorded {noted}: the later end ({due}) "
                "does not count.",
            )
        )
    said += [
        _dated_back(wait.begun, "pause", found, zone) for wait in clock.waits if late_by(wait.begun) > CLOCKS_APART
    ]
    units = [event for event in found.units if late_by(event) > CLOCKS_APART] if clock.name == "tier" else []
    said += [_dated_back(event, "posting", found, zone) for event in units]
    last = f"#{found.on_record[-1].version} {found.on_record[-1].topic}" if found.on_record else "—"
    said.append(
        Said(
            f"到期时（按登记时间）在册 {len(found.on_record)} 条，最后一条 {last}。",
            f"On record when it ended, by the times of writing: {len(found.on_record)} events, the last one {last}.",
        )
    )
    for event in found.late:
        when = shown(event.recorded, zone)
        said.append(
            Said(
                f"补录：#{event.version} {event.topic} 记为 {shown(event.at, zone)}，{when} 才登记，到期时不在册。",
                f"Late entry: #{event.version} {event.topic} of {shown(event.at, zone)} was entered {when}: "
                "not on record when it ended.",
            )
        )
    return said


def _elsewhere(clock: Clock, dossier: Dossier) -> list[Said]:
    """Of a petition that is merged: whether it was answered where it was merged into."""
    if clock.merged is None:
        return []
    target, zone = str(clock.merged.body.get("into")), clock.book.zone
    record = dossier.of(target)
    answer = next((event for event in record if event.topic == "petition.replied"), None)
    if answer is not None:
        when = shown(answer.judged, zone)
        return [
            Said(
                f"并入的诉求 {target}：{when} 答复在册。",
                f"The petition it was merged into, {target}, was answered: on record {when}.",
            )
        ]
    if record:
        return [
            Said(
                f"并入的诉求 {target}：至最新检查点无答复记录。",
                f"The petition it was merged into, {target}: no answer was on record by the newest checkpoint.",
            )
        ]
    return [
        Said(
            f"并入的诉求 {target} 的事件不在本卷宗内：是否已在该件中答复，本卷宗不能证明。",
            f"The events of {target}, which it was merged into, are not in this dossier: whether it was answered there "
            "nothing here shows.",
        )
    ]


def _by_what(found: Finding, dossier: Dossier) -> Said:
    """The checkpoint that proves it, or the two between which it lies."""
    zone, petition = found.clock.book.zone, str(dossier.manifest["petition"])

    def of(checkpoint: Checkpoint) -> Said:
        version = dossier.heads[checkpoint.size, petition].version
        when = shown(checkpoint.at, zone)
        return Said(
            f"{when} 的检查点（第 {checkpoint.size} 条）上本件{f'为第 {version} 条' if version else '尚未受理'}",
            f"at the checkpoint of {when} (size {checkpoint.size}) the petition "
            + (f"stood at event {version}" if version else "was not there yet"),
        )

    sides = [of(each) for each in (found.before, found.after) if each is not None]
    zh, en = "，".join(each.zh for each in sides), "; ".join(each.en for each in sides)
    if found.proven == "not_over":
        return Said(f"检查点：{zh or '无'}。", f"Checkpoints: {en or 'none around it'}.")
    if found.proven == "by_witness" and found.witness:
        return Said(
            f"已由证人证明：{found.witness.by.zh}在到期之前，已含此事。",
            f"Proven by witness: {found.witness.by.en} was made before the end, and holds it.",
        )
    if found.proven == "by_checkpoint":
        return Said(
            f"已由检查点证明（依日志自己的时钟）：{zh}。", f"Proven by checkpoint, by the log's own clock: {en}."
        )
    if found.proven == "contradicted":
        return Said(
            f"请注意：登记时间与检查点不一致（相差在时钟误差之内），检查点另有所证：{zh}。",
            "Mind: the time of writing says so, but a checkpoint shows otherwise, within what clocks may differ by: "
            f"{en}.",
        )
    when = f"以登记时间 {shown(found.judged.recorded, zone)} 为准" if found.judged else "以登记时间为准"
    return Said(
        f"检查点未能单独证明，{when}（依日志自己的时钟）：{zh or '到期前后没有检查点'}。",
        "Checkpoints alone do not show it, the time of writing "
        + (f"({shown(found.judged.recorded, zone)}) " if found.judged else "")
        + f"decides, by the log's own clock: {en or 'there is none around it'}.",
    )


def _waited(wait: Wait, zone: tzinfo) -> Said:
    since, until = shown(wait.begun.at, zone), shown(wait.ended.at, zone) if wait.ended else ""
    by, by_en = who(wait.begun)
    if wait.why == "resident":
        return Said(
            f"暂停：{since} 至 {until or '今'}，等待居民补充材料，由 {by} 决定。",
            f"Paused from {since} until {until or 'now'}, waiting for the resident, by {by_en}.",
        )
    asked, asked_en = who(wait.asked) if wait.asked else ("—", "—")
    return Said(
        f"挂账：{since} 至 {until or '今'}，由 {asked} 提出，{by} 批准。",
        f"Parked from {since} until {until or 'now'}: asked for by {asked_en}, approved by {by_en}.",
    )


def _extended(extension: Extension, zone: tzinfo) -> Said:
    asked, asked_en = who(extension.asked)
    when, days = shown(extension.asked.at, zone), extension.days
    if extension.decided is None:
        return Said(
            f"延期：{asked} 于 {when} 申请 {days} 天，未决定，不计。",
            f"Extension of {days} days asked for by {asked_en} on {when}, not decided: it does not count.",
        )
    by, by_en = who(extension.decided)
    on, approved = shown(extension.decided.at, zone), extension.decided.body["approved"]
    return Said(
        f"延期：{asked} 于 {when} 申请 {days} 天，{by} 于 {on} {'批准' if approved else '不批准'}。",
        f"Extension of {days} days asked for by {asked_en} on {when}, "
        f"{'approved' if approved else 'refused'} by {by_en} on {on}.",
    )
