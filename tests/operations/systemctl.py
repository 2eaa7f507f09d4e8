"""What of `systemctl` the guide types, on a machine without systemd: units read as they ship, and run as they say.

Only in the drills. User, sandbox and restarting are systemd's and not tried here; what a unit tells its program is:
environment files, secrets, working folder, command. A unit's process is known by a file with its pid.
"""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

MACHINE = Path(os.environ.get("MACHINE", "/"))
UNITS = MACHINE / "etc" / "systemd" / "system"
RUN = MACHINE / "run"
ENDS_WITHIN = 90.0
PLACES = re.compile(r"(?<![\w./])/(etc|opt|var|usr/local)/")
"""Places of the machine, which lie in its folder here."""


def lines(unit: str) -> list[tuple[str, str]]:
    """(key, value) of a unit, its instance filled in."""
    stem, _, suffix = unit.rpartition(".")
    base, at, instance = stem.partition("@")
    text = (UNITS / f"{base}{at}.{suffix}").read_text("utf-8").replace("%i", instance)
    found = []
    for line in text.splitlines():
        key, sign, value = line.partition("=")
        if sign and not line.startswith("#"):
            found.append((key, PLACES.sub(lambda place: f"{MACHINE}/{place[1]}/", value)))
    return found


def values(unit: str, key: str) -> list[str]:
    """The values of a key, in order."""
    return [value for name, value in lines(unit) if name == key]


def environment(unit: str) -> dict[str, str]:
    """What the unit's program is told, and nothing of the shell that started it."""
    told = {name: os.environ[name] for name in ("PATH", "HOME", "MACHINE") if name in os.environ}
    for key, value in lines(unit):
        if key == "Environment":
            told |= dict([value.split("=", 1)])
        elif key == "EnvironmentFile":
            file = Path(value.removeprefix("-"))
            if file.exists():
                rows = [line for line in file.read_text("utf-8").splitlines() if "=" in line and line[0] != "#"]
                told |= {name: value.strip("'") for name, value in (line.split("=", 1) for line in rows)}
            elif not value.startswith("-"):
                sys.exit(f"{unit}: no file {file}")
    return told


def start(unit: str) -> None:
    """Start a unit; a target starts what it wants, one that runs is left."""
    if unit.endswith(".target"):
        for wanted in " ".join(values(unit, "Wants")).split():
            start(wanted)
        return
    if not unit.endswith(".service") or pid_of(unit) is not None:
        return
    told = environment(unit)
    for folder in " ".join(values(unit, "StateDirectory")).split():
        (MACHINE / "var" / "lib" / folder).mkdir(parents=True, exist_ok=True)
    words = [each for word in shlex.split(values(unit, "ExecStart")[0]) for each in filled(word, told)]
    RUN.mkdir(exist_ok=True)
    with (RUN / f"{unit}.txt").open("ab") as said:
        process = subprocess.Popen(
            words, env=told, cwd=values(unit, "WorkingDirectory")[0], stdout=said, stderr=said, start_new_session=True
        )
    if values(unit, "Type") == ["oneshot"]:
        sys.exit(process.wait() and f"{unit} failed: {(RUN / f'{unit}.txt').read_text()[-2000:]}")
    (RUN / f"{unit}.pid").write_text(str(process.pid))


def filled(word: str, told: dict[str, str]) -> list[str]:
    """A word of the command; `$NAME` is as many words as the variable has."""
    return told.get(word[1:], "").split() if word.startswith("$") else [word]


def stop(unit: str) -> None:
    """Stop a unit and wait for its end; a target stops all that is part of it."""
    if unit.endswith(".target"):
        running = [file.name.removesuffix(".pid") for file in RUN.glob("*.pid")]
        for part in running:
            if unit in values(part, "PartOf"):
                stop(part)
        return
    pid = pid_of(unit)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        end = time.monotonic() + ENDS_WITHIN
        while pid_of(unit) is not None:
            if time.monotonic() > end:
                sys.exit(f"{unit} did not end")
            time.sleep(0.1)
    (RUN / f"{unit}.pid").unlink(missing_ok=True)


def pid_of(unit: str, run: Path = RUN) -> int | None:
    """The pid of a unit's process while it lives."""
    try:
        pid = int((run / f"{unit}.pid").read_text())
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, ValueError):
        return None
    return pid if state != "Z" else None


def main(words: list[str]) -> None:
    """`systemctl VERB [--now] UNIT …`."""
    verb, *names = [word for word in words if not word.startswith("--")]
    units = [name if "." in name else f"{name}.service" for name in names]
    if verb == "daemon-reload":
        return
    for unit in units:
        if verb in ("stop", "restart"):
            stop(unit)
        if verb in ("start", "restart", "enable"):
            start(unit)
        if verb not in ("start", "stop", "restart", "enable"):
            sys.exit(f"systemctl {verb}: not typed in the guide")


if __name__ == "__main__":
    main(sys.argv[1:])
