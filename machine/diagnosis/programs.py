"""The programs a machine needs: Python, Temporal's, PostgreSQL's."""

import os
import pwd
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from eventstore.build import build_id
from machine.diagnosis.check import Check
from machine.embedded_temporal import temporal_program
from machine.postgres_binaries import SYSTEM_USER, binaries
from machine.server_process import ServerFailed

NOT_NEEDED = "not installed, and not needed: SUQIU_DATABASE_URL names a database of your own"


def check_program() -> Check:
    """Which version of this program is asked, and which build of the workflows its workers would be."""
    return Check("suqiu", True, f"version {version('suqiu')}, workers' build {build_id()}")


def check_python() -> Check:
    """Python 3.11 or newer."""
    says = f"Python {sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
    return Check("python", sys.version_info >= (3, 11), says, "install Python 3.11 or newer, then `make setup`")


def check_temporal_program(*, needed: bool = True) -> Check:
    """The program `temporal` exists and runs; or it is not `needed`, as the servers are others'."""
    name = "temporal program"
    try:
        program = temporal_program()
    except ServerFailed as error:
        if not needed:
            return Check(name, True, NOT_NEEDED)
        return Check(name, False, str(error), "`make setup` installs it")
    return _runs(name, program)


def check_postgres_programs(*, needed: bool = True) -> Check:
    """PostgreSQL's programs exist and run; as root, the user they run as exists or can be created.

    Or they are not `needed`, as the servers are others'.
    """
    name = "postgres programs"
    try:
        program = binaries() / "postgres"
    except ServerFailed as error:
        if not needed:
            return Check(name, True, NOT_NEEDED)
        return Check(name, False, str(error), "`make setup`, or a database of your own in SUQIU_DATABASE_URL")
    if os.geteuid() == 0 and not _user_known(SYSTEM_USER) and shutil.which("useradd") is None:
        says = f"PostgreSQL does not run as root, and there is neither a user {SYSTEM_USER} nor `useradd`"
        return Check(name, False, says, "run suqiu as an ordinary user, or set SUQIU_DATABASE_URL")
    return _runs(name, program)


def _runs(name: str, program: Path) -> Check:
    command = [str(program), "--version"]
    try:
        asked = subprocess.run(command, cwd="/", capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        return Check(name, False, f"{program} does not run: {error}", "`make clean setup` installs it again")
    return Check(name, True, asked.stdout.strip())


def _user_known(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
