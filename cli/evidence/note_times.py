"""`suqiu audit note-times`: what a wrong clock recorded outside of petitions, noted on record by a leader."""

from typing import Annotated, Literal

from cyclopts import Parameter

from cli.doors import opened, staff_called
from cli.failures import WrongUse
from cli.options import COMMON, Common
from cli.screen import OUT, emit

WrongClock = Literal["clock_set_wrong", "clock_drifted", "machine_restored", "unknown"]
"""Those of `aggregates.office`, which `--help` does not load."""


def note_times(
    *,
    by: Annotated[str, Parameter(help="A leader, by id or name.")],
    reason: Annotated[WrongClock, Parameter(help="Why the clock was wrong.")],
    common: Common = COMMON,
) -> int:
    """记录时钟错误: put on record that a wrong clock recorded events outside of petitions ahead, or that times fall.

    Names every such event of messages, orders, rulebooks, erasures and the office that no act names yet; and events, of
    petitions too, and checkpoints whose times fall by more than five minutes. Then `suqiu audit verify` is content with
    them, and the notary signs again. Nothing else changes. Steps of petitions that were recorded ahead are put right
    one by one: `suqiu petition set-aside`.

    Exit 1: there is none.
    """
    from aggregates.event import Actor, Role
    from evidence.cosigning import witnesses
    from evidence.noting_times import note_times as noted

    known = witnesses(common.settings())
    with opened(common) as ours:
        who = staff_called(by, ours.rules)
        if who.role != "leader":
            raise WrongUse(f"--by: expected a leader, as `suqiu rulebook staff --role leader` lists them; found {by}")
        done = noted(ours.event_log, Actor(role=Role.LEADER, id=who.id), reason, ours.rules.hash, ours.now(), known)
    if common.json:
        emit(done._asdict())
        return 0
    if done.events:
        OUT.print(
            f"[green]✓[/] {done.events} events of {done.streams} streams are noted: a wrong clock recorded them ahead"
        )
    if done.behind or done.checkpoints:
        OUT.print(f"[green]✓[/] {done.behind} events and {done.checkpoints} checkpoints are noted: times fall there")
    return 0
