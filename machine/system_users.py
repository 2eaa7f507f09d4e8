"""The users that servers run as where we are root: each its own, without rights, made when it is first needed."""

import fcntl
import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from machine.server_process import ServerFailed

ACCOUNTS = Path("/etc/passwd")

log = structlog.get_logger(__name__)


def system_user(name: str, kept: Path | None = None) -> pwd.struct_passwd | None:
    """Return the user a server runs as: None for the one we are; as root the owner of `kept`.

    Where that is not there, or root's, it is `name`, made if missing. Raises ServerFailed if it cannot be made.
    """
    if os.geteuid() != 0:
        return None
    try:
        if kept is not None and (owner := kept.stat().st_uid) != 0:
            return pwd.getpwuid(owner)
    except (OSError, KeyError):
        pass
    try:
        return pwd.getpwnam(name)
    except KeyError:
        with _one_at_a_time():
            return _made(name)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Of several first starts on a machine one makes the user: two `useradd` at once can overwrite each other's."""
    with ACCOUNTS.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _made(name: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(name)  # whoever had the lock before made it
    except KeyError:
        pass
    try:
        subprocess.run(
            ["useradd", "--system", "--shell", "/usr/sbin/nologin", name],  # noqa: S607 (root's PATH)
            check=True,
            capture_output=True,
            text=True,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        said = (getattr(error, "stderr", None) or str(error)).strip()
        raise ServerFailed(
            f"no server runs as root, and the user {name} could not be made ({said}): "
            "run suqiu as an ordinary user, or give it servers of your own (SUQIU_DATABASE_URL, TEMPORAL_ADDRESS)"
        ) from None
    log.info("system_user.made", user=name)
    return pwd.getpwnam(name)
