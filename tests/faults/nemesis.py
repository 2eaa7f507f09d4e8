"""What goes wrong, drawn from a seed, one after the other; each ends after a bounded time. Pure: `troubles.py` does it.

Kinds: `kill` and `stop` (SIGKILL; SIGSTOP, then SIGCONT) of a part or a server; `delay`, `drop` and `cut` of links;
`clock`, a part whose raw clock is wrong; `build`, a newer build promoted while others run; `gateway`, one that hangs;
`takeover`, the holder of a reader's lock stopped for long, with another one standing by;
`engine-restored`, an older copy of the engine's database put back; `poison`, a row no program can read; `disk`, full.
"""

import random
from collections.abc import Sequence
from typing import NamedTuple

from tests.faults.cluster import PARTS, SERVERS

KINDS: dict[str, int] = {
    "kill": 8,
    "stop": 6,
    "delay": 2,
    "drop": 3,
    "cut": 3,
    "clock": 3,
    "build": 1,
    "gateway": 1,
    "takeover": 1,
    "engine-restored": 1,
    "poison": 1,
    "disk": 1,
}
"""How often each is drawn, against the others."""
LONGEST_SECONDS = 8.0
TAKEOVER_SECONDS = 35.0
"""A holder that stands still is replaced within half a minute."""


class Fault(NamedTuple):
    """One fault: its kind, whom it befalls (parts, servers, links), how long; `amount`: seconds of delay or skew."""

    number: int
    kind: str
    whom: tuple[str, ...]
    seconds: float
    amount: float = 0.0


def draw(seed: int, count: int, kinds: Sequence[str] = tuple(KINDS)) -> list[Fault]:
    """So many faults of these kinds, in any order: each kind once where the count allows, the rest by weight."""
    rng = random.Random(f"nemesis {seed}")
    each = list(dict.fromkeys(kinds))
    weights = [KINDS[kind] for kind in each]
    drawn = each if count >= len(each) else []
    drawn = drawn + rng.choices(each, weights, k=count - len(drawn))
    rng.shuffle(drawn)
    return [_fault(number, kind, rng) for number, kind in enumerate(drawn, 1)]


def _fault(number: int, kind: str, rng: random.Random) -> Fault:
    seconds = round(rng.uniform(1.0, LONGEST_SECONDS), 1)
    match kind:
        case "kill" | "stop":
            whom = (rng.choice((*PARTS, *SERVERS)),)
            if rng.random() < 0.3:
                whom = tuple(dict.fromkeys((*whom, rng.choice(PARTS))))
            return Fault(number, kind, whom, seconds)
        case "delay" | "drop" | "cut":
            server = rng.choice(SERVERS)
            parts = rng.choice([(rng.choice(PARTS),), tuple(p for p in PARTS if p.startswith("worker")), PARTS])
            return Fault(
                number, kind, tuple(f"{part} {server}" for part in parts), seconds, round(rng.uniform(0.05, 0.6), 2)
            )
        case "clock":
            skew = rng.choice((-86_400.0, -7_200.0, -180.0, 180.0, 7_200.0, 172_800.0))
            whom = rng.choice(("worker-1", "worker-1", "worker-2", "door-1", "relay-1", "messenger-1"))
            return Fault(number, kind, (whom,), seconds, skew)
        case "takeover":
            return Fault(number, kind, (rng.choice(("relay", "messenger", "project")),), TAKEOVER_SECONDS)
        case _:
            return Fault(number, kind, (), seconds)
