"""Faults done and undone: each kind is a pair of functions, what begins it and what ends it."""

import asyncio
import signal
import threading
from collections.abc import Callable
from typing import Any

from tests.faults.cluster import SERVERS, Cluster
from tests.faults.given import QUEUE
from tests.faults.nemesis import Fault

Ends = Callable[[], None]


def begin(cluster: Cluster, fault: Fault) -> Ends:
    """Let it happen; answers what ends it."""
    return _BEGINS[fault.kind](cluster, fault)


def _kill(cluster: Cluster, fault: Fault) -> Ends:
    for name in fault.whom:
        if name in SERVERS:
            cluster.kill_server(name)
        else:
            cluster.parts[name].kill()

    def ends() -> None:
        for name in (name for name in fault.whom if name in SERVERS):
            cluster.start_server(name)
        for name in fault.whom:
            if name not in SERVERS:
                cluster.again(name)

    return ends


def _stop(cluster: Cluster, fault: Fault) -> Ends:
    def send(number: signal.Signals) -> None:
        for name in fault.whom:
            if name in SERVERS:
                cluster.signal_server(name, number)
            else:
                cluster.parts[name].signal(number)

    send(signal.SIGSTOP)
    return lambda: send(signal.SIGCONT)


def _links(cluster: Cluster, fault: Fault) -> Ends:
    cluster.trouble(list(fault.whom), fault.kind, fault.amount)
    return lambda: cluster.trouble(list(fault.whom), "pass")


def _clock(cluster: Cluster, fault: Fault) -> Ends:
    """A worker beside the honest ones, whose raw clock is wrong; it may refuse to begin, too."""
    (name,) = fault.whom
    cluster.begin(name, skew=fault.amount).await_ready(20)
    return lambda: _end(cluster, name)


def _build(cluster: Cluster, fault: Fault) -> Ends:
    """A newer build takes over while the old one runs; then the old one is promoted again, and the newer one ends."""
    name = "worker-3"
    cluster.begin(name, build=f"n{fault.number}").await_ready()

    def ends() -> None:
        _async(_promote_ours(cluster))
        _end(cluster, name)

    return ends


def _gateway(cluster: Cluster, _fault: Fault) -> Ends:
    hangs = cluster.folder / "gateway-hangs"
    hangs.touch()
    return lambda: hangs.unlink(missing_ok=True)


def _end(cluster: Cluster, name: str) -> None:
    part = cluster.parts.pop(name)
    part.end()


async def _promote_ours(cluster: Cluster) -> None:
    from workers.petition_worker import make_current

    await make_current(await client_of(cluster), QUEUE)


async def client_of(cluster: Cluster) -> Any:
    """A client of the engine itself, past the links."""
    from temporalio.client import Client
    from temporalio.contrib.pydantic import pydantic_data_converter

    return await Client.connect(cluster.temporal.address, data_converter=pydantic_data_converter)


def _async(work: Any) -> Any:
    """Run it to its end on a loop of its own."""
    found: list[Any] = []

    def run() -> None:
        found.append(asyncio.run(work))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(60)
    return found[0] if found else None


_BEGINS: dict[str, Callable[[Cluster, Fault], Ends]] = {
    "kill": _kill,
    "stop": _stop,
    "delay": _links,
    "drop": _links,
    "cut": _links,
    "clock": _clock,
    "build": _build,
    "gateway": _gateway,
}

KNOWN = tuple(_BEGINS)
