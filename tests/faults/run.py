"""One run: a town begins, people and nemesis work beside each other, all comes to rest, evidence is gathered."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import psycopg

from tests.faults import engine, troubles
from tests.faults.cluster import BEGINS, PARTS, Cluster
from tests.faults.evidence import Evidence
from tests.faults.gathering import gather
from tests.faults.journal import Journal
from tests.faults.load import plan
from tests.faults.nemesis import Fault, draw
from tests.faults.onlooker import Onlooker
from tests.faults.people import People

WITHIN_SECONDS = 60.0
PATIENCE_SECONDS = 240.0
"""A recovery that takes longer than a minute is a finding; it is waited for so long, to see whether it comes at all."""
LEAD_SECONDS = (1.0, 4.0)
"""How long before the next deadlines a jump ends."""
ALL_ASKED_SECONDS = 60.0
FIRST_SECONDS = 20.0
"""A town that has just begun owes nothing for a moment."""
ROUND_SECONDS = 14.0
"""About what a fault takes with its recovery: by it the load is spread over the run."""


class Size(NamedTuple):
    """How much of everything; `kinds`: of faults. Without faults so many `rounds` of jumps."""

    petitions: int
    faults: int
    kinds: Sequence[str] = troubles.KNOWN
    acts: int = 4
    rounds: int = 0


class Run:
    """One run in a folder of its own."""

    def __init__(
        self,
        folder: Path,
        seed: int,
        size: Size,
        *,
        say: Callable[[str], None] = lambda _: None,
        bugs: dict[str, str] | None = None,
        patience: float = PATIENCE_SECONDS,
        present: bool = False,
    ) -> None:
        """`bugs`: by the parts' names. `patience`: for how long rest is waited for when it does not come.

        `present`: the town goes by the wall's time and every part by its own clock, as in production; nothing jumps.
        """
        self._seed, self._size, self._say, self._patience, self._present = seed, size, say, patience, present
        self._rng = random.Random(f"run {seed}")
        disk = "disk" in size.kinds and size.faults > 0
        self.cluster = Cluster(folder, begins=None if present else BEGINS, bugs=bugs, small_disk=disk)
        self.journal = Journal(folder / "journal.jsonl")
        self._onlooker = Onlooker(self.cluster.dsn, self.cluster.clock, self.journal)
        rounds = size.faults or size.rounds
        load = plan(seed, size.petitions, acts=size.acts)
        self._people = People(self.cluster, self.journal, load, seconds=rounds * ROUND_SECONDS * 0.9, seed=seed)
        self._faults = draw(seed, size.faults, size.kinds)

    def __enter__(self) -> "Run":
        self.cluster.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._onlooker.stop()
        self.cluster.stop()
        self.journal.close()

    def live(self) -> Evidence:
        """Let it happen, and gather what is on record then."""
        self.journal.note(
            "run", seed=self._seed, **self._size._asdict(), faults_drawn=[fault._asdict() for fault in self._faults]
        )
        shift = self.cluster.clock.shift.total_seconds()
        self.journal.note("jump", at=0.0, shift=shift, woken_at=0.0)
        self._onlooker.start()
        self._people.start()
        for fault in self._faults:
            self._jump()
            self._befall(fault)
        for _ in range(self._size.rounds if not self._faults else 0):
            self._jump()
            time.sleep(ROUND_SECONDS / 2)
        self._settle()
        return self.evidence()

    def rest(self) -> None:
        """End every part; the servers serve on."""
        self._onlooker.stop()
        for part in self.cluster.parts.values():
            part.end()

    def evidence(self) -> Evidence:
        """What is on record now."""
        client = asyncio.run(engine.client_of(self.cluster))
        cluster = self.cluster
        return gather(cluster.folder, cluster.dsn, cluster.master, self.journal.entries, client)

    def _befall(self, fault: Fault) -> None:
        """A fault, its end, and the wait until all is as it should be."""
        self.journal.note("fault", fault.number, **fault._asdict())
        ends = troubles.begin(self.cluster, fault)
        time.sleep(fault.seconds)
        ended = self.journal.note("ended", fault.number, **ends()).at
        head, by = self._head_at_end()
        whole = self._await(lambda: self._recovered(head, by))
        seconds = time.time() - ended
        self.journal.note("recovered", fault.number, seconds=round(seconds, 1), whole=whole, by=time.time())
        self._say(f"fault {fault.number:>3} {fault.kind} {' '.join(fault.whom)}: recovered after {seconds:.1f} s")

    def _head_at_end(self) -> tuple[int, datetime]:
        """How far the log is, and what time it is in the town, once the database answers."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return self._onlooker.look(), self.cluster.clock()
            except psycopg.Error:
                if time.monotonic() > until:
                    raise
                self._start_servers()
                time.sleep(0.3)

    def _recovered(self, head: int, by: datetime) -> bool:
        """Every part runs, every reader has read what was on record, and all that was due by then is done."""
        for name in PARTS:
            if not self.cluster.parts[name].alive():
                self.journal.note("part", name=name, code=self.cluster.parts[name].code)
                self.cluster.again(name)
        self._start_servers()
        with suppress(psycopg.Error):
            now = self._onlooker.look()
            return not self._onlooker.overdue(by) and all(now - lag >= head for lag in self._onlooker.behind().values())
        return False

    def _start_servers(self) -> None:
        """As systemd does; a PostgreSQL that met a full disk while it began ends for good by itself."""
        for server in (self.cluster.postgres, self.cluster.temporal):
            if not server.alive():
                self.journal.note("part", name=server.name)
                self.cluster.start_server("database" if server is self.cluster.postgres else "engine")

    def _await(self, holds: Callable[[], bool], patience: float | None = None) -> bool:
        until = time.monotonic() + (self._patience if patience is None else patience)
        while time.monotonic() < until:
            if holds():
                return True
            time.sleep(0.3)
        return False

    def _jump(self) -> None:
        """The town sleeps until shortly before deadlines: clocks are moved, and every workflow hears of it."""
        if self._present:
            return
        self._await(lambda: bool(self._ahead()), FIRST_SECONDS)
        if not (ahead := self._ahead()):
            return
        owed, now = self._onlooker.owed(), self.cluster.clock()
        to = ahead[min(len(ahead) - 1, int(self._rng.random() ** 2 * len(ahead)))]
        lead = timedelta(seconds=self._rng.uniform(*LEAD_SECONDS))
        shift = self.cluster.clock.shift + min(to - lead - now, timedelta(days=4))
        at = time.time()
        self.cluster.clock.set_shift(shift)
        woken = self._await(lambda: engine.wake_all(self.cluster, [due.petition for due in owed]))
        self.journal.note(
            "jump", at=at, shift=shift.total_seconds(), woken_at=time.time(), woken=woken, petitions=len(owed)
        )

    def _ahead(self) -> list[datetime]:
        """When something will be due that is not at once, soonest first."""
        soon = self.cluster.clock() + timedelta(seconds=20)
        return [due.due_at for due in self._onlooker.owed() if due.due_at > soon]

    def _settle(self) -> None:
        """The rest of the load without faults; then quiet: nothing overdue, everything read, no message waiting."""
        done = self._people.finish(max(self._patience, ALL_ASKED_SECONDS))
        quiet = self._await(self._quiet)
        self.journal.note("settled", load=done, quiet=quiet)
        self._say(f"settled: load {'done' if done else 'NOT done'}, {'quiet' if quiet else 'NOT quiet'}")

    def _quiet(self) -> bool:
        if not self._recovered(0, self.cluster.clock()):
            return False
        with suppress(psycopg.Error), psycopg.connect(self.cluster.dsn) as connection:
            waiting = connection.execute(
                "SELECT count(*) FILTER (WHERE topic = 'message.written' AND state LIKE %s) "
                "- count(*) FILTER (WHERE topic IN ('message.delivered', 'message.failed')) FROM suqiu.events",
                (b'%"way":"gateway"%',),
            ).fetchone()
            brought = connection.execute(
                "SELECT count(*) FILTER (WHERE topic = 'rulebook.adopted' AND originator_version > 1) "
                "- count(*) FILTER (WHERE topic = 'office.adoption_carried_out') FROM suqiu.events"
            ).fetchone()
            return not self._onlooker.behind() and waiting == (0,) and brought == (0,)
        return False
