"""`suqiu up`: the whole thing on this machine."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from cli.failures import WrongUse
from cli.options import COMMON, Common
from cli.running.serving import serve
from cli.screen import OUT, emit, remark

if TYPE_CHECKING:
    from office.run_info import RunInfo
    from office.settings import Settings


Ui = Annotated[bool, Parameter(negative="", help="With Temporal's web pages, for the user that types this.")]
Unsigned = Annotated[bool, Parameter(negative="", help="Sign no checkpoint: to look at a copy of a store.")]


def up(*, port: int | None = None, ui: Ui = False, unsigned: Unsigned = False, common: Common = COMMON) -> int:
    """Run everything on this machine: PostgreSQL, Temporal, worker, relay, read models.

    All data stays in one folder and is there again at the next start. Ctrl-C ends it. Petitions are taken in as soon as
    the database is there; what the engine does begins when the engine is. Servers that die or hang are started again.

    Parameters
    ----------
    port
        First of three ports on 127.0.0.1 (0: any free ones; default 7232, or free ones if taken).
    """
    settings = common.settings()
    if settings.database_url is not None:
        raise WrongUse(
            "SUQIU_DATABASE_URL points to a database of its own, and `up` starts another: unset it, or run "
            "`suqiu worker`, `suqiu relay` and `suqiu project` beside that database"
        )
    if port is not None and port != 0 and not 1 <= port <= 65533:
        raise WrongUse(f"--port: expected 0 (any free ones) or 1 to 65533; found {port}")
    return serve(_everything(settings, port, ui=ui, unsigned=unsigned, json=common.json))


async def _everything(settings: "Settings", port: int | None, *, ui: bool, unsigned: bool, json: bool) -> None:
    from pydantic import SecretStr

    from demo.earlier_story import mark_earlier_story
    from evidence.known_heads import hold, sources
    from evidence.log_key import checkpoint_file, make_log_key
    from machine.engine_side import EngineSide
    from machine.log_files import kept_small
    from machine.servers import machine
    from office.composition import office
    from office.keys.master_key import make_master_key
    from office.rules.rulebooks import read_rulebook
    from workers.engine.temporal_profile import find_env_file, load_profile
    from workers.messaging.gateways import gateway_of
    from workers.metrics.endpoint import open_endpoint
    from workers.metrics.exporting import showing
    from workers.processes import recording

    profile = load_profile(find_env_file(settings), settings.temporal_profile)
    gateway = gateway_of(settings)
    log_file = _log_to(settings, settings.log_level or profile.worker.log_level)
    queue = profile.worker.task_queue
    async with (
        machine(settings.data, port=port, ui=ui, task_queue=queue, say=remark) as here,
        kept_small(log_file.parent),
    ):
        key = make_master_key(settings)
        signer = None if unsigned else make_log_key(settings, read_rulebook(settings.rulebook).id)
        if signer is not None:
            files = sources(checkpoint_file(settings), settings.witness_notes)
            await asyncio.to_thread(hold, here.run.database, signer.verifier, files)
        store = settings.model_copy(update={"database_url": SecretStr(here.run.database)})
        at_once = profile.worker.max_concurrent_activities
        with office(store, master=key, pool_size=at_once + 4) as ours:
            await asyncio.to_thread(mark_earlier_story, settings.data, here.run.database)
            ours.clock.tell = remark
            endpoint = open_endpoint(profile.worker.metrics_address)
            here.metrics = endpoint.url
            async with recording(ours, signed=not unsigned), showing("up", endpoint, ours, settings.data):
                here.announce(ready=False)
                if not here.run.engine:
                    remark("诉求可以受理 · petitions are taken in; the engine (Temporal) is still starting")

                def ready() -> None:
                    log_key = str(signer.verifier) if signer else None
                    _ready(settings, here.run, log_file, log_key, json=json)

                await EngineSide(ours, here, profile, endpoint, gateway, ready=ready, say=remark).run()


def _log_to(settings: "Settings", level: str) -> Path:
    """Our own lines go to a file: the terminal is for the reader."""
    from machine.data_folder import FolderUnusable
    from office.logs import configure_logs

    file = settings.data.expanduser().absolute() / "logs" / "suqiu.log"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        configure_logs(level, file=file)
    except OSError as error:
        raise FolderUnusable(f"data folder {settings.data} cannot be used: {error.strerror}") from None
    return file


def _ready(settings: "Settings", run: "RunInfo", log_file: Path, log_key: str | None, *, json: bool) -> None:
    data, folder = settings.data, settings.data.expanduser().absolute()
    if json:
        emit(
            {
                "data": str(folder),
                "logs": str(log_file),
                "log_key": log_key,
                **run.model_dump(exclude_none=True),
                "ready": True,
            }
        )
        return
    from rich.panel import Panel
    from rich.table import Table

    places = Table.grid(padding=(0, 2))
    places.add_column(style="bold", no_wrap=True)
    places.add_column(overflow="fold")
    for name, where in (
        ("数据 data", str(folder)),
        ("数据库 database", run.database),
        ("Temporal", f"{run.temporal} · namespace {run.namespace} · queue {run.task_queue}"),
        ("Temporal 网页 web UI", run.temporal_ui or "未开 off (--ui)"),
        ("日志 logs", str(log_file.parent)),
        ("公钥 log key", log_key or "不签名 nothing is signed"),
    ):
        places.add_row(name, where)
    OUT.print(Panel(places, title="[bold green]suqiu 诉求[/] · 已就绪 ready", title_align="left", border_style="green"))
    given = "" if data == Path(".suqiu") else f" --data {data}"
    OUT.print("下一步 next, in another terminal:", style="bold")
    usual = type(settings).model_fields["rulebook"].default
    before = "" if settings.rulebook == usual else f"SUQIU_RULEBOOK={settings.rulebook} "
    for line in (f"suqiu submit{given}", f"suqiu ledger{given}", f"suqiu worklist{given}"):
        OUT.print(f"  {before}{line}", style="cyan", markup=False, soft_wrap=True)
    OUT.print("Ctrl-C 结束 ends it; everything stays in the data folder.", style="dim")
    OUT.file.flush()
