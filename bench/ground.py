"""The ground a benchmark stands on: both servers on a fresh folder, and what belongs to a line of the report."""

import asyncio
import os
import platform
import statistics
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from temporalio.client import Client

from machine.servers import servers
from office.composition import Office, office
from office.keys.master_key import make_master_key
from office.rules.adoption import adopt_file
from office.settings import read_settings
from workers.engine.connecting import connect
from workers.engine.temporal_profile import Profile, load_profile


class Result(NamedTuple):
    """One benchmark: rates per second of each round, ours and the baseline's, in the order they were run."""

    name: str
    unit: str
    ours: list[float]
    baseline: list[float]
    goal: float

    @property
    def ratios(self) -> list[float]:
        """Ours to the baseline, round by round."""
        return [mine / bare for mine, bare in zip(self.ours, self.baseline, strict=True)]

    def as_dict(self) -> dict[str, object]:
        """For `--json`."""
        return {
            "name": self.name,
            "unit": self.unit,
            "ours": [round(rate, 1) for rate in self.ours],
            "baseline": [round(rate, 1) for rate in self.baseline],
            "ratios": [round(ratio, 2) for ratio in self.ratios],
            "median_ratio": round(statistics.median(self.ratios), 2),
            "goal": self.goal,
        }


class Ground(NamedTuple):
    """What a benchmark works with."""

    folder: Path
    dsn: str
    office: Office
    client: Client
    profile: Profile


@asynccontextmanager
async def ground() -> AsyncIterator[Ground]:
    """Servers, store and client on a folder that is removed afterwards, whatever office the shell is set to."""
    for name in [name for name in os.environ if name.startswith(("SUQIU_", "TEMPORAL_"))]:
        del os.environ[name]
    with tempfile.TemporaryDirectory(prefix="suqiu-") as folder:
        home = Path(folder)
        await asyncio.to_thread(home.chmod, 0o711)
        async with servers(home, port=0) as run:
            settings = read_settings(data=home)
            make_master_key(settings)
            profile = load_profile(None, "local", {}).at(run.temporal, run.namespace)
            client = await connect(profile)
            with office(settings, pool_size=24) as here:
                adopt_file(here.event_log, here.rules_in_force.file, here.now())
                yield Ground(home, run.database, here, client, profile)


def machine() -> str:
    """The machine, in a few words."""
    names = [line.split(":", 1)[1].strip() for line in _cpuinfo() if line.startswith("model name")]
    model = names[0] if names else platform.processor()
    return (
        f"{os.cpu_count()} cores, {model}, {platform.system()} {platform.release()}, Python {platform.python_version()}"
    )


def _cpuinfo() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return []
