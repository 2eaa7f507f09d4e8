"""`suqiu backup` and `suqiu restore`: the log in a folder, the keys apart, and both back into an empty store."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

from cyclopts import Parameter

from cli.failures import FAILED, WrongUse
from cli.options import COMMON, Common
from cli.progress import bar
from cli.screen import OUT, emit, remark

if TYPE_CHECKING:
    from machine.backup import BroughtBack

Keys = Annotated[Path | None, Parameter(help="File of the keys (default: FOLDER.keys, beside the folder).")]


def backup(folder: Path, /, *, keys: Keys = None, common: Common = COMMON) -> int:
    """备份: write the whole log into a folder and the keys into a file apart from it, while everything runs.

    What is in the folder is one instant of the store: events, checkpoints, cosignatures, readers' places. Every event
    is read back from the files and recomputed before the backup counts. Into a folder that has a backup of this log,
    only new events are written. Rulebooks are in the log; read models and workflows are made from it.

    The master key, the log key and the checkpoint file are not in it: keep each of them elsewhere.

    Parameters
    ----------
    folder
        Where to: a new folder, or that of the last backup.
    """
    from machine.backup import back_up_store, keys_beside
    from office.clock import wall_clock

    file = keys or keys_beside(folder)
    if file.absolute().is_relative_to(folder.absolute()):
        raise WrongUse(f"--keys {file}: is in the folder of the events; expected a place apart from it")
    with _Bars(common) as bars:
        done = back_up_store(common.settings(), folder, file, wall_clock(), bars.move)
    if common.json:
        emit({**done._asdict(), "folder": str(folder), "keys_file": str(file), "master_key": "not in it"})
        return 0
    megabytes = done.bytes / 1e6
    OUT.print(f"✓ {done.events} 事件 events ({done.added} new, {megabytes:.1f} MB) → {folder}", markup=False)
    OUT.print(f"✓ {done.keys} 密钥 keys → {file}", markup=False)
    remark("read back and recomputed: every event in it is the log's, root " + done.root)
    remark("主密钥不在其中 neither the master key nor the log key is in it; without the first the keys open nothing")
    remark("密钥文件须另处保管 keep the file of the keys elsewhere than the folder; back up again after each erasure")
    return 0


def restore(
    folder: Path,
    /,
    *,
    keys: Keys = None,
    without_keys: Annotated[bool, Parameter(help="Bring no keys back: personal fields show [erased].")] = False,
    program: Annotated[str | None, Parameter(help="The database role the parts run as, as in `store set-up`.")] = None,
    common: Common = COMMON,
) -> int:
    """恢复: put a backup back into an empty store, and verify it.

    With SUQIU_DATABASE_URL into that database, as the tables' owner; else into the data folder, whose PostgreSQL is
    started for it and stopped again. The keys of residents erased before the backup are destroyed again; read models
    are made. Afterwards start the parts and run `suqiu workflows rebuild`.

    The master key has to be there (SUQIU_MASTER_KEY, or keys/master.key in the data folder): it is in no backup.

    Parameters
    ----------
    folder
        What `suqiu backup` wrote.
    """
    from machine.backup import keys_beside, restore_store
    from office.keys.master_key import master_key

    settings = common.settings()
    file = None if without_keys else keys or keys_beside(folder)
    if without_keys and keys is not None:
        raise WrongUse("expected one of --keys and --without-keys")
    master = None if file is None else master_key(settings)
    if file is not None and not file.is_file():
        raise WrongUse(f"no file of keys {file}: name it with --keys, or say --without-keys (texts stay [erased] then)")
    if file is not None and master is None:
        raise WrongUse(
            "no master key, and it is in no backup: set SUQIU_MASTER_KEY, or put it into "
            f"{settings.data / 'keys' / 'master.key'}"
        )
    with _Bars(common) as bars:
        done = restore_store(settings, folder, keys=file, master=master, program=program, progress=bars.move)
    well = done.verified.wrong is None
    if common.json:
        emit(_answer(done))
        return 0 if well else FAILED
    _tell(done)
    return 0 if well else FAILED


def _answer(done: "BroughtBack") -> dict[str, Any]:
    return {
        "made_at": done.made_at,
        "events": done.events,
        "streams": done.verified.streams,
        "keys": None if done.keys is None else done.keys.keys,
        "erased_again": None if done.keys is None else done.keys.erased,
        "checkpoints": done.verified.checkpoints,
        "read_models": done.models,
        "lost": done.lost,
        "wrong": None if done.verified.wrong is None else done.verified.wrong._asdict(),
        "next": "suqiu workflows rebuild",
    }


def _tell(done: "BroughtBack") -> None:
    OUT.print(f"✓ {done.events} 事件恢复 events are back, as of {done.made_at:%Y-%m-%d %H:%M:%S %Z}", markup=False)
    if done.keys is None:
        remark("no keys were brought back: `suqiu keys restore FILE` does it later")
    else:
        OUT.print(f"✓ {done.keys.keys} 密钥 keys back, {done.keys.erased} of the erased destroyed again", markup=False)
    OUT.print(f"✓ {done.models} read models made")
    if done.verified.wrong is not None:
        OUT.print(f"✗ the log does not verify: {done.verified.wrong.what}", style="red", markup=False)
        return
    OUT.print(f"✓ verified: {done.verified.streams} streams, {done.verified.checkpoints} checkpoints agree")
    if done.lost:
        remark(
            f"the checkpoint file of this machine knows {done.lost} more events: they were recorded after this backup "
            "and are not in it; docs/operations.md says how to go on"
        )
    remark("next: start the parts, then `suqiu workflows rebuild`, then `suqiu doctor`")


class _Bars:
    """One bar after the other, each named by what is being done."""

    def __init__(self, common: Common) -> None:
        self._quiet = common.json
        self._shown = ExitStack()
        self._what = ""
        self._move: Any = None

    def __enter__(self) -> Self:
        """Nothing is shown yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Take the last bar away."""
        self._shown.close()

    def move(self, what: str, done: int, of: int) -> None:
        """Show how far it is; another name is another bar."""
        if self._quiet:
            return
        if what != self._what:
            self._shown.close()
            self._what, self._move = what, self._shown.enter_context(bar(what, of))
        self._move(done, of)
