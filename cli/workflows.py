"""`suqiu workflows …`: bring the engine back from the store."""

import asyncio
from typing import TYPE_CHECKING

from cli.doors import opened
from cli.options import COMMON, Common
from cli.progress import bar
from cli.screen import OUT, emit

if TYPE_CHECKING:
    from workers.composition import Office
    from workers.settings import Profile


def rebuild(*, common: Common = COMMON) -> int:
    """Start or wake the workflow of every open petition and order, urgent ones first, from the log.

    So it does for messages that wait for a gateway, and for adoptions of a rulebook that are not brought to every
    running petition. For when Temporal's database was lost.

    Safe at any time: a workflow that waits already reads its agenda again and waits on.
    """
    from workers.composition import profile_of

    profile = profile_of(common.settings())
    with opened(common) as ours:
        woken, seen, messages, adoptions = asyncio.run(_wake_all(ours, profile))
    if common.json:
        emit({"petitions": seen, "open": woken, "woken": woken, "messages": messages, "adoptions": adoptions})
    else:
        OUT.print(
            f"[green]✓[/] {seen} petitions and orders on record, {woken} open: each has its workflow; "
            f"{messages} messages to send, {adoptions} adoptions to bring to running petitions"
        )
    return 0


async def _wake_all(ours: "Office", profile: "Profile") -> tuple[int, int, int, int]:
    from workers.composition import connect
    from workers.reading.rebuilding import open_petitions, wake_each
    from workers.rhythm.errands import Errands
    from workers.rules.rulebooks import read_messages

    client = await connect(profile)
    found, seen = await asyncio.to_thread(open_petitions, ours.petitions)
    with bar("诉求 petitions", len(found)) as move:
        await wake_each(client, found, profile.worker.task_queue, move)
    delivery = read_messages(ours.templates).delivery
    errands = Errands(ours.petitions, client, profile.worker.task_queue, ours.rules.id, delivery)
    open_ = await asyncio.to_thread(errands.open)
    for errand in open_:
        await errands.begin(errand)
    adoptions = sum(errand.number is not None for errand in open_)
    return len(found), seen, len(open_) - adoptions, adoptions
