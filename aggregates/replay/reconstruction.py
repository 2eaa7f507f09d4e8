"""Reconstructs commands from the events they led to. Tests fail for a kind of event that no arm handles.

An event keeps less than its command said: whoever named a tier below the one the petition had risen to gets that one.
So an arm may offer several commands; the first that leads to the recorded events is taken.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from aggregates.event import Event
from aggregates.personal import Sealed
from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.record import Recorded
from rulebook.model import Rulebook
from rulebook.proposal import Proposal

TEXT = "·"
"""Placeholder for a personal text, which no decision looks into."""


class NoCommand(ValueError):
    """No command leads to such events; the message says which."""


def commands_of(records: Sequence[Recorded], rules: Rulebook) -> tuple[c.Command, ...]:
    """The commands that may have led to the events of one step, most likely first.

    Raises:
        NoCommand: no command on a petition leads to them.
    """
    first = records[0].event
    arm = _ARMS.get(type(first))
    if arm is None:
        raise NoCommand(f"{type(first).TOPIC} follows from no command on a petition")
    noted = records[0].recorded_at
    said = {"at": first.at, "by": first.by, "noted_at": noted}
    try:
        return tuple(kind(**{**said, **values}) for kind, values in arm(first, rules, noted))
    except ValueError as error:
        raise NoCommand(f"{type(first).TOPIC}: no command can say this: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


Said = Iterable[tuple[type[c.Command], dict[str, Any]]]


def _text(value: str | Sealed) -> str:
    return TEXT if isinstance(value, Sealed) else value


def _or_none(value: str | Sealed | None) -> str | None:
    return None if value is None else _text(value)


def _same(kind: type[c.Command], *fields: str, **texts: str) -> Callable[[Any, Rulebook, datetime], Said]:
    """An arm for a command with the event's fields; `texts`: personal field of the command → the event's field."""

    def arm(event: Any, _: Rulebook, __: datetime) -> Said:
        values = {field: getattr(event, field) for field in fields}
        yield kind, values | {name: _or_none(getattr(event, field)) for name, field in texts.items()}

    return arm


def _received(event: e.PetitionReceived, _: Rulebook, noted: datetime) -> Said:
    same = ("receipt", "resident", "channel", "community", "section", "anonymous", "confidential", "urgent")
    yield (
        c.Receive,
        {
            **{field: getattr(event, field) for field in (*same, "complained_about", "submitted_at")},
            **{field: _or_none(getattr(event, field)) for field in ("title", "text", "name", "phone", "address")},
            "at": noted if event.counted_from == "submission" else event.at,
        },
    )


def _classified(event: e.PetitionClassified, _: Rulebook, __: datetime) -> Said:
    yield c.Classify, {"proposal": Proposal(**{name: getattr(event, name) for name in Proposal.model_fields})}


def _triaged(event: e.PetitionTriaged, rules: Rulebook, _: datetime) -> Said:
    about = {"complained_about": event.complained_about}
    if event.basis == "confirmed":
        yield c.Triage, about
    for tier in _tiers(event.tier, rules):
        yield c.Triage, {"category": event.category, "tier": tier, "matter": event.matter, **about}


def _reclassified(event: e.PetitionReclassified, rules: Rulebook, _: datetime) -> Said:
    for tier in _tiers(event.tier, rules):
        yield (
            c.Reclassify,
            {
                "category": event.category,
                "tier": tier,
                "matter": event.matter,
                "complained_about": event.complained_about,
                "reason": _text(event.reason),
            },
        )


def _set_aside(event: e.StepsSetAside, _: Rulebook, __: datetime) -> Said:
    values = {"noted": event.noted, "standing": event.standing, "reason": _text(event.reason)}
    yield c.SetAside, {"steps": event.versions, "note_only": event.standing is None, **values}


def _tiers(first: str, rules: Rulebook) -> tuple[str, ...]:
    return tuple(dict.fromkeys((first, *(tier.id for tier in rules.tiers))))


def _dispatched(event: e.PetitionDispatched, _: Rulebook, __: datetime) -> Said:
    yield c.Dispatch, {}
    yield c.Dispatch, {"unit": event.unit}


def _escalated(event: e.PetitionEscalated, _: Rulebook, __: datetime) -> Said:
    if event.cause not in ("deadline", "complaint"):
        raise NoCommand(f"{event.TOPIC} for a {event.cause} stands without the {event.cause}")
    yield (c.Escalate if event.cause == "deadline" else c.Dispatch), {}


def _paused(event: e.PetitionPaused, rules: Rulebook, _: datetime) -> Said:
    for days in (None, *range(1, rules.pauses.max_days + 1)):
        yield c.Pause, {"what": _text(event.what), "days": days}


def _parking_asked(event: e.ParkingAsked, rules: Rulebook, _: datetime) -> Said:
    day = event.look_again_at.astimezone(rules.zone).date()
    yield c.RequestParking, {"cause": event.cause, "reason": _text(event.reason), "look_again_on": day}


_ARMS: dict[type[Event], Callable[[Any, Rulebook, datetime], Said]] = {
    e.PetitionReceived: _received,
    e.PetitionClassified: _classified,
    e.PetitionTriaged: _triaged,
    e.PetitionReclassified: _reclassified,
    e.ResidentContacted: _same(c.Contact, "how"),
    e.ResidentJoined: _same(c.AddResident, "resident", name="name", phone="phone", address="address"),
    e.ConfidentialitySet: _same(c.SetConfidential, "confidential"),
    e.UrgencySet: _same(c.SetUrgency, "cause"),
    e.PetitionMerged: _same(c.Merge, "into", "into_receipt", reason="reason"),
    e.PetitionUnmerged: _same(c.Unmerge, reason="reason"),
    e.PetitionDispatched: _dispatched,
    e.PetitionAccepted: _same(c.Accept),
    e.PetitionReturned: _same(c.Return, reason="reason"),
    e.PetitionTransferred: _same(c.Transfer, "unit", reason="reason"),
    e.PetitionEscalated: _escalated,
    e.AssistAsked: _same(c.Assist, "unit", reason="reason"),
    e.AssistEnded: _same(c.EndAssist, "unit"),
    e.ProxyTaken: _same(c.TakePapers, "unit", "papers"),
    e.ProxyCarried: _same(c.CarryPapers),
    e.ProxyResultBrought: _same(c.BringResult, "how"),
    e.ResidentHandedOver: _same(c.HandOver, "unit"),
    e.HandOverConfirmed: _same(c.ConfirmHandOver),
    e.MediationOpened: _same(c.OpenMediation, "parties"),
    e.MediationEnded: _same(c.EndMediation, "outcome", terms="terms"),
    e.PetitionReferred: _same(c.Refer, "to", reason="reason"),
    e.ReferralDecided: _same(c.DecideReferral, decision="decision"),
    e.PetitionReminded: _same(c.Remind),
    e.ClockWarned: _same(c.Warn),
    e.ClockBreached: _same(c.Breach),
    e.PetitionSupervised: _same(c.Supervise, "leader"),
    e.LeaderReminded: _same(c.RemindLeader),
    e.ExtensionAsked: _same(c.RequestExtension, "days", "clock", reason="reason"),
    e.ExtensionDecided: _same(c.DecideExtension, "approved", reason="reason"),
    e.PetitionPaused: _paused,
    e.PetitionResumed: _same(c.Resume, answer="answer"),
    e.ParkingAsked: _parking_asked,
    e.ParkingDecided: _same(c.DecideParking, "approved", reason="reason"),
    e.PetitionUnparked: _same(c.Unpark, reason="reason"),
    e.ClocksRecomputed: _same(c.Recompute, "cause"),
    e.PetitionReplied: _same(c.Reply, "outcome", text="text", grounds="grounds"),
    e.FollowUpAsked: _same(c.AskFollowUp),
    e.PetitionConfirmed: _same(c.Confirm, "satisfied"),
    e.PetitionDisputed: _same(c.Dispute, reason="reason"),
    e.ReviewRequested: _same(c.RequestReview, reason="reason"),
    e.ReviewDecided: _same(c.DecideReview, "outcome", text="text", grounds="grounds"),
    e.PetitionWithdrawn: _same(c.Withdraw, reason="reason"),
    e.PetitionClosed: _same(c.Close),
    e.StepsSetAside: _set_aside,
    e.SealedFieldsRead: _same(c.ReadSealedFields, "fields", "event", "event_topic", "resident", reason="reason"),
}
"""The arm for the first event of each step, which determines the command."""
