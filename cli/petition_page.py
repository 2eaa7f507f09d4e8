"""How `suqiu petition show` looks: a head, the facts, the clock, the timeline."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from aggregates.agenda import agenda
from aggregates.record import Recorded
from aggregates.state import Petition
from cli.moments import shown
from cli.screen import OUT, listing
from cli.words import CHANNELS, OUTCOMES, ROLES, STAGES, STEPS, both
from projections.sentences import facts_of, names_of, says
from rulebook.model import Rulebook

ENTERED_LATE = timedelta(minutes=5)
"""An act recorded later than this after it counts is shown with both times."""


def draw(state: Petition, records: Sequence[Recorded], book: Rulebook, now: datetime) -> None:
    """Print a petition as it is on record at `now`."""
    colour = "dim" if not state.open else "red" if _overdue(state, now) else "green"
    title = f"[bold]诉求 {state.receipt}[/] · [{colour}]{both(STAGES, state.stage.value)}[/]"
    OUT.print(Panel(_facts(state, book, now), title=title, title_align="left", border_style=colour))
    OUT.print(_timeline(records, book))


def _overdue(state: Petition, now: datetime) -> bool:
    return state.due_at is not None and state.due_at < now


def _facts(state: Petition, book: Rulebook, now: datetime) -> Table:
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
    table.add_row("受理 received", f"{shown(state.received_at, book.zone)} · {both(CHANNELS, state.channel)}")
    table.add_row("时限 clock", _clock(state, book, now))
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


def _clock(state: Petition, book: Rulebook, now: datetime) -> str:
    clock = state.clock
    if clock is None:
        return "—"
    due = f"{shown(clock.started_at, book.zone)} → [bold]{shown(clock.due_at, book.zone)}[/] [dim]{clock.rule}[/]"
    if clock.provisional:
        due += " [yellow]暂定 provisional[/]"
    if state.due_at is None:
        due += " [dim]已停 stopped[/]"
    elif _overdue(state, now):
        due += " [bold red]逾期 overdue[/]"
    ahead = clock.reminders[state.reminders_given :] if state.due_at else ()
    if ahead:
        due += f"\n催办 reminders: {', '.join(shown(moment, book.zone) for moment in ahead)}"
    return due


def _timeline(records: Sequence[Recorded], book: Rulebook) -> Table:
    names = names_of(book)
    table = listing("时间 time", "经过 what happened", "经手 who", "依据 rule")
    table.columns[0].no_wrap = True
    for record in records:
        event = record.event
        sentence = says(event.TOPIC, facts_of(event), names)
        time = shown(event.at, book.zone)
        if record.recorded_at - event.at > ENTERED_LATE:
            time += f"\n[dim]录入 {shown(record.recorded_at, book.zone)}[/]"
        who = both(ROLES, event.by.role.value)
        who += "" if event.by.id == event.by.role.value else f"\n[dim]{event.by.id}[/]"
        what = f"{escape(sentence.zh)}\n[dim]{escape(sentence.en)}[/]"
        table.add_row(time, what, who, event.rule or "")
    return table
