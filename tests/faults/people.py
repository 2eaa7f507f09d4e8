"""The clients: they carry out the plan at the doors, note each call and its answer, and ask again when none came.

An operation whose answer was lost is asked again with the same ids, at whatever door is there, as people do: so each
comes to an answer, or the journal says that it never did.
"""

import json
import queue
import random
import threading
import time
from collections.abc import Sequence
from typing import Any

from tests.faults.cluster import Cluster
from tests.faults.journal import Journal
from tests.faults.load import Planned

CLIENTS = 4
ANSWER_WITHIN = 40.0
ASKS_FOR_SECONDS = 120.0


class People:
    """Threads that work through a plan, so many seconds for all of it; `finish` hurries through what is left."""

    def __init__(
        self, cluster: Cluster, journal: Journal, plan: Sequence[Planned], *, seconds: float, seed: int
    ) -> None:
        self._cluster = cluster
        self._journal = journal
        self._plan = list(plan)
        self._pause = seconds / max(1, len(plan))
        self._rng = random.Random(f"people {seed}")
        self._known: list[tuple[str, str]] = []
        self._numbers = 0
        self._lock = threading.Lock()
        self._waiting: dict[int, queue.SimpleQueue[dict[str, Any]]] = {}
        self._hurry = threading.Event()
        self._todo: queue.SimpleQueue[Planned | None] = queue.SimpleQueue()
        self._threads = [threading.Thread(target=self._work, name=f"client-{n}", daemon=True) for n in range(CLIENTS)]
        self._feeder = threading.Thread(target=self._feed, name="feeder", daemon=True)
        cluster.hears["door"] = self._hear

    def start(self) -> None:
        """Begin."""
        for thread in (*self._threads, self._feeder):
            thread.start()

    def finish(self, seconds: float) -> bool:
        """Do what is left without pauses; whether all of it came to an end in time."""
        self._hurry.set()
        until = time.monotonic() + seconds
        for thread in (self._feeder, *self._threads):
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _feed(self) -> None:
        for planned in self._plan:
            self._hurry.wait(self._pause)
            self._todo.put(planned)
        for _ in self._threads:
            self._todo.put(None)

    def _work(self) -> None:
        while (planned := self._todo.get()) is not None:
            asked = self._asked(planned)
            if asked is None:
                continue
            number = self._carry_through(asked)
            if planned.again and number is not None:
                self._carry_through({**asked, "of": number})

    def _asked(self, planned: Planned) -> dict[str, Any] | None:
        """The operation; one about a petition needs one that was acknowledged."""
        if planned.kind == "submit":
            return {"kind": "submit", "rows": list(planned.rows)}
        if planned.kind == "adopt":
            return {"kind": "adopt", "book": planned.draw}
        with self._lock:
            known = list(self._known)
        if not known:
            return None
        petition, _ = known[planned.draw % len(known)]
        if planned.kind == "erase":
            return {"kind": "erase", "petition": petition}
        other, receipt = known[planned.draw // 7 % len(known)]
        return {
            "kind": "act",
            "petition": petition,
            "command_id": f"act-{planned.draw:x}",
            "draw": planned.draw,
            "other": other,
            "other_receipt": receipt,
        }

    def _carry_through(self, asked: dict[str, Any]) -> int | None:
        """Ask until it is answered; the number of the first call, None where there never was an answer."""
        first: int | None = asked.get("of")
        until = time.monotonic() + ASKS_FOR_SECONDS
        while time.monotonic() < until:
            number, reply = self._ask(asked if first is None else {**asked, "of": first})
            first = number if first is None else first
            if reply is not None and reply["said"] != "unknown":
                return first
            time.sleep(1.0)
        return None

    def _ask(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any] | None]:
        with self._lock:
            self._numbers += 1
            number = self._numbers
        mailbox: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._waiting[number] = mailbox
        doors = [name for name, part in self._cluster.parts.items() if name.startswith("door") and part.alive()]
        door = self._rng.choice(doors) if doors else None
        self._journal.note("invoked", number, door=door, **asked)
        sent = door is not None and self._cluster.parts[door].send(json.dumps({"op": number, **asked}))
        reply = self._await(mailbox, door) if sent else None
        del self._waiting[number]
        if reply is None:
            self._journal.note("unknown", number, error="no answer")
            return number, None
        said = reply.pop("said")
        reply.pop("op")
        if said == "ok" and asked["kind"] == "submit":
            with self._lock:
                self._known += [(row["petition"], row["receipt"]) for row in reply["rows"] if row["petition"]]
        self._journal.note(said, number, **reply)
        return number, {"said": said, **reply}

    def _await(self, mailbox: "queue.SimpleQueue[dict[str, Any]]", door: str | None) -> dict[str, Any] | None:
        """The answer; None once the door is gone, or too slow."""
        part = self._cluster.parts[door or ""]
        until = time.monotonic() + ANSWER_WITHIN
        while time.monotonic() < until:
            try:
                return mailbox.get(timeout=0.5)
            except queue.Empty:
                if not part.alive():
                    break
        return None

    def _hear(self, _door: str, line: str) -> None:
        reply = json.loads(line)
        mailbox = self._waiting.get(reply["op"])
        if mailbox is not None:
            mailbox.put(reply)
