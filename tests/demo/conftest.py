"""One demo that runs on after its story, for every test that looks at it; and how to run others."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from demo.chronicle import Chronicle, Happening
from demo.stage import demo_settings
from office.rules.rulebooks import read_rulebook
from rulebook.model import Rulebook

SUQIU = str(Path(sys.executable).parent / "suqiu")
STORY_WITHIN_SECONDS = 90
"""What the demo promises on two cores."""


@dataclass
class Played:
    """A demo whose story is over and that still runs: what it said, and what its log has."""

    folder: Path
    process: subprocess.Popen[str]
    answer: dict[str, Any]
    told: Path
    rules: Rulebook
    chronicle: Chronicle
    happenings: list[Happening] = field(default_factory=list)

    def end(self) -> int:
        """Ctrl-C, and the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


def suqiu(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [SUQIU, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=STORY_WITHIN_SECONDS + 30,
        env={**os.environ, **environment},
    )


@pytest.fixture(scope="session")
def played(short_folder: Path) -> Iterator[Played]:
    """`suqiu demo --json --keep --data …`, once its story is over."""
    from eventstore.log import EventLog
    from eventstore.recorder import Datastore
    from office.run_info import read_run

    folder = Path(tempfile.mkdtemp(dir=short_folder)) / "demo"
    folder.parent.chmod(0o711)
    told = folder.with_name("told")
    with told.open("w") as stderr:
        process = subprocess.Popen(
            [SUQIU, "demo", "--json", "--keep", "--port", "0", "--data", str(folder)],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    late = threading.Timer(STORY_WITHIN_SECONDS, process.terminate)
    late.start()
    try:
        assert process.stdout is not None
        answer = process.stdout.readline()
        late.cancel()
        assert answer, told.read_text()
        run = read_run(folder)
        assert run is not None
        datastore = Datastore(run.database, pool_size=2)
        chronicle = Chronicle(EventLog(datastore, None), lambda _: None)
        chronicle.read_on()
        rules = read_rulebook(demo_settings(folder).rulebook)
        yield Played(folder, process, json.loads(answer), told, rules, chronicle, chronicle.happenings)
        datastore.close()
    finally:
        late.cancel()
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
