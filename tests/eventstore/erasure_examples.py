"""One canonical example of each event of an erasure, and the leaf of its golden file."""

from datetime import UTC, datetime
from typing import Any

from aggregates.erasures.events import (
    ErasureAcknowledged,
    ErasureAsked,
    ErasureDecided,
    ErasureWished,
    Reached,
    ResidentErased,
)
from aggregates.event import Actor, Event, Role
from aggregates.known import BY_CODE

AT = datetime(2025, 9, 24, 1, 0, tzinfo=UTC)
SUBJECT = "r-fedcba9876543210fedcba9876543210"


def _said(by: Actor, rule: str | None = None) -> dict[str, Any]:
    return {"at": AT, "by": by, "rulebook": "sha256:" + "ab" * 32, "rule": rule, "subject": SUBJECT}


ERASURE_EXAMPLES: tuple[Event, ...] = (
    ErasureWished(**_said(Actor.resident()), petition="p-0123456789abcdef0123456789abcdef", known=BY_CODE),
    ErasureAsked(**_said(Actor(role=Role.CLERK, id="window-1")), reason="resident_asked", known=None),
    ErasureDecided(**_said(Actor(role=Role.LEADER, id="leader-1")), approved=True, key="0123456789abcdef"),
    ResidentErased(
        **_said(Actor.engine(), "retention.closed"),
        key="0123456789abcdef",
        key_found=True,
        streams=("p-0123456789abcdef0123456789abcdef",),
    ),
    ErasureAcknowledged(**_said(Actor.engine()), readers=(Reached(reader="ledger", position=42),)),
)

ERASURE_LEAVES = {
    "resident.erasure_wished": "c623538286ed9a5a3c19925b38bbbe937bc5bda5fa09352a3541f78dadeaf7f7",
    "resident.erasure_asked": "80e5e8077b90624bfb6c864e6a8c3c68f75236f242ffa0e6ed5b1c55eef03442",
    "resident.erasure_decided": "5f76df5543b8215a9ffc534fb171a3ef22d4870dd666612c22d3dd07688046d3",
    "resident.erased": "cb1d56b5a1c43fe0dc06186af01c884c11c122560b3324948ca823791da6749e",
    "resident.erasure_acknowledged": "2c37597ca3287e013603ffce9b378168a83b232b83b23d4be4c5f57d0fec0f3e",
}
