"""`suqiu demo`: two weeks of a fictional district, told as they happen on the real engine."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from cli.failures import INTERRUPTED, WrongUse
from cli.screen import ERR, OUT, emit

if TYPE_CHECKING:
    from demo.chronicle import Happening, OrderHappening
    from demo.order_script import ScriptedOrder
    from demo.script import Scripted

PIPED_WIDTH = 100
"""Columns of a pipe: the story's lines are made for them."""


def demo(
    *,
    keep: Annotated[bool, Parameter(help="Leave everything running until Ctrl-C.")] = False,
    port: Annotated[int | None, Parameter(help="First of three ports on 127.0.0.1 (0: any free ones).")] = None,
    ui: Annotated[bool, Parameter(help="With Temporal's web pages.")] = False,
    data: Annotated[Path | None, Parameter(help="Folder to keep the data in; no petitions may be in it.")] = None,
    json: Annotated[bool, Parameter(help="End with one JSON object; the story is told on stderr.")] = False,
) -> int:
    """Play two weeks of a fictional district on the real engine, in about half a minute.

    PostgreSQL, Temporal, worker, relay and read models are those of `suqiu up`; only the clock is the story's. With
    --keep they run on when the story is over, by the wall clock, for other commands; with
    --ui also for Temporal's pages. Without --data everything is in a folder that is removed at the end.
    """
    if port is not None and port != 0 and not 1 <= port <= 65533:
        raise WrongUse(f"--port: expected 0 (any free ones) or 1 to 65533; found {port}")
    folder = data.expanduser().absolute() if data else Path(tempfile.mkdtemp(prefix="suqiu-demo-"))
    playing = _Playing(folder, lasting=data is not None, keep=keep, port=port, ui=ui, as_json=json)
    try:
        return asyncio.run(_until_asked(playing.play(), playing))
    finally:
        if data is None:
            shutil.rmtree(folder, ignore_errors=True)


class _Playing:
    """One run of the story on one folder; `over` once it is told."""

    def __init__(self, folder: Path, *, lasting: bool, keep: bool, port: int | None, ui: bool, as_json: bool) -> None:
        self.over = False
        self._folder = folder
        self._mode = "keep" if keep else "data" if lasting else "gone"
        self._port = port
        self._ui = ui
        self._as_json = as_json
        self._console = ERR if as_json else OUT
        if not self._console.is_terminal:
            self._console.width = PIPED_WIDTH

    async def play(self) -> None:
        """Start everything, let the story happen and be told, count it, and stop or wait."""
        from demo.director import Director
        from demo.figures import agreed_count, happened, ordered, signed
        from demo.order_script import read_orders
        from demo.script import days_of
        from demo.script_reading import read_script
        from demo.stage import demo_settings, stage
        from demo.story_clock import StoryClock
        from demo.summary import show_header, show_next, show_summary
        from demo.telling import Telling
        from office.logs import configure_logs
        from office.rules.rulebooks import read_rulebook

        begun = time.monotonic()
        configure_logs("error")
        rules = read_rulebook(demo_settings(self._folder).rulebook)
        script, orders = read_script(rules), read_orders(rules)
        begins, ends = days_of(script, rules)
        clock = StoryClock(begins)
        async with AsyncExitStack() as stack:
            with self._console.status("启动数据库与 Temporal … starting both servers"):
                on_stage = await stack.enter_async_context(stage(self._folder, clock, port=self._port, ui=self._ui))
            show_header(self._console, on_stage.run, self._folder, len(script), begins, ends)
            telling = Telling(self._console, rules, begins)

            def tell(happening: "Happening | OrderHappening", entry: "Scripted | ScriptedOrder") -> None:
                telling.tell(happening, entry.title)

            director = Director(on_stage, script, tell, orders)
            telling.codes = director.codes
            await director.play(ends)
            telling.days_until(ends.date())
            clock.hand_over()
            count = await agreed_count(on_stage.office.event_log, director.chronicle)
            story = happened(director.chronicle)
            evidence = await asyncio.to_thread(signed, on_stage.office)
            done = ordered(list(director.chronicle.orders.values()))
            seconds = round(time.monotonic() - begun, 1)
            show_summary(self._console, rules, count, story, evidence, seconds)
            tallest = max(director.chronicle.petitions.values(), key=lambda it: (it.escalations, it.version))
            order = done[0].receipt
            show_next(self._console, self._folder, on_stage.run, tallest, order, mode=self._mode)
            if self._as_json:
                more = {"orders": [each.model_dump() for each in done], "evidence": evidence.model_dump()}
                emit({**count.model_dump(), **story.model_dump(), **more, "seconds": seconds, **self._where()})
            self.over = True
            if self._mode == "keep":
                await asyncio.Event().wait()

    def _where(self) -> dict[str, str]:
        return {} if self._mode == "gone" else {"data": str(self._folder)}


async def _until_asked(story: Coroutine[Any, Any, None], playing: _Playing) -> int:
    """Play until it is over or somebody asks to stop; asked before the end, the story is broken off."""
    from machine.interpreter_exit import asked_to_stop

    running = asyncio.create_task(story)
    asking = asyncio.create_task(asked_to_stop())
    await asyncio.wait({running, asking}, return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        asking.cancel()
        await asyncio.wait({asking})
        await running
        return 0
    running.cancel()
    await asyncio.wait({running})
    if not running.cancelled() and (error := running.exception()) is not None:
        raise error
    return 0 if playing.over else INTERRUPTED
