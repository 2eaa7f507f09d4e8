"""How a replay is told: identical, or each difference on its line; and the report over the whole ledger."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cli.moments import iso, shown
from cli.screen import OUT, emit, listing, remark

if TYPE_CHECKING:
    from aggregates.replay.differing import Differing
    from aggregates.replay.steps import Difference, Replayed
    from cli.options import Common
    from evidence.replaying import AllReplayed, AllUnder, Case
    from rulebook.model import Rulebook
    from workers.workflow_replay import WorkflowReplayed

KINDS = {
    "identical": "结果相同 identical",
    "details": "时限、层级、超期均相同，仅提醒、窗口或单位不同 same deadlines, tiers and breaches; details differ",
    "differs": "结果不同 differs",
    "stuck": "无法推演到底 cannot be played to its end",
}


def tell(told: "Replayed", case: "Case", common: "Common") -> None:
    """One case under the rules of its time."""
    if common.json:
        emit({"petition": case.petition, **_again(told)})
        return
    if told.set_aside:
        versions = ", ".join(f"#{version}" for version in told.set_aside)
        _say(f"时钟有误，已撤除，不再裁决 by a wrong clock, set aside and not decided again: {versions}")
    if told.identical:
        _say(f"[green]✓[/] 重新裁决结果相同 identical: {told.steps} 步 steps, {told.events} 件事 events")
        return
    _say(f"[red]✗[/] 与记录不同 {len(told.differences)} 处 differences, {told.steps} 步 steps")
    table = listing("序 #", "步骤 step", "字段 field", "记录 on record", "重新裁决 decided again")
    for each in told.differences:
        table.add_row(str(each.version), each.step, each.field or "—", each.recorded, each.now)
    OUT.print(table)


def _again(told: "Replayed") -> dict[str, Any]:
    return {
        "identical": told.identical,
        "steps": told.steps,
        "events": told.events,
        "differences": [_difference(each) for each in told.differences],
        "set_aside": list(told.set_aside),
    }


def _difference(each: "Difference") -> dict[str, Any]:
    return {**each._asdict(), "sentence": str(each)}


def tell_otherwise(told: "Differing", case: "Case", book: "Rulebook", common: "Common") -> None:
    """One case under other rules."""
    if common.json:
        emit({"petition": case.petition, "under": book.hash, **_otherwise(told, book.zone)})
        return
    mark = "[green]✓[/]" if told.kind == "identical" else "[yellow]≠[/]"
    _say(f"{mark} 按《{book.name.zh}》under {book.id}: {KINDS[told.kind]}")
    for sentence in _sentences(told, book.zone):
        OUT.print(f"  {sentence}", markup=False, soft_wrap=True)


def _sentences(told: "Differing", zone: ZoneInfo) -> list[str]:
    said = [
        f"时限 {each.promise}: 记录 {shown(each.recorded, zone)} → 将为 {shown(each.then, zone)} deadline"
        for each in told.moved
    ]
    said += [f"超期 {name}: 记录有，将不会有 missed, would not have been" for name in told.breaches_only_recorded]
    said += [f"超期 {name}: 记录无，将会有 not missed, would have been" for name in told.breaches_only_then]
    if told.recorded.level != told.then.level:
        said.append(f"层级 tier: {_level(told.recorded.level)} → {_level(told.then.level)}")
    said += [f"#{each.version} {each.what}: 不能照做 refused: {each.why}" for each in told.refused]
    said += [f"#{each.version} {each.what}: 对应 mapped: {each.why}" for each in told.mapped]
    if told.other_events:
        said.append(f"{told.other_events} 件事不同 events are not the same")
    return [*said, f"停在 stuck: {told.stuck}"] if told.stuck else said


def _level(level: int) -> str:
    from aggregates.replay.differing import LEADER

    return "领导 leader" if level == LEADER else "—" if level < 0 else f"第 {level + 1} 级 rank"


def _otherwise(told: "Differing", zone: ZoneInfo) -> dict[str, Any]:
    return {
        "kind": told.kind,
        "deadlines": [
            {"promise": each.promise, "recorded": iso(each.recorded, zone), "then": iso(each.then, zone)}
            for each in told.moved
        ],
        "breaches": {"only_recorded": told.breaches_only_recorded, "only_then": told.breaches_only_then},
        "tier": {"recorded": _level(told.recorded.level), "then": _level(told.then.level)},
        "refused": [each._asdict() for each in told.refused],
        "mapped": [each._asdict() for each in told.mapped],
        "other_events": told.other_events,
        "stuck": told.stuck,
    }


def tell_all(report: "AllReplayed", seconds: float, common: "Common") -> None:
    """The whole ledger under the rules of its time."""
    counts = {
        name: getattr(report, name) for name in ("petitions", "identical", "differ", "set_aside", "steps", "events")
    }
    if common.json:
        examples = [{"petition": case.petition, **_again(told)} for case, told in report.examples]
        emit({**counts, "seconds": round(seconds, 2), "examples": examples})
        return
    _table("重新裁决 decided again", counts)
    for case, told in report.examples:
        OUT.print(f"{case.petition}: {told.differences[0]}", markup=False, soft_wrap=True)
    _pace(report.petitions, seconds)


def tell_all_otherwise(report: "AllUnder", book: "Rulebook", seconds: float, common: "Common") -> None:
    """The whole ledger under other rules."""
    sums = asdict(report.sums)
    mapped = sums.pop("names_mapped")
    counts = {**sums, "unfoldable": report.unfoldable}
    if common.json:
        examples = [{"petition": case.petition, **_otherwise(told, book.zone)} for case, told in report.examples]
        emit({"under": book.hash, **counts, "mapped": mapped, "seconds": round(seconds, 2), "examples": examples})
        return
    _table(f"按《{book.name.zh}》 under {book.id}", counts)
    for note, number in sorted(mapped.items(), key=lambda each: -each[1])[:12]:
        OUT.print(f"对应 mapped {number}×: {note}", markup=False, soft_wrap=True)
    for case, told in report.examples[:5]:
        OUT.print(f"{case.petition}: {KINDS[told.kind]}", markup=False, soft_wrap=True)
        for sentence in _sentences(told, book.zone)[:4]:
            OUT.print(f"  {sentence}", markup=False, soft_wrap=True)
    _pace(report.sums.petitions, seconds)


def tell_workflow(told: "WorkflowReplayed", petition: str, common: "Common") -> None:
    """A workflow's own history."""
    if not told.kept:
        sentence = (
            "Temporal 已不再保存该工作流的历史，或尚未启动；请不带 --workflow 重放 "
            "Temporal does not keep this workflow's history any more, or never had it; "
            "replay without --workflow, which needs the log alone"
        )
    elif told.difference:
        sentence = f"工作流历史重放不同 the workflow's history would go another way now: {told.difference}"
    else:
        sentence = f"工作流历史重放相同 the workflow's history replays: {told.entries} 条 entries"
    if common.json:
        emit({"petition": petition, **told._asdict(), "sentence": sentence})
        return
    OUT.print(sentence, markup=False, soft_wrap=True)


def _table(title: str, counts: Mapping[str, int | datetime]) -> None:
    table = listing("", "", title=title)
    table.show_header = False
    table.columns[1].justify = "right"
    for name, number in counts.items():
        table.add_row(name.replace("_", " "), str(number))
    OUT.print(table)


def _pace(petitions: int, seconds: float) -> None:
    remark(f"{petitions} 件 petitions, {seconds:.1f} s, {petitions / max(seconds, 0.001):,.0f}/s")


def _say(sentence: str) -> None:
    OUT.print(sentence, soft_wrap=True)
