"""One canonical example of each event, plain and as stored.

`python -m tests.eventstore.examples` writes the golden file of an event or version that has none yet: what is stored,
and on a second line its leaf of the log. It never writes one again: what was released stays loadable, and its leaf
what it was. Of those that were released before leaves stood there, `test_codec.py` has them.
"""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from aggregates.adoption import RulebookAdopted
from aggregates.catalogue import CATALOGUE
from aggregates.event import Actor, Clock, Event, Moved, Pause, Posting
from aggregates.known import BY_CODE, NOTED, Known
from aggregates.messages import events as m
from aggregates.personal import Sealed
from aggregates.petition import events as e
from aggregates.petition.decisions import DECISIONS
from aggregates.petition.state import Stage
from aggregates.petition.what_may_follow import TABLE
from eventstore.codec import encode, sealed_fields
from eventstore.leaf import leaf_hash
from eventstore.sealing import seal
from tests.aggregates.test_what_may_follow import made_ready
from tests.eventstore.erasure_examples import ERASURE_EXAMPLES
from tests.eventstore.office_examples import OFFICE_EXAMPLES
from tests.eventstore.order_examples import ORDER_EXAMPLES
from tests.people import CLERK, LEADER, OFFICER

GOLDEN = Path(__file__).parent / "golden"
STREAM = "p-0123456789abcdef0123456789abcdef"
RESIDENT = "r-fedcba9876543210fedcba9876543210"
MESSAGE = "m-0123456789abcdef0123456789abcdef:7:replied"
KEY = bytes(range(32))
AT = datetime(2025, 9, 24, 1, 0, tzinfo=UTC)
RECORDED = datetime(2025, 9, 24, 1, 0, 0, 5, tzinfo=UTC)
CANARY = "金丝雀"

RULEBOOK = "sha256:" + "ab" * 32
CLOCK = Clock(
    rule="clock.community",
    kind="same_day",
    days=None,
    counting="calendar",
    started_at=AT,
    due_at=AT + timedelta(hours=8, minutes=30),
    reminders=(AT + timedelta(hours=4, minutes=15), AT + timedelta(hours=6, minutes=48)),
    provisional=False,
    calendar="cal-0123456789ab",
)
HANDLE = Clock(
    name="statutory_handle",
    rule="clock.statutory-handle",
    kind="days",
    days=60,
    counting="calendar",
    started_at=AT,
    due_at=AT + timedelta(days=90, hours=8, minutes=30),
    reminders=(AT + timedelta(days=45), AT + timedelta(days=72)),
    provisional=False,
    calendar="cal-0123456789ab+every-day",
    extra_days=30,
    pauses=(Pause(since=AT + timedelta(days=1), until=AT + timedelta(days=3), why="parked"),),
    postings=(Posting(since=AT, roster="every_day"),),
    pausable=False,
)
MOVED = Moved(clock=HANDLE, was_due_at=AT + timedelta(days=60, hours=8, minutes=30))


def _said(by: Actor = CLERK, rule: str | None = None) -> dict[str, Any]:
    return {"at": AT, "by": by, "rulebook": RULEBOOK, "rule": rule}


