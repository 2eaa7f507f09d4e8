"""The stage: real servers, and worker, relay and read models as in production, with the simulated clock.

Only the clock differs, and the client the relay starts workflows with: their virtual clocks can be fast-forwarded.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from aggregates.streams import is_petition
from demo.story_clock import StoryClock
from evidence.log_key import make_log_key
from machine.embedded_temporal import TIME_SKIPPING
from machine.servers import machine
from office.composition import Office, office
from office.keys.master_key import make_master_key
from office.logs import configure_logs
from office.rules.rulebooks import read_rulebook
from office.run_info import RunInfo
from office.settings import Settings, read_settings
from rulebook.problems import Expected
from workers.engine.connecting import connect
from workers.engine.temporal_profile import find_env_file, load_profile
from workers.processes import everything

A_FEW = 100
"""Events among which a used log has a petition: what a start itself records is less."""

GONE = (RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION)


class NotEmpty(Expected):
    """The data folder has petitions already; the story needs a folder of its own."""


@dataclass(frozen=True)
class Stage:
    """What the director works with."""

    run: RunInfo
    office: Office
    clock: StoryClock
    skipper: TimeSkipper

    async def fast_forward(self, petition: str, span: timedelta) -> None:
        """Advance a waiting workflow's own time; nothing to do for one that has ended."""
        try:
            await self.skipper.fast_forward(self.skipper.client.get_workflow_handle(petition), span)
        except RPCError as error:
            if error.status not in GONE:
                raise


def demo_settings(folder: Path) -> Settings:
    """The environment's settings, but with our own servers and rulebook: the story is Baiyang's."""
    rulebook = Settings.model_fields["rulebook"].default
    return read_settings(data=folder, database_url=None, temporal_profile="local", rulebook=rulebook)


@asynccontextmanager
async def stage(folder: Path, clock: StoryClock, *, port: int | None = None, ui: bool = False) -> AsyncIterator[Stage]:
    """Run everything on a folder while the block runs; logs go to the folder's `logs/demo.log`.

    Raises:
        NotEmpty: the folder has petitions.
        FolderInUse, FolderUnusable, PortTaken, ServerFailed, SettingsError: it cannot start.
    """
    settings = demo_settings(folder)
    async with machine(folder, port=port, ui=ui, temporal_options=TIME_SKIPPING) as here:
        await here.engine()
        run = here.run
        configure_logs(settings.log_level or "info", file=folder / "logs" / "demo.log")
        master = make_master_key(settings)
        make_log_key(settings, read_rulebook(settings.rulebook).id)
        profile = load_profile(find_env_file(settings), settings.temporal_profile).at(run.temporal, run.namespace)
        store = settings.model_copy(update={"database_url": SecretStr(run.database)})
        at_once = profile.worker.max_concurrent_activities
        with office(store, now=clock, master=master, pool_size=at_once + 4) as ours:
            if any(is_petition(record.stream) for record in ours.event_log.page(0, A_FEW)):
                raise NotEmpty(f"{folder} holds petitions already: give the demo a folder of its own with --data")
            client = await connect(profile)
            skipper = TimeSkipper(client, config=TimeSkippingConfig(enabled=False))
            async with everything(ours, skipper.client, profile.worker):
                here.engine_brought_back()  # the folder is the story's own: nothing was there before
                here.announce(ready=True)
                yield Stage(here.run, ours, clock, skipper)
