"""What a start needs, looked at one by one, in words: the checks behind `suqiu doctor`.

Every check answers, none raises: what is wrong, and what to do about it.
"""

import asyncio
import fcntl
import os
import pwd
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import yaml
from temporalio.client import Client
from temporalio.service import RPCError

from rulebook.problems import RulebookError
from workers.composition import NotReachable
from workers.keys.master_key import master_key, master_key_file
from workers.logs import temporal_runtime
from workers.machine.data_folder import RunInfo, read_run
from workers.machine.embedded_temporal import temporal_program
from workers.machine.postgres_binaries import SYSTEM_USER, binaries
from workers.machine.search_attributes import missing_search_attributes
from workers.machine.server_process import ServerFailed
from workers.rules.adoption import OtherRulebook
from workers.rules.book_in_use import book_in_use
from workers.rules.rulebooks import RulebookUnreadable, main_file, read_rulebook
from workers.settings import Profile, Settings, SettingsError, find_env_file, load_profile

FREE_MEGABYTES = 500
START_UP = "run `suqiu up`"


@dataclass(frozen=True)
class Check:
    """One thing a start needs: whether it is there, what was found, and what to do if it is not."""

    name: str
    ok: bool
    says: str
    remedy: str = ""


async def diagnose(settings: Settings) -> list[Check]:
    """Return every check, in the order a start needs them."""
    run = read_run(settings.data)
    database = check_database(settings, run)
    checks = [
        check_python(),
        check_temporal_program(),
        check_postgres_programs(),
        *check_data_folder(settings.data, run),
        check_rulebook(settings.rulebook),
        check_master_key(settings),
        database,
    ]
    if database.ok and (run is not None or settings.database_url is not None):
        checks.append(check_rules_in_force(settings))
    try:
        profile = load_profile(find_env_file(settings), settings.temporal_profile)
    except SettingsError as error:
        return [*checks, Check("temporal.yaml", False, str(error), "correct the file, or unset the variable")]
    checks.append(Check("temporal.yaml", True, f"profile {profile.name}: {profile.address}"))
    if run is not None:
        profile = profile.at(run.temporal, run.namespace)
    elsewhere = settings.database_url or profile.name != "local" or "TEMPORAL_ADDRESS" in os.environ
    return [*checks, *await check_temporal(profile, started_by_up=run is None and not elsewhere)]


def check_python() -> Check:
    """Python 3.11 or newer."""
    says = f"Python {sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
    return Check("python", sys.version_info >= (3, 11), says, "install Python 3.11 or newer, then `make setup`")


def check_temporal_program() -> Check:
    """The program `temporal` is there and runs."""
    name = "temporal program"
    try:
        program = temporal_program()
    except ServerFailed as error:
        return Check(name, False, str(error), "`make setup` installs it")
    return _runs(name, program)


def check_postgres_programs() -> Check:
    """PostgreSQL's programs are there and run; as root, the user they will run as is there or can be made."""
    name = "postgres programs"
    try:
        program = binaries() / "postgres"
    except ServerFailed as error:
        return Check(name, False, str(error), "`make setup`, or a database of your own in SUQIU_DATABASE_URL")
    if os.geteuid() == 0 and not _user_known(SYSTEM_USER) and shutil.which("useradd") is None:
        says = f"PostgreSQL does not run as root, and there is neither a user {SYSTEM_USER} nor `useradd`"
        return Check(name, False, says, "run suqiu as an ordinary user, or set SUQIU_DATABASE_URL")
    return _runs(name, program)


def check_data_folder(folder: Path, run: RunInfo | None) -> Iterator[Check]:
    """The data folder can be written, has room, and is free or held by a ready `up`."""
    folder = folder.expanduser().absolute()
    there = next(path for path in (folder, *folder.parents) if path.exists())
    writable = there.is_dir() and os.access(there, os.W_OK | os.X_OK)
    says = f"{folder} can be {'used' if there == folder else 'made'}" if writable else f"{there} cannot be written"
    yield Check("data folder", writable, says, "give a folder of yours with --data or SUQIU_DATA")
    free = shutil.disk_usage(there).free // 2**20
    yield Check("disk space", free >= FREE_MEGABYTES, f"{free} MB free", f"make room: {FREE_MEGABYTES} MB at least")
    if run is not None:
        yield Check("up", True, f"runs (pid {run.pid}), Temporal's pages at {run.temporal_ui}")
    elif _locked(folder):
        says = f"{folder} is held by an `up` that is not ready"
        yield Check("up", False, says, f"wait, or read {folder / 'logs'}")
    else:
        yield Check("up", True, "does not run on this folder")


