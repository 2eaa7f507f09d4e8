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
    """Start or wake the workflow of every open petition and of every message that waits for a gateway, from the log.

    For when Temporal's database was lost.

    Safe at any time: a workflow that waits already reads its agenda again and waits on.
    """
    from workers.composition import profile_of

    profile = profile_of(common.settings())
    with opened(common) as ours:
        woken, seen, messages = asyncio.run(_wake_all(ours, profile))
    if common.json:
        emit({"petitions": seen, "open": woken, "woken": woken, "messages": messages})
    else:
        OUT.print(
            f"[green]✓[/] {seen} petitions on record, {woken} open: each has its workflow; {messages} messages to send"
        )
    return 0


async def _wake_all(ours: "Office", profile: "Profile") -> tuple[int, int, int]:
    from workers.composition import connect
    from workers.messaging.message_sender import send, waiting_messages
    from workers.reading.rebuilding import open_petitions, wake_each
    from workers.rules.rulebooks import read_messages

    client = await connect(profile)
    found, seen = await asyncio.to_thread(open_petitions, ours.petitions)
    with bar("诉求 petitions", len(found)) as move:
        await wake_each(client, found, profile.worker.task_queue, move)
    delivery = read_messages(ours.templates).delivery
    messages = await asyncio.to_thread(waiting_messages, ours.petitions)
    for message in messages:
        await send(client, message, profile.worker.task_queue, delivery)
    return len(found), seen, len(messages)
