"""What a look answers."""

from dataclasses import dataclass

START_UP = "run `suqiu up`"


@dataclass(frozen=True)
class Check:
    """The result of one check: whether all is well, what was found, and what to do if it is not."""

    name: str
    ok: bool
    says: str
    remedy: str = ""
