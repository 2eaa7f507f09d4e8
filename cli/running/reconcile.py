"""`suqiu workflows reconcile`: the engine held against the log."""

import asyncio
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from cli.doors import opened
from cli.moments import iso, shown
from cli.options import COMMON, Common
from cli.screen import OUT, emit, listing, tell_left_out

if TYPE_CHECKING:
    from office.composition import Office
    from workers.engine.temporal_profile import Profile
    from workers.rhythm.reconciling import Reconciled


def reconcile(
    *,
    repair: Annotated[bool, Parameter(name="--repair", negative="--dry-run")] = True,
    common: Common = COMMON,
) -> int:
    """Look whether every open petition and order has its workflow, waiting for its next step; repair what differs.

    So it does for messages that wait for a gateway, and for adoptions that are not brought to every petition. What was
    repaired stands in the log (`office.workflows_reconciled`). A schedule does the same by itself. With
    --dry-run nothing is changed, and exit 1 says that something differs. A petition with a row that this program cannot
    read is named and left out (exit 1); all others are looked at.

    Parameters
    ----------
    repair
        Start, wake or replace workflows that differ (default); or only say which do.
    """
    from workers.engine.temporal_profile import profile_of

    profile = profile_of(common.settings())
    with opened(common) as ours:
        done = asyncio.run(_reconcile(ours, profile, repair=repair))
        zone = ours.rules.zone
    left = [each for each in done.differences if not each.repaired]
    if common.json:
        rows = [
            {**each.model_dump(), "expected_at": iso(each.expected_at, zone), "found_at": iso(each.found_at, zone)}
            for each in done.differences
        ]
        left_out = [row._asdict() for row in done.left_out]
        counts = {"open": done.looked_at, "total": len(rows), "repaired": len(rows) - len(left)}
        emit({**counts, "rows": rows, "left_out": left_out})
        return 1 if left or left_out else 0
    if done.differences:
        table = listing("工作流 workflow", "差异 fault", "下一步 step", "应于 expected", "实为 found", "修复 repaired")
        for each in done.differences:
            times = (shown(each.expected_at, zone), shown(each.found_at, zone))
            table.add_row(each.petition, each.fault, each.step or "—", *times, "✓" if each.repaired else "")
        OUT.print(table)
    word = "all as the log says" if not done.differences else f"{len(done.differences)} differed, {len(left)} still do"
    OUT.print(f"{'[red]✗[/]' if left else '[green]✓[/]'} {done.looked_at} open: {word}")
    tell_left_out(done.left_out)
    return 1 if left or done.left_out else 0


async def _reconcile(ours: "Office", profile: "Profile", *, repair: bool) -> "Reconciled":
    from office.rules.rulebooks import read_messages
    from workers.engine.connecting import connect
    from workers.rhythm.reconciling import reconcile as look

    client = await connect(profile)
    queue = profile.worker.task_queue
    delivery = (await asyncio.to_thread(read_messages, ours.templates)).delivery
    return await look(ours.event_log, client, queue, ours.rules, ours.now, delivery=delivery, repair=repair)
