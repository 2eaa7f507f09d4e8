"""`suqiu workflows …`: bring the engine back from the store."""

import asyncio
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from cli.doors import opened
from cli.failures import WrongUse
from cli.options import COMMON, Common
from cli.progress import bars
from cli.screen import OUT, emit, tell_left_out

if TYPE_CHECKING:
    from office.composition import Office
    from workers.engine.temporal_profile import Profile
    from workers.keeping.bringing_back import Brought

NAMED = 20
"""Workflows that are named on a screen; --json names all."""

REMEDIES = {
    "task_waits": "no worker takes its task: start `suqiu worker`, or `suqiu worker --promote` for a build that waits",
    "on_its_way": "it was at work still: run this once more",
    "step_fails": "what it asks for goes wrong, again and again: the worker's log says what",
    "task_fails": "its workflow fails again and again: the worker's log says why",
}


def rebuild(
    *,
    patience: Annotated[float, Parameter(name="--patience")] = 120.0,
    common: Common = COMMON,
) -> int:
    """Bring all of Temporal back from the log, and look until each petition and order waits for its right time.

    What Temporal must have is made first (search attributes, the build that gets the tasks, schedules). Then the
    workflow of every open petition and order is started or woken, urgent ones first; so are messages that wait for a
    gateway, and adoptions of a rulebook that are not brought to every running petition. For when Temporal's database
    was lost, or an old copy of it put back. A worker has to run.

    Exit 1: some were not seen to wait as the log says, or have a row that this program cannot read and were left out;
    they are counted and named. Safe at any time: a workflow that
    waits already reads its agenda again and waits on.

    Parameters
    ----------
    patience
        Give up when for so many seconds not one more is seen to wait.
    """
    from workers.engine.temporal_profile import profile_of

    if not 0 < patience <= 3600:
        raise WrongUse(f"--patience: expected seconds, more than 0 and up to 3600; found {patience:g}")
    profile = profile_of(common.settings())
    with opened(common) as ours:
        done = asyncio.run(_bring_back(ours, profile, patience))
    if common.json:
        emit(_row(done))
    else:
        _say(done)
    return 1 if done.not_waiting or done.left_out else 0


async def _bring_back(ours: "Office", profile: "Profile", patience: float) -> "Brought":
    from office.rules.rulebooks import read_messages
    from workers.engine.connecting import connect
    from workers.keeping.bringing_back import BringingBack

    client = await connect(profile)
    delivery = (await asyncio.to_thread(read_messages, ours.templates)).delivery
    with bars({"woken": "叫起 woken", "seen": "看到在等 seen to wait"}) as move:
        return await BringingBack(ours, client, profile.worker, delivery, patience=patience, progress=move).run()


def _row(done: "Brought") -> dict[str, object]:
    return {
        "petitions": done.recorded,
        "open": done.open,
        "woken": done.open,
        "waiting": done.waiting,
        "messages": done.messages,
        "adoptions": done.adoptions,
        "not_waiting": [each._asdict() for each in done.not_waiting],
        "faults": done.faults,
        "made": done.made._asdict(),
        "build": done.build,
        "seconds": round(done.seconds, 1),
        "left_out": [row._asdict() for row in done.left_out],
    }


def _say(done: "Brought") -> None:
    made = [*done.made.search_attributes, *done.made.schedules]
    if done.made.build:
        made.append(f"build {done.made.build} gets the tasks")
    if made:
        OUT.print(f"made again: {', '.join(made)}", markup=False, soft_wrap=True)
    mark = "[red]✗[/]" if done.not_waiting or done.left_out else "[green]✓[/]"
    OUT.print(
        f"{mark} {done.recorded} petitions and orders on record, {done.open} owe something: {done.waiting} seen to "
        f"wait for their right time; {done.messages} messages to send, {done.adoptions} adoptions to bring to running "
        f"petitions ({done.seconds:.0f} s)",
        soft_wrap=True,
    )
    tell_left_out(done.left_out)
    if done.build is None:
        OUT.print("no worker has polled: nothing moves until one runs: `suqiu worker`", markup=False)
    for fault, count in done.faults.items():
        OUT.print(f"  {count} {fault}: {REMEDIES.get(fault, 'run this once more')}", markup=False, soft_wrap=True)
        named = [each.id for each in done.not_waiting if each.fault == fault]
        more = f" … and {len(named) - NAMED} more (--json)" if len(named) > NAMED else ""
        OUT.print(f"    {' '.join(named[:NAMED])}{more}", markup=False, soft_wrap=True)
