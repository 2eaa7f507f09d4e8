"""One canonical example of each event, plain and as stored.

`python -m tests.eventstore.examples` writes the golden file of an event or version that has none yet. It never writes
one again: what was released stays loadable.
"""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from aggregates import events as e
from aggregates.adoption import RulebookAdopted
from aggregates.events import Actor, Clock, Event, Role
from aggregates.personal import Sealed
from eventstore.codec import encode, sealed_fields
from eventstore.sealing import seal
from tests.eventstore.office_examples import OFFICE_EXAMPLES
from tests.eventstore.order_examples import ORDER_EXAMPLES

GOLDEN = Path(__file__).parent / "golden"
STREAM = "p-0123456789abcdef0123456789abcdef"
RESIDENT = "r-fedcba9876543210fedcba9876543210"
KEY = bytes(range(32))
AT = datetime(2025, 9, 24, 1, 0, tzinfo=UTC)
CANARY = "金丝雀"

RULEBOOK = "sha256:" + "ab" * 32
CLERK = Actor(role=Role.CLERK, id="window-1")
OFFICER = Actor(role=Role.OFFICER, id="station-1")
CLOCK = Clock(
    rule="clock.community",
    started_at=AT,
    due_at=AT + timedelta(hours=8, minutes=30),
    reminders=(AT + timedelta(hours=4, minutes=15), AT + timedelta(hours=6, minutes=48)),
    provisional=False,
    calendar="cal-0123456789ab",
)


def _said(by: Actor = CLERK, rule: str | None = None) -> dict[str, Any]:
    return {"at": AT, "by": by, "rulebook": RULEBOOK, "rule": rule}


EXAMPLES: tuple[Event, ...] = (
    e.PetitionReceived(
        **_said(rule="clock.community"),
        receipt="SQ-0123-4567-89AB-CDEFG",
        resident=RESIDENT,
        channel="counter",
        community="baiyang",
        anonymous=False,
        submitted_at=AT - timedelta(hours=1),
        counted_from="submission",
        tier="community",
        clock=CLOCK,
        title=f"{CANARY}一",
        text=f"{CANARY}二",
        name=f"{CANARY}三",
        phone=None,
        address=f"{CANARY}四",
    ),
    e.PetitionClassified(
        **_said(Actor.engine(), "triage.person-confirms"),
        category="public_service",
        tier="community",
        matter="temporary-aid",
        confidence=0.93,
        needs_human=False,
        reasons=("命中词语：路灯（公共服务类 3.0）",),
        unit="convenience-team",
    ),
    e.PetitionTriaged(
        **_said(rule="clock.community"),
        category="public_service",
        tier="community",
        matter=None,
        basis="confirmed",
        clock=CLOCK,
    ),
    e.PetitionDispatched(
        **_said(Actor.engine(), "returns.window"),
        unit="convenience-team",
        tier="community",
        return_by=AT + timedelta(days=2),
    ),
    e.PetitionAccepted(**_said(OFFICER), unit="convenience-team"),
    e.PetitionReturned(
        **_said(OFFICER, "returns.window"),
        unit="convenience-team",
        resident=RESIDENT,
        reason=f"{CANARY}五",
        count=1,
    ),
    e.PetitionTransferred(
        **_said(OFFICER, "returns.window"),
        from_unit="convenience-team",
        unit="team-repairs",
        resident=RESIDENT,
        reason=f"{CANARY}六",
        return_by=AT + timedelta(days=2),
    ),
    e.PetitionReminded(
        **_said(Actor.engine(), "reminders.before-deadline"),
        unit="team-repairs",
        number=1,
        due_at=CLOCK.due_at,
        next_at=None,
    ),
    e.PetitionEscalated(
        **_said(Actor.engine(), "clock.district"),
        cause="deadline",
        from_tier="community",
        to_tier="district",
        unit="district-works",
        missed_due_at=CLOCK.due_at,
        clock=CLOCK,
        return_by=AT + timedelta(days=2),
        next_at=None,
    ),
    e.PetitionReplied(
        **_said(OFFICER, "clock.district"),
        unit="district-works",
        resident=RESIDENT,
        outcome="resolved",
        text=f"{CANARY}七",
        grounds=f"{CANARY}八",
        on_time=True,
        ask_at=AT + timedelta(days=1),
    ),
    e.FollowUpAsked(**_said(Actor.engine(), "follow-up.rhythm"), answer_by=AT + timedelta(days=5)),
    e.PetitionConfirmed(**_said(Actor.resident()), satisfied=True),
    e.PetitionDisputed(**_said(Actor.resident()), resident=RESIDENT, reason=f"{CANARY}九"),
    e.PetitionWithdrawn(**_said(Actor.resident()), resident=RESIDENT, reason=None),
    e.PetitionClosed(**_said(Actor.engine(), "follow-up.rhythm"), reason="unanswered"),
    e.SealedFieldsRead(**_said(OFFICER), fields=("name", "address"), resident=RESIDENT, reason=f"{CANARY}十"),
    RulebookAdopted(
        **_said(Actor.engine()), book="baiyang", effective_from=date(2025, 1, 1), content='{"id":"baiyang","tiers":[]}'
    ),
    *ORDER_EXAMPLES,
    *OFFICE_EXAMPLES,
)


def sealed(event: Event, version: int = 1) -> Event:
    """An example as the store keeps it, sealed anew."""
    fields: dict[str, Sealed] = {
        field: seal(getattr(event, field), KEY, STREAM, version, field)
        for field in sealed_fields(type(event))
        if isinstance(getattr(event, field), str)
    }
    return event.model_copy(update=fields)


def golden(kind: type[Event], version: int) -> Path:
    """Where the stored example of a version is kept."""
    return GOLDEN / f"{kind.TOPIC}.v{version}.json"


if __name__ == "__main__":
    for example in EXAMPLES:
        path = golden(type(example), example.VERSION)
        if not path.exists():
            path.write_bytes(encode(sealed(example)))