def check_rulebook(path: Path) -> Check:
    """The rulebook can be read; `suqiu rulebook check` says whether it is right."""
    remedy = "give the rulebook's path in SUQIU_RULEBOOK"
    path = main_file(path)
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        return Check("rulebook", False, f"{path}: {error.strerror}", remedy)
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        return Check("rulebook", False, f"{path} is not YAML: {str(error).splitlines()[0]}", remedy)
    if not isinstance(document, dict):
        return Check("rulebook", False, f"{path} holds no keys", remedy)
    return Check("rulebook", True, str(path))


def check_rules_in_force(settings: Settings) -> Check:
    """Which rulebook the store goes by, and whether it is that of the file; asked only where the database answers."""
    try:
        file, book = read_rulebook(settings.rulebook), book_in_use(settings)
    except OtherRulebook as error:
        return Check("rules in force", False, str(error), "name that file in SUQIU_RULEBOOK")
    except (NotReachable, RulebookError, RulebookUnreadable) as error:
        return Check("rules in force", False, str(error).splitlines()[0], "mend that first")
    told = f"{book.name.zh} {book.hash[:19]}"
    return Check("rules in force", True, told if book.hash == file.hash else f"{told}; the file differs from it")


def check_master_key(settings: Settings) -> Check:
    """The key that wraps residents' keys is there, or will be made by the first `up`."""
    remedy = "put the key back, or set SUQIU_MASTER_KEY; a new one opens nothing that is sealed"
    file = master_key_file(settings.data)
    try:
        found = master_key(settings)
    except SettingsError as error:
        return Check("master key", False, str(error), remedy)
    if found is not None:
        return Check("master key", True, "is there")
    if settings.database_url is None and not (settings.data / "postgres").exists():
        return Check("master key", True, f"the first `suqiu up` makes {file}")
    return Check("master key", False, f"neither SUQIU_MASTER_KEY nor {file} is there", remedy)


def check_database(settings: Settings, run: RunInfo | None) -> Check:
    """The database that is named, else the one of the `up` that runs, answers."""
    if settings.database_url is not None:
        dsn, remedy = (
            settings.database_url.get_secret_value(),
            "correct SUQIU_DATABASE_URL, or start that server",
        )
    elif run is not None:
        dsn, remedy = run.database, START_UP
    else:
        return Check("database", True, "the embedded one, started by `suqiu up`")
    try:
        with psycopg.connect(dsn, connect_timeout=5) as connection:
            version = connection.info.server_version // 10000
            (durable,) = connection.execute("SELECT current_setting('fsync')").fetchone() or ("?",)
    except psycopg.Error as error:
        return Check("database", False, str(error).strip().splitlines()[0], remedy)
    if durable != "on":
        return Check("database", False, f"PostgreSQL {version}: fsync is {durable}", "turn fsync on: facts get lost")
    return Check("database", True, f"PostgreSQL {version} answers")


async def check_temporal(profile: Profile, *, started_by_up: bool = False) -> list[Check]:
    """Temporal answers, has the namespace and the search attributes. `started_by_up`: it need not run yet."""
    where = f"{profile.address}, namespace {profile.namespace}"
    try:
        connecting = Client.connect(**profile.connect_options(), runtime=temporal_runtime())
        client = await asyncio.wait_for(connecting, 10)
    except (RuntimeError, ValueError, OSError) as error:
        if started_by_up:
            return [Check("temporal", True, "the embedded one, started by `suqiu up`")]
        says = f"{profile.address} does not answer: {_reason(error)}"
        return [Check("temporal", False, says, f"{START_UP}, or set TEMPORAL_ADDRESS to a server that runs")]
    try:
        missing = await missing_search_attributes(client)
    except RPCError as error:
        remedy = f"`temporal operator namespace create --namespace {profile.namespace}`"
        return [Check("temporal", False, f"{where}: {error.message}", remedy)]
    answers = Check("temporal", True, f"{where} answers")
    if missing:
        remedy = "start `suqiu worker` once: it registers them; or `temporal operator search-attribute create`"
        return [answers, Check("search attributes", False, f"missing: {', '.join(missing)}", remedy)]
    return [answers, Check("search attributes", True, "registered")]


def _reason(error: Exception) -> str:
    """The system's own words out of the SDK's nested ones."""
    words = re.search(r'message: "([^"]+)"', str(error))
    return words[1] if words else (str(error).splitlines() or [type(error).__name__])[0][:200]


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


def _locked(folder: Path) -> bool:
    try:
        with (folder / "up.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