_TOLD: tuple[Event, ...] = (
    e.PetitionReceived(
        **_said(rule="clock.community"),
        receipt="SQ-0123-4567-89AB-CDEFG",
        resident=RESIDENT,
        channel="counter",
        community="baiyang",
        anonymous=False,
        confidential=True,
        complained_about="team-repairs",
        urgent="elderly",
        priority=2,
        submitted_at=AT - timedelta(hours=1),
        counted_from="submission",
        tier="community",
        clock=CLOCK,
        beside=(HANDLE,),
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
        beside=(HANDLE,),
        complained_about="team-repairs",
    ),
    e.PetitionDispatched(
        **_said(Actor.engine(), "returns.window"),
        unit="convenience-team",
        tier="community",
        return_by=AT + timedelta(days=2),
        moved=(MOVED,),
    ),
    e.PetitionAccepted(**_said(OFFICER), unit="convenience-team"),
    e.PetitionReturned(
        **_said(OFFICER, "returns.window"),
        unit="convenience-team",
        resident=RESIDENT,
        reason=f"{CANARY}五",
        count=1,
        decided_above=True,
    ),
    e.PetitionTransferred(
        **_said(OFFICER, "returns.window"),
        from_unit="convenience-team",
        unit="team-repairs",
        resident=RESIDENT,
        reason=f"{CANARY}六",
        return_by=AT + timedelta(days=2),
        moved=(MOVED,),
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
        dispute_by=AT + timedelta(days=15),
        review_by=AT + timedelta(days=30),
    ),
    e.FollowUpAsked(**_said(Actor.engine(), "follow-up.rhythm"), answer_by=AT + timedelta(days=5)),
    e.PetitionConfirmed(**_said(Actor.resident()), known=BY_CODE, satisfied=True),
    e.PetitionDisputed(**_said(Actor.resident()), known=BY_CODE, resident=RESIDENT, reason=f"{CANARY}九"),
    e.PetitionWithdrawn(**_said(Actor.resident()), known=BY_CODE, resident=RESIDENT, reason=None),
    e.PetitionClosed(**_said(Actor.engine(), "follow-up.rhythm"), reason="unanswered"),
    e.SealedFieldsRead(
        **_said(OFFICER),
        event=1,
        event_topic="petition.received",
        fields=("name", "address"),
        resident=RESIDENT,
        reason=f"{CANARY}十",
    ),
    e.PetitionReclassified(
        **_said(rule="clock.district"),
        category="stability",
        tier="district",
        matter=None,
        unit_stays=False,
        clock=CLOCK,
        beside=(HANDLE,),
        complained_about=None,
        resident=RESIDENT,
        reason=f"{CANARY}二一",
    ),
    e.ResidentContacted(**_said(OFFICER), how="visit"),
    e.ResidentJoined(
        **_said(),
        resident="r-00112233445566778899aabbccddeeff",
        number=2,
        known=NOTED,
        name=f"{CANARY}二二",
        phone=None,
        address=f"{CANARY}二三",
    ),
    e.ConfidentialitySet(**_said(), confidential=True, known=NOTED),
    e.UrgencySet(**_said(rule="urgency.priority"), cause="life", priority=1),
    e.PetitionMerged(**_said(), into=STREAM, resident=RESIDENT, reason=f"{CANARY}二四"),
    e.PetitionUnmerged(
        **_said(), was_in=STREAM, cause="different", known=NOTED, resident=RESIDENT, reason=f"{CANARY}二五"
    ),
    e.AssistAsked(**_said(OFFICER), unit="team-repairs", by_unit="window", resident=RESIDENT, reason=f"{CANARY}二六"),
    e.AssistEnded(**_said(OFFICER), unit="team-repairs"),
    e.ProxyTaken(**_said(), unit="service-station", papers=("身份证", "户口簿")),
    e.ProxyCarried(**_said(OFFICER), unit="service-station"),
    e.ProxyResultBrought(**_said(OFFICER), how="delivered"),
    e.ResidentHandedOver(**_said(OFFICER, "hand-over.centres"), unit="legal-aid-centre"),
    e.HandOverConfirmed(**_said(OFFICER, "hand-over.centres"), unit="legal-aid-centre", on_time=True),
    e.MediationOpened(**_said(OFFICER, "mediation.parties"), parties=("police", "court")),
    e.MediationEnded(**_said(OFFICER, "mediation.parties"), outcome="agreed", resident=RESIDENT, terms=f"{CANARY}二七"),
    e.PetitionReferred(
        **_said(rule="leader.supervision"), to="joint_meeting", resident=RESIDENT, reason=f"{CANARY}二八"
    ),
    e.ReferralDecided(
        **_said(LEADER, "leader.supervision"), to="joint_meeting", resident=RESIDENT, decision=f"{CANARY}二九"
    ),
    e.ClockWarned(
        **_said(Actor.engine(), "reminders.before-deadline"),
        clock="statutory_handle",
        unit="window",
        number=1,
        due_at=HANDLE.due_at,
        next_at=None,
    ),
    e.ClockBreached(
        **_said(Actor.engine(), "clock.statutory-handle"),
        clock="statutory_handle",
        unit="window",
        due_at=HANDLE.due_at,
        leader="district-leader",
        next_at=None,
    ),
    e.PetitionSupervised(**_said(LEADER, "supervision.rhythm"), leader="leader-1", next_at=AT + timedelta(days=2)),
    e.LeaderReminded(
        **_said(Actor.engine(), "supervision.rhythm"), leader="leader-1", number=1, next_at=AT + timedelta(days=4)
    ),
    e.ExtensionAsked(
        **_said(OFFICER, "clock.statutory-handle"),
        clock="statutory_handle",
        days=30,
        due_at=MOVED.was_due_at,
        resident=RESIDENT,
        reason=f"{CANARY}三一",
    ),
    e.ExtensionDecided(
        **_said(LEADER, "clock.statutory-handle"),
        clock="statutory_handle",
        approved=True,
        days=30,
        moved=MOVED,
        resident=RESIDENT,
        reason=f"{CANARY}三二",
    ),
    e.PetitionPaused(
        **_said(OFFICER, "pauses.bound"),
        until=AT + timedelta(days=10),
        clocks=("tier",),
        resident=RESIDENT,
        what=f"{CANARY}三三",
    ),
    e.PetitionResumed(
        **_said(Actor.resident(), "pauses.bound"),
        cause="answered",
        known=Known(how="counter", seen="id_card"),
        moved=(MOVED,),
        resident=RESIDENT,
        answer=f"{CANARY}三四",
    ),
    e.ParkingAsked(
        **_said(OFFICER, "parking.bound"),
        cause="season",
        look_again_at=AT + timedelta(days=100),
        resident=RESIDENT,
        reason=f"{CANARY}三五",
    ),
    e.ParkingDecided(
        **_said(LEADER, "parking.bound"),
        approved=True,
        cause="season",
        look_again_at=AT + timedelta(days=100),
        clocks=("tier",),
        resident=RESIDENT,
        reason=f"{CANARY}三六",
    ),
    e.PetitionUnparked(
        **_said(Actor.engine(), "parking.bound"), cause="date", moved=(MOVED,), resident=RESIDENT, reason=None
    ),
    e.ClocksRecomputed(**_said(Actor.engine()), cause="calendar", moved=(MOVED,)),
    e.ReviewRequested(
        **_said(Actor.resident(), "reviews.request"),
        level=1,
        tier="district",
        unit="service-station",
        clock=HANDLE,
        known=BY_CODE,
        resident=RESIDENT,
        reason=f"{CANARY}三七",
    ),
    e.ReviewDecided(
        **_said(LEADER, "clock.review"),
        level=1,
        outcome="upheld",
        unit="service-station",
        on_time=True,
        final=False,
        review_by=AT + timedelta(days=30),
        resident=RESIDENT,
        text=f"{CANARY}三八",
        grounds=f"{CANARY}三九",
    ),
    e.StepsSetAside(
        **_said(LEADER),
        versions=(5, 6),
        noted=(4,),
        standing=e.Standing(
            stage="accepted",
            tier="community",
            with_leader=False,
            unit="service-station",
            in_charge="service-station",
            assisting=("team-repairs",),
            below=(),
            escalations=0,
            returns_here=0,
            decided_above=None,
            return_by=AT + timedelta(days=1),
            remind_leader_at=None,
            supervisor_reminders=0,
            remind_supervisor_at=None,
            clocks=(
                e.ClockStanding(
                    clock=CLOCK,
                    reminders_given=1,
                    stopped_at=None,
                    breached_at=None,
                    paused_at=None,
                    repeat_at=None,
                    extended=False,
                    dropped=False,
                ),
            ),
        ),
        resident=RESIDENT,
        reason=f"{CANARY}四十",
    ),
    RulebookAdopted(
        **_said(Actor.engine()), book="baiyang", effective_from=date(2025, 1, 1), content='{"id":"baiyang","tiers":[]}'
    ),
    m.MessageWritten(
        **_said(Actor.engine(), "messages.replied"),
        message=MESSAGE,
        petition=STREAM,
        receipt="SQ-0123-4567-89AB-CDEFG",
        cause=7,
        cause_topic="petition.replied",
        to="resident",
        unit=None,
        hint="phone",
        way="gateway",
        template="replied",
        template_version=1,
        languages=("zh",),
        not_before=None,
        resident=RESIDENT,
        zh=f"{CANARY}十一",
        en=f"{CANARY}十二",
    ),
    m.MessageDelivered(
        **_said(Actor.engine(), "messages.replied"), message=MESSAGE, gateway="apprise", reference=None, attempts=2
    ),
    m.MessageFailed(
        **_said(Actor.engine(), "messages.replied"),
        message=MESSAGE,
        gateway="apprise",
        code="gateway_refused",
        attempts=12,
    ),
    m.MessageRead(**_said(CLERK, "messages.replied"), message=MESSAGE, resident=RESIDENT, reason=f"{CANARY}十三"),
    *ORDER_EXAMPLES,
    *OFFICE_EXAMPLES,
    *ERASURE_EXAMPLES,
)


