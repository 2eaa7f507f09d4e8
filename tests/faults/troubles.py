"""Faults done and undone: each kind is a function that begins it and answers what ends it."""

import signal
import time
from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any

import psycopg

from eventstore.leaf import leaf_hash
from tests.faults import engine
from tests.faults.cluster import PARTS, SERVERS, Cluster
from tests.faults.nemesis import Fault
from tests.faults.onlooker import behind

Ends = Callable[[], dict[str, Any]]
"""Ends a fault; answers what was seen of it, for the journal."""

CATCHES_UP_SECONDS = 8.0
READERS = {"relay": ("relay",), "messenger": ("messenger", "message sender"), "project": ()}


def begin(cluster: Cluster, fault: Fault) -> Ends:
    """Let it happen; answers what ends it."""
    return _BEGINS[fault.kind](cluster, fault)


def _kill(cluster: Cluster, fault: Fault) -> Ends:
    for name in fault.whom:
        if name in SERVERS:
            cluster.kill_server(name)
        else:
            cluster.parts[name].kill()

    def ends() -> dict[str, Any]:
        for name in (name for name in fault.whom if name in SERVERS):
            cluster.start_server(name)
        for name in fault.whom:
            if name not in SERVERS:
                cluster.again(name)
        return {}

    return ends


def _stop(cluster: Cluster, fault: Fault) -> Ends:
    def send(number: signal.Signals) -> dict[str, Any]:
        for name in fault.whom:
            if name in SERVERS:
                cluster.signal_server(name, number)
            else:
                cluster.parts[name].signal(number)
        return {}

    send(signal.SIGSTOP)
    return lambda: send(signal.SIGCONT)


def _links(cluster: Cluster, fault: Fault) -> Ends:
    cluster.trouble(list(fault.whom), fault.kind, fault.amount)

    def ends() -> dict[str, Any]:
        cluster.trouble(list(fault.whom), "pass")
        return {}

    return ends


def _clock(cluster: Cluster, fault: Fault) -> Ends:
    """A part is started again on a machine whose clock is wrong; it may refuse to begin, too."""
    (name,) = fault.whom
    cluster.parts[name].end()
    cluster.begin(name, skew=fault.amount).await_ready(20)

    def ends() -> dict[str, Any]:
        cluster.parts[name].end()
        cluster.again(name)
        return {}

    return ends


def _build(cluster: Cluster, fault: Fault) -> Ends:
    """A newer build takes over while the old one runs; then the old one is promoted again, and the newer one ends."""
    name = "worker-3"
    cluster.begin(name, build=f"n{fault.number}").await_ready()

    def ends() -> dict[str, Any]:
        engine.promote(cluster)
        cluster.parts.pop(name).end()
        return {}

    return ends


def _gateway(cluster: Cluster, _fault: Fault) -> Ends:
    hangs = cluster.folder / "gateway-hangs"
    hangs.touch()

    def ends() -> dict[str, Any]:
        hangs.unlink(missing_ok=True)
        return {}

    return ends


def _takeover(cluster: Cluster, fault: Fault) -> Ends:
    """The one that holds a reader's lock stands still, and another one stands by: it takes over, and keeps up."""
    (kind,) = fault.whom
    cluster.begin(f"{kind}-2").await_ready()
    cluster.parts[f"{kind}-1"].signal(signal.SIGSTOP)

    def ends() -> dict[str, Any]:
        left = _left_behind(cluster, kind)
        cluster.parts[f"{kind}-1"].signal(signal.SIGCONT)
        cluster.parts.pop(f"{kind}-2").end()
        return {"not_taken_over": left}

    return ends


def _left_behind(cluster: Cluster, kind: str) -> list[str]:
    """Readers of this kind that have not read by now what was on record a moment ago."""
    ours = READERS[kind]
    with closing(psycopg.connect(cluster.dsn, autocommit=True)) as connection:
        until, head = time.monotonic() + CATCHES_UP_SECONDS, _head(connection)
        while True:
            lags = behind(connection)
            theirs = [name for name in lags if (name in ours if ours else name not in sum(READERS.values(), ()))]
            left = [name for name in theirs if _head(connection) - lags[name] < head]
            if not left or time.monotonic() > until:
                return left
            time.sleep(0.3)


def _head(connection: "psycopg.Connection[Any]") -> int:
    row = connection.execute("SELECT position FROM suqiu.head").fetchone()
    assert row is not None
    return int(row[0])


def _engine_restored(cluster: Cluster, _fault: Fault) -> Ends:
    """A backup of the engine's database is put back some time later; then what the operator's guide says: whoever works
    is started anew, for they know more than the engine does, and everything is held against the log once.
    """
    copy = cluster.folder / "temporal.copy"
    cluster.copy_engine(copy)

    def ends() -> dict[str, Any]:
        working = [name for name in PARTS if name.startswith(("worker", "messenger"))]
        for name in working:
            cluster.parts[name].kill()
        cluster.put_engine_back(copy)
        for name in working:
            cluster.again(name)
        return {"brought_back": engine.bring_back(cluster)}

    return ends


def _poison(cluster: Cluster, fault: Fault) -> Ends:
    """A row of a program to come: no reader of today knows its topic."""
    stream, topic, state, command = f"p-{fault.number:032x}", "petition.from_tomorrow", b'{"is":"new"}', "tomorrow"
    at = cluster.clock()
    leaf = leaf_hash(stream, 1, topic, state, command, at)
    with closing(psycopg.connect(cluster.dsn, autocommit=True)) as connection:
        connection.execute(
            "SELECT * FROM suqiu.append_events("
            "%b::text[], %b::bigint[], %b::text[], %b::bytea[], %b::text[], %b::bytea[], %b::timestamptz[])",
            ([stream], [1], [topic], [state], [command], [leaf], [at]),
        )
    return lambda: {"stream": stream}


def _disk(cluster: Cluster, _fault: Fault) -> Ends:
    """The database's disk is filled to the last byte; where it has none of its own, that is said instead."""
    if not cluster.fills:
        return lambda: {"skipped": "this user may not mount a disk"}
    filler = cluster.disk / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as opened:
        while opened.write(bytes(1 << 20)) == 1 << 20:
            pass

    def ends() -> dict[str, Any]:
        filler.unlink()
        return {}

    return ends


_BEGINS: dict[str, Callable[[Cluster, Fault], Ends]] = {
    "kill": _kill,
    "stop": _stop,
    "delay": _links,
    "drop": _links,
    "cut": _links,
    "clock": _clock,
    "build": _build,
    "gateway": _gateway,
    "takeover": _takeover,
    "engine-restored": _engine_restored,
    "poison": _poison,
    "disk": _disk,
}

KNOWN = tuple(_BEGINS)
