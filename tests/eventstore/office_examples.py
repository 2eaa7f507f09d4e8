"""One canonical example of each event of the office's own streams."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from aggregates.event import Actor, Event, Role
from aggregates.office.events import (
    AdoptionCarriedOut,
    Difference,
    DossierGiven,
    FallsNoted,
    LossAccepted,
    MasterKeyReplaced,
    Missing,
    ReceptionDayAnnounced,
    ReportMade,
    TimesNoted,
    TimesOf,
    WorkflowsReconciled,
)

AT = datetime(2025, 9, 24, 1, 0, tzinfo=UTC)


def _said(rule: str) -> dict[str, Any]:
    return {"at": AT, "by": Actor.engine(), "rulebook": "sha256:" + "ab" * 32, "rule": rule}


OFFICE_EXAMPLES: tuple[Event, ...] = (
    WorkflowsReconciled(
        **_said("rhythm.reconcile"),
        petitions=1,
        differences=(
            Difference(
                petition="p-0123456789abcdef0123456789abcdef",
                fault="waits_for_another_time",
                step="escalate",
                expected_at=AT + timedelta(hours=8),
                found_at=AT + timedelta(days=1),
                repaired=True,
            ),
        ),
    ),
    ReportMade(
        **_said("rhythm.monthly-scorecard"),
        kind="scorecard",
        period="2025-09",
        as_of=42,
        moment=AT,
        figures='{"tables":[]}',
        sha256="3b5a6d2e" * 8,
        counted_by=1,
    ),
    AdoptionCarriedOut(
        **_said("rulebook.adopted"),
        book="baiyang",
        number=2,
        petitions=200,
        moved=4,
    ),
    ReceptionDayAnnounced(
        **_said("rhythm.reception-day"),
        period="2025-09",
        day=date(2025, 9, 26),
        opens=AT + timedelta(days=1, hours=23, minutes=30),
        closes=AT + timedelta(days=2, hours=8, minutes=30),
    ),
    LossAccepted(
        at=AT,
        by=Actor(role=Role.LEADER, id="leader-1"),
        rulebook="sha256:" + "ab" * 32,
        rule=None,
        known=200,
        known_root="8rpF2AYktO5AY82TSiNp/SLwTsYVuCPtayb+dij21p0=",
        known_at=AT - timedelta(hours=1),
        known_from="checkpoints.txt",
        kept=137,
        size=150,
        retired_key="suqiu/baiyang+54a98473+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
        earlier_keys=(),
        key="suqiu/baiyang/2+01234567+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
        reason="disk_lost",
        missing_streams=1,
        missing=(Missing(stream="p-0123456789abcdef0123456789abcdef", on_record=2, known=5),),
    ),
    TimesNoted(
        at=AT,
        by=Actor(role=Role.LEADER, id="leader-1"),
        rulebook="sha256:" + "ab" * 32,
        rule=None,
        reason="clock_set_wrong",
        streams=(TimesOf(stream="m-0123456789abcdef0123456789abcdef", versions=(1, 2)),),
    ),
    FallsNoted(
        at=AT,
        by=Actor(role=Role.LEADER, id="leader-1"),
        rulebook="sha256:" + "ab" * 32,
        rule=None,
        reason="unknown",
        streams=(TimesOf(stream="p-0123456789abcdef0123456789abcdef", versions=(7,)),),
        checkpoints=(137,),
    ),
    MasterKeyReplaced(**_said("") | {"rule": None}, key="0123456789abcdef", as_of=137),
    DossierGiven(
        at=AT,
        by=Actor(role=Role.LEADER, id="leader-1"),
        rulebook="sha256:" + "ab" * 32,
        rule=None,
        petition="p-0123456789abcdef0123456789abcdef",
        given_for="court",
        sha256="cd" * 32,
        size=42,
        opened=True,
    ),
)
