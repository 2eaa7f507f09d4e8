"""One canonical example of each event of a service order; see `examples.py`."""

from datetime import UTC, datetime, timedelta
from typing import Any

from aggregates.event import Actor, Event
from aggregates.known import BY_CODE
from aggregates.orders import events as e
from aggregates.orders.events import Next
from tests.people import SCHOOL

AT = datetime(2025, 9, 24, 1, 0, tzinfo=UTC)
RESIDENT = "r-fedcba9876543210fedcba9876543210"
CANARY = "金丝雀"
PROMISED = AT + timedelta(days=3)


def _said(by: Actor, rule: str | None = None) -> dict[str, Any]:
    return {"at": AT, "by": by, "rulebook": "sha256:" + "ab" * 32, "rule": rule}


ORDER_EXAMPLES: tuple[Event, ...] = (
    e.OrderPosted(
        **_said(Actor.resident(), "orders.elderly-first"),
        receipt="SQ-0123-4567-89AB-CDEFG",
        resident=RESIDENT,
        community="baiyang",
        tier="community",
        source="resident",
        kind="micro_wish",
        service=None,
        charge="free",
        first=True,
        priority=2,
        petition="p-0123456789abcdef0123456789abcdef",
        next=Next(step="assign", at=AT + timedelta(days=2)),
        text=f"{CANARY}一",
        name=f"{CANARY}二",
        phone=None,
        address=f"{CANARY}三",
    ),
    e.OrderAssigned(
        **_said(Actor.engine(), "orders.assign"),
        unit="team-culture",
        cause="unclaimed",
        climbed=1,
        next=Next(step="escalate", at=AT + timedelta(days=5)),
    ),
    e.OrderEscalated(
        **_said(Actor.engine(), "orders.rise-to-district"),
        from_tier="community",
        to_tier="district",
        unit="service-station",
        climbed=2,
        next=Next(step="remind", at=AT + timedelta(days=7)),
    ),
    e.OrderReminded(
        **_said(Actor.engine(), "orders.promise"),
        unit="service-station",
        about="unclaimed",
        number=1,
        next=Next(step="remind", at=AT + timedelta(days=9)),
    ),
    e.OrderClaimed(
        **_said(SCHOOL, "orders.promise"),
        unit="partner-school",
        partner=True,
        number=1,
        promised_by=PROMISED,
        reminders=(AT + timedelta(days=1), AT + timedelta(days=2)),
    ),
    e.OrderStarted(**_said(SCHOOL), unit="partner-school"),
    e.CommitmentBroken(
        **_said(Actor.engine(), "orders.promise"),
        unit="partner-school",
        number=1,
        promised_by=PROMISED,
        next=Next(step="remind", at=PROMISED + timedelta(days=2)),
    ),
    e.OrderReleased(
        **_said(SCHOOL),
        unit="partner-school",
        number=1,
        resident=RESIDENT,
        reason=f"{CANARY}四",
        next=Next(step="assign", at=AT + timedelta(days=4)),
    ),
    e.OrderDelivered(
        **_said(SCHOOL, "orders.rating"),
        unit="partner-school",
        number=1,
        kept=True,
        rate_by=AT + timedelta(days=8),
        resident=RESIDENT,
        words=f"{CANARY}五",
    ),
    e.OrderRated(
        **_said(Actor.resident(), "orders.rating"),
        unit="partner-school",
        number=1,
        satisfied=True,
        score=5,
        known=BY_CODE,
        resident=RESIDENT,
        words=f"{CANARY}六",
    ),
    e.OrderSupported(**_said(Actor.resident()), supporter="r-00112233445566778899aabbccddeeff", known=BY_CODE),
    e.OrderInspected(
        **_said(Actor.resident()), inspector="r-00112233445566778899aabbccddeeff", known=BY_CODE, satisfied=True
    ),
    e.OrderWithdrawn(**_said(Actor.resident()), known=BY_CODE, resident=RESIDENT, reason=None),
    e.OrderClosed(**_said(Actor.engine(), "orders.rating"), reason="unrated"),
    e.OrderFieldsRead(**_said(SCHOOL), fields=("address",), resident=RESIDENT, reason=f"{CANARY}七"),
)

ORDER_LEAVES = {
    "order.posted": "d901f1acd23fb4c616fbe27c9ce03df1ac35e258d63643d9d32c8f6220b21252",
    "order.assigned": "a1feaed8b64336cf266d66964b6cdb4207f6f321849497cd7bb90d69f2116516",
    "order.escalated": "d749b78334ed3493cd7eed7a16ee04d78d71a804af38836f6e07ee344c75e6a7",
    "order.reminded": "144630eb18aa0806ddcf6fa7cfd783045fbc817b45c6af6ebe35b2f551586967",
    "order.claimed": "a5023020f2b55673c0ff0775a5d7b9ea89e5215ce3d774004bce874964475fc4",
    "order.started": "5d08479d78937ba7c1908c3b6fb248bfe2b5b8a2c0311da6c2f9600e9c903feb",
    "order.commitment_broken": "9b23661bd06d28c503dd2283bf6bb358b78f92e09b66ab728b5722599edf508f",
    "order.released": "5bfa0fb572670133b2a3da530bd039b552f1f0e97e8a74ab42737f904ef0d2ef",
    "order.delivered": "e863dd385f1b3eaf0d7ecd1e43b3786b3935544e4f5df490b1b00feaab39b8d7",
    "order.rated": "197cd44e85327afe99f82030bbddf7b8763ec5324581f49738a657323f0701c9",
    "order.supported": "c80bb2c6e68e0330c02a61841c3064505610e50c2e724c1ed0b55fcfc24ff652",
    "order.inspected": "003c2f1cfe6126c87493faffd7a412e5095574d8dc179184c28330c5ab4ced3f",
    "order.withdrawn": "3206ae032c416850769422de9d07de67da1fe3e76ce10ccf28fa1f96541f1117",
    "order.closed": "4e6607289fee4bfbd3a7b1115be7f1534ef2afd98c8c831bc5a020b057e7c572",
    "order.sealed_fields_read": "42ecfa72bdf160a276312227679f6fbd8ddfebd546e680df4b31dec1e0b2d4fc",
}
"""Leaves of the golden files, fixed: a change here breaks every proof ever given out."""