def _as_it_follows(kind: type[e.Event]) -> Event:
    """An event of a petition that has no example of its own: as it follows from its command, as that is spoken."""
    command = next(each for each, decision in DECISIONS.items() if decision.event is kind)
    stage = min(TABLE[command].stages, key=list(Stage).index)
    event = made_ready(stage, command).act(command).all_of(kind)[-1]
    return event.model_copy(
        update={field: CANARY for field in sealed_fields(kind) if getattr(event, field) is not None}
    )


_TOLD += tuple(_as_it_follows(kind) for kind in e.EVENTS if kind not in {type(each) for each in _TOLD})
EXAMPLES = tuple(sorted(_TOLD, key=lambda example: CATALOGUE.index(type(example))))
"""In the order of the catalogue."""


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


def stored(kind: type[Event], version: int) -> bytes:
    """The stored example of a version."""
    return golden(kind, version).read_bytes().split(b"\n")[0]


def kept_leaf(kind: type[Event], version: int) -> str | None:
    """The leaf of the stored example that was written with it; None of one that was released before that."""
    lines = golden(kind, version).read_text("utf-8").split("\n")
    return lines[1] if len(lines) > 1 else None


def leaf_of(kind: type[Event], state: bytes) -> str:
    """The leaf of a stored example, as the first event of its stream."""
    return leaf_hash(STREAM, 1, kind.TOPIC, state, "c-1", RECORDED).hex()


if __name__ == "__main__":
    for example in EXAMPLES:
        path = golden(type(example), example.VERSION)
        if not path.exists():
            state = encode(sealed(example))
            path.write_bytes(state + b"\n" + leaf_of(type(example), state).encode())
