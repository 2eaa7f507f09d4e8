"""The generator: what people do, drawn from a seed. Pure; which act it is, is decided at the door from what may follow.

Each entry of the plan says who it is about by a number: the k-th petition that was acknowledged by then.
"""

import random
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

Kind = Literal["submit", "act", "erase", "adopt"]

WORDS = (
    "三号楼门前的路灯坏了，晚上看不清路。",
    "想问低保怎么申请，要带什么材料。",
    "下水道堵了，污水流到路上。",
    "和房东的合同纠纷，想找法律援助。",
    "楼上装修噪音太大，影响老人休息。",
    "想办居住证，不知道去哪个窗口。",
    "拖欠工资，已经两个月，要上访反映。",
    "请帮帮我",
)
SECTIONS = (None, None, "section-1", "section-2")
CHANNELS = ("online", "online", "counter", "hotline")


class Planned(NamedTuple):
    """One operation: its kind, the number that decides the rest, rows to be taken in; `again`: asked once more."""

    kind: Kind
    draw: int
    rows: tuple[dict[str, Any], ...] = ()
    again: bool = False


def plan(seed: int, petitions: int, *, acts: int = 4, name: str = "load") -> list[Planned]:
    """So many petitions, alone and in files, each with some acts; repeats, two adoptions, some erasures among them.

    Submissions come in the first three quarters, so that most petitions live through many faults.
    """
    rng = random.Random(f"{name} {seed}")
    found = [(rng.random() * 0.75, each) for each in _submissions(rng, seed, petitions)]
    found += [(rng.random(), Planned("act", rng.getrandbits(48))) for _ in range(petitions * acts)]
    found += [(0.2 + rng.random() * 0.7, Planned("erase", rng.getrandbits(48))) for _ in range(1 + petitions // 50)]
    found += [(part + rng.random() * 0.2, Planned("adopt", number)) for number, part in enumerate((0.3, 0.6))]
    found.sort(key=lambda each: each[0])
    return [each._replace(again=rng.random() < 0.12) for _, each in found]


def _submissions(rng: random.Random, seed: int, petitions: int) -> Iterator[Planned]:
    number = 0
    while number < petitions:
        many = min(rng.choice((1, 1, 1, 1, 4, 12)), petitions - number)
        rows = tuple(_row(rng, seed, number + each) for each in range(many))
        if many > 1 and rng.random() < 0.5:
            rows += (rows[0],)  # a file that has a row twice
        yield Planned("submit", rng.getrandbits(48), rows)
        number += many


def _row(rng: random.Random, seed: int, number: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "external_id": f"faults-{seed}-{number}",
        "text": f"{rng.choice(WORDS)}（第{number}号）",
        "channel": rng.choice(CHANNELS),
        "section": rng.choice(SECTIONS),
    }
    if rng.random() < 0.15:
        row["phone"] = f"138{rng.randrange(10**8):08d}"
    if rng.random() < 0.05:
        row["urgent"] = "elderly"
    return row
