"""The machine the guide is typed on: its places under one folder, its servers real, systemd stood in for.

`/etc`, `/opt`, `/var` and `/usr/local` of a typed line lie in the folder; `db.example` is the PostgreSQL's socket.
"""

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

from machine.embedded_temporal import temporal_program
from machine.postgres_binaries import binaries
from tests.operations.guide import Block
from tests.operations.production import ROOT, Production, until
from tests.operations.systemctl import PLACES, pid_of
from tests.rooms import ROOMS
from tests.towns import FROZEN, SHIPPED

SHELL = "set -a; . /etc/suqiu/suqiu.env; . /etc/suqiu/master.env; . /etc/suqiu/log.env; set +a"
"""What the guide calls the operator's shell."""
PARTS = ("suqiu-worker@1", "suqiu-relay", "suqiu-project", "suqiu-messenger")


def _installed(place: Path) -> None:
    """The program as it is here, with the town that never changes for Baiyang: the guide is no test of its figures."""
    for source, target in ((ROOT, place), (ROOT / "rulebook", place / "rulebook")):
        target.mkdir()
        for each in source.iterdir():
            if each != ROOT / "rulebook":
                (target / each.name).symlink_to(FROZEN if each == SHIPPED else each)


class Machine:
    """Types the guide's lines."""

    def __init__(self, servers: Production, folder: Path) -> None:
        self.servers = servers
        self.folder = folder
        for place in ("etc/systemd/system", "opt", "var/lib", "var/tmp", "usr/local/bin", "bin", "run"):
            (folder / place).mkdir(parents=True)
        _installed(folder / "opt" / "suqiu-0.1.0")
        self._program("systemctl", f'exec {sys.executable} {Path(__file__).with_name("systemctl.py")} "$@"')
        self._program("useradd", "true")
        socket = re.search(r"host=([^&]+)", servers.dsn("x"))
        assert socket
        self._socket = socket[1]
        self.environment = {
            "PATH": f"{folder}/bin:{folder}/usr/local/bin:{binaries()}:{temporal_program().parent}:/usr/bin:/bin",
            "HOME": os.environ.get("HOME", "/"),
            "MACHINE": str(folder),
            "PGHOST": self._socket.replace("%2F", "/"),
            "PGUSER": "postgres",
            "PGDATABASE": "postgres",
            "TEMPORAL_ADDRESS": servers.temporal.address,
            "LANG": "C.UTF-8",
        }

    def here(self, text: str) -> str:
        """A line with this machine's places in it."""
        text = PLACES.sub(lambda found: f"{self.folder}/{found[1]}/", text)
        where = f"/suqiu?host={self._socket}&port=5432"
        return re.sub(r"(postgresql://\w+@)db\.example/suqiu", lambda found: f"'{found[1]}{where}'", text)

    def types(self, block: Block, *, shell: str = SHELL) -> str:
        """Type a block in such a shell; what it says has to hold what the guide shows, in that order. Answers all."""
        script = self.here(f"{shell}\n{block.typed}")
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        said = done.stdout + done.stderr
        assert done.returncode == 0, f"exit {done.returncode} of\n{block.typed}\n{said}\n{self.logs()}"
        for text in (done.stdout + done.stderr, done.stderr + done.stdout):
            if in_order(block.seen, text):
                return said
        raise AssertionError(f"expected {block.seen} after\n{block.typed}\nfound\n{said}")

    def edit(self, *files: str) -> None:
        """What the guide says to edit by hand: where the database and Temporal are, and everything else here."""
        for name in files:
            file = self.folder / "etc/suqiu" / name
            text = self.here(file.read_text("utf-8")).replace("temporal-frontend:7233", self.servers.temporal.address)
            file.write_text(text.replace("tls: true", "tls: false").replace(":9464", ":0"), "utf-8")

    def another_version(self) -> None:
        """A version beside the installed one whose workflows' code differs, as an upgrade's does."""
        new = self.folder / "opt" / "suqiu-0.2.0"
        for room in (*ROOMS, "deploy"):
            if (ROOT / room).exists():
                shutil.copytree(ROOT / room, new / room, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "temporal.yaml", new)
        with (new / "workflows" / "petition.py").open("a", encoding="utf-8") as file:
            file.write("\n# Another version.\n")
        (new / ".venv" / "bin").mkdir(parents=True)
        run = "import sys; from cli.main import main; sys.argv[0] = 'suqiu'; main()"
        self._script(new / ".venv" / "bin" / "suqiu", f'PYTHONPATH={new} exec {sys.executable} -c "{run}" "$@"')

    def running(self) -> set[str]:
        """Which of the parts run."""
        return {part for part in PARTS if pid_of(f"{part}.service", self.folder / "run") is not None}

    def logs(self) -> str:
        """The last lines of every unit."""
        return "\n".join(
            f"--- {file.name}\n{file.read_text()[-1500:]}" for file in sorted(self.folder.glob("run/*.txt"))
        )

    def ready(self) -> None:
        """Wait until each part says so in its journal."""
        for part in PARTS:
            journal = self.folder / "run" / f"{part}.service.txt"
            until(lambda file=journal: file.exists() and ": ready (" in file.read_text())

    def end(self, *more: str) -> None:
        """Stop every part, by its own pid."""
        subprocess.run(
            [sys.executable, str(Path(__file__).with_name("systemctl.py")), "stop", *PARTS, "suqiu-worker@2", *more],
            env=self.environment,
            check=False,
            timeout=300,
        )

    def _program(self, name: str, line: str) -> None:
        self._script(self.folder / "bin" / name, line)

    @staticmethod
    def _script(path: Path, line: str) -> None:
        path.write_text(f"#!/bin/sh\n{line}\n", "utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def in_order(fragments: tuple[str, ...], text: str) -> bool:
    """Whether the fragments stand in the text one after the other."""
    at = 0
    for fragment in fragments:
        found = text.find(fragment, at)
        if found < 0:
            return False
        at = found + len(fragment)
    return True
