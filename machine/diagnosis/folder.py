"""The data folder: whether it can be used, has room, and who holds it."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from machine.diagnosis.check import Check
from machine.embedded_temporal import OPEN_PORTS
from office.run_info import RunInfo

FREE_MEGABYTES = 500


def check_data_folder(folder: Path, run: RunInfo | None) -> Iterator[Check]:
    """The data folder can be written, has room, and is free or held by a ready `up`."""
    folder = folder.expanduser().absolute()
    there = next(path for path in (folder, *folder.parents) if path.exists())
    writable = there.is_dir() and os.access(there, os.W_OK | os.X_OK)
    says = f"{folder} can be {'used' if there == folder else 'made'}" if writable else f"{there} cannot be written"
    yield Check("data folder", writable, says, "give a folder of yours with --data or SUQIU_DATA")
    free = shutil.disk_usage(there).free // 2**20
    yield Check("disk space", free >= FREE_MEGABYTES, f"{free} MB free", f"make room: {FREE_MEGABYTES} MB at least")
    if run is not None and not run.ready:
        says = f"runs (pid {run.pid}) and takes petitions in; what works on the engine has not begun"
        yield Check("up", False, says, f"wait, or read {folder / 'logs'}: it is tried for as long as it takes")
    elif run is not None:
        pages = "" if run.temporal_ui is None else f", Temporal's pages at {run.temporal_ui}"
        yield Check("up", True, f"runs (pid {run.pid}){pages}")
        says = "only this user's and root's processes reach it" if run.engine_private else OPEN_PORTS
        yield Check("engine ports", run.engine_private, says, "run it where network namespaces are allowed")
    elif _locked(folder):
        says = f"{folder} is held by an `up` that is not ready"
        yield Check("up", False, says, f"wait, or read {folder / 'logs'}")
    else:
        yield Check("up", True, "does not run on this folder")


def _locked(folder: Path) -> bool:
    try:
        with (folder / "up.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
