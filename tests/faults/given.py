"""What a process of the town is told when it begins: JSON as its only argument."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from eventstore.sealing import MasterKey
from office.settings import Settings, read_settings
from tests.faults.clock import TownClock
from workers.engine.temporal_profile import Profile, load_profile

QUEUE = "faults"


class Given(BaseModel):
    """`folder`: of the run; `skew`: by how many seconds its raw clock is wrong; `build`: appended to the build's id.

    `story`: it goes by the town's clock; else by its own, and what it records is judged as in production.
    """

    model_config = ConfigDict(frozen=True)

    kind: str
    name: str
    database: str
    engine: str
    folder: Path
    master: str
    skew: float = 0.0
    build: str = ""
    bug: str = ""
    story: bool = True

    @property
    def clock(self) -> TownClock:
        """The town's clock, as this process sees it."""
        return TownClock(self.folder / "shift", self.skew)

    @property
    def now(self) -> TownClock | None:
        """The clock of the story, if one is told."""
        return self.clock if self.story else None

    @property
    def settings(self) -> Settings:
        """Settings of a process of the town: its folder has the log's key, nothing is the user's."""
        return read_settings(database_url=self.database, data=self.folder, rulebook=self.folder / "book")

    @property
    def key(self) -> MasterKey:
        """The store's master key."""
        return MasterKey(bytes.fromhex(self.master))

    @property
    def profile(self) -> Profile:
        """Where the engine is, and the queue."""
        base = load_profile(None, "local", {}).at(self.engine, "default")
        worker = base.worker.model_copy(
            update={"task_queue": QUEUE, "deployment_name": QUEUE, "max_concurrent_activities": 8}
        )
        return Profile(base.name, base.client, worker)
