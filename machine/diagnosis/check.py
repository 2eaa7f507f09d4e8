"""What a look answers."""

from dataclasses import dataclass

START_UP = "run `suqiu up`"


@dataclass(frozen=True)
class Check:
    """One thing looked at: whether it is well, what was found, and what to do if it is not."""

    name: str
    ok: bool
    says: str
    remedy: str = ""
