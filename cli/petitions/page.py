"""How `suqiu petition show` looks: a head, the facts, the clocks, the timeline."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from aggregates.petition.agenda import agenda
from aggregates.petition.state import Petition
from aggregates.record import Recorded
from cli.moments import shown
from cli.petitions.beside import beside
from cli.petitions.clocks import STANDINGS, Shown, clocks_of, moves
from cli.petitions.erasures import Beside
from cli.screen import OUT, listing
from office.reading import Read
from projections.sentences import facts_of, names_of, says
from projections.words import CHANNELS, CLOCKS, OUTCOMES, ROLES, STAGES, STEPS, both
from rulebook.model import Rulebook

ENTERED_LATE = timedelta(minutes=5)
"""An act recorded later than this after it counts is shown with both times."""


def draw(
    state: Petition,
    records: Sequence[Recorded],
    book: Rulebook,
    now: datetime,
    read: Read,
    *,
    days: bool = False,
    erasures: Sequence[Beside] = (),
) -> None:
    """Print a petition as it is on record at `now`; with `days`, each clock day by day."""
    colour = "dim" if not state.open else "red" if _overdue(state, now) else "green"
    title = f"[bold]诉求 {state.receipt}[/] · [{colour}]{both(STAGES, state.stage.value)}[/]"
    OUT.print(Panel(_facts(state, book, read), title=title, title_align="left", border_style=colour))
    shown_clocks = clocks_of(state, book, now)
    OUT.print(_clocks(shown_clocks, state, book))
    if days:
        for each in shown_clocks:
            _draw_days(each)
    OUT.print(_timeline(records, erasures, book))


def _overdue(state: Petition, now: datetime) -> bool:
    return state.due_at is not None and state.due_at < now


def _facts(state: Petition, book: Rulebook, read: Read) -> Table:
    names = names_of(book)

    def named(id_: str | None) -> str:
        return "—" if id_ is None else f"{names(id_, 'zh')} [dim]{names(id_, 'en')}[/]"

    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("类别 category", named(state.category))
    table.add_row("事项 matter", named(state.matter))
    table.add_row(
        "层级 tier", named(state.tier) + ("  [yellow]领导督办 with the leader[/]" if state.with_leader else "")
    )
    table.add_row("承办 unit", named(state.unit))
    if state.assisting:
        table.add_row("协办 assisting", "、".join(named(unit) for unit in state.assisting))
    for what, said in beside(state, book, named, read):
        table.add_row(what, said)
    table.add_row("受理 received", f"{shown(state.received_at, book.zone)} · {both(CHANNELS, state.channel)}")
    owed = agenda(state)
    if owed.step:
        table.add_row("下一步 next", f"{both(STEPS, owed.step.value)} · {shown(owed.due_at, book.zone)}")
    if state.outcome:
        table.add_row("答复 reply", both(OUTCOMES, state.outcome))
    counts = (
        ("升级 escalated", state.escalations),
        ("退单 returned", state.returns),
        ("异议 disputed", state.disputes),
    )
    told = " · ".join(f"{name} {number}×" for name, number in counts if number)
    if told:
        table.add_row("经过 so far", told)
    return table


COLOURS = {"overdue": "bold red", "running": "green", "paused": "yellow", "with_leader": "yellow"}


def _clocks(every: Sequence[Shown], state: Petition, book: Rulebook) -> Table:
    table = listing("时限 clock", "起算 started", "到期 due", "状态 standing", "已用 used", "依据 rule")
    for each in every:
        clock = each.clock
        due = f"[bold]{shown(clock.due_at, book.zone)}[/]"
        due += " [yellow]暂定 provisional[/]" if clock.provisional else ""
        if each.running.extended:
            due += f"\n[dim]已延期 extended {clock.extra_days} 天[/]"
        if state.extension_asked and state.extension_asked.clock == clock.name:
            due += f"\n[yellow]申请延期 extension asked: {state.extension_asked.days} 天[/]"
        ahead = clock.reminders[each.running.reminders_given :] if each.standing == "running" else ()
        if ahead:
            due += f"\n[dim]催办 reminders {', '.join(shown(moment, book.zone) for moment in ahead)}[/]"
        standing = both(STANDINGS, each.standing)
        since = each.running.stopped_at or each.running.paused_at
        standing += f"\n[dim]{shown(since, book.zone)}[/]" if since else ""
        if each.running.breached_at:
            standing += f"\n[red]记逾期 breached {shown(each.running.breached_at, book.zone)}[/]"
        table.add_row(
            both(CLOCKS, clock.name),
            shown(clock.started_at, book.zone),
            due,
            f"[{COLOURS[each.standing]}]{standing}[/]" if each.standing in COLOURS else f"[dim]{standing}[/]",
            "—" if each.used is None else f"{each.used}/{each.whole}",
            clock.rule,
        )
    return table


def _draw_days(each: Shown) -> None:
    if each.counted is None:
        OUT.print(f"{both(CLOCKS, each.clock.name)}: no calendar reaches it any more", style="yellow")
        return
    table = listing("日期 date", "计入 counted", "原因 why", title=both(CLOCKS, each.clock.name))
    for day in each.counted.days:
        table.add_row(str(day.date), "✓" if day.counted else "·", day.why, style="" if day.counted else "dim")
    OUT.print(table)


def _timeline(records: Sequence[Recorded], erasures: Sequence[Beside], book: Rulebook) -> Table:
    names = names_of(book)
    table = listing("#", "时间 time", "经过 what happened", "经手 who", "依据 rule")
    table.columns[1].no_wrap = True
    erased = {each.erasure.erased: each.says() for each in erasures if each.erasure.erased}
    for record in sorted([*records, *erased], key=lambda record: record.position):
        event = record.event
        sentence = erased.get(record) or says(event.TOPIC, facts_of(event), names)
        time = shown(event.at, book.zone)
        if record.recorded_at - event.at > ENTERED_LATE:
            time += f"\n[dim]录入 {shown(record.recorded_at, book.zone)}[/]"
        who = both(ROLES, event.by.role.value)
        who += "" if event.by.id == event.by.role.value else f"\n[dim]{event.by.id}[/]"
        what = f"{escape(sentence.zh)}\n[dim]{escape(sentence.en)}[/]"
        for each in moves(event):
            ends = f"{shown(each.was_due_at, book.zone)} → {shown(each.clock.due_at, book.zone)}"
            what += f"\n[dim]{escape(both(CLOCKS, each.clock.name))} {ends}[/]"
        number = "" if record in erased else str(record.version)
        table.add_row(number, time, what, who, event.rule or "")
    return table
