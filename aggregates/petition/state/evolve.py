"""How each event changes the state of a petition. Nothing is decided here."""

from collections.abc import Iterable
from typing import Any, assert_never, cast

from aggregates.event import Event, Role
from aggregates.petition import events as e
from aggregates.petition.events import AnyEvent
from aggregates.petition.state import clocks as k
from aggregates.petition.state.petition import (
    ExtensionRequest,
    ParkingRequest,
    Petition,
    RunningClock,
    Stage,
    review_clock,
)

HANDLING = (
    e.PetitionTriaged,
    e.PetitionReclassified,
    e.PetitionDispatched,
    e.PetitionAccepted,
    e.PetitionReturned,
    e.PetitionTransferred,
    e.ExtensionDecided,
    e.ParkingDecided,
    e.PetitionReplied,
    e.ReviewDecided,
)
"""Whoever did one of these has handled or decided the petition, and may not decide a review of it."""

STAFF = (Role.CLERK, Role.OFFICER, Role.LEADER)


def evolve(state: Petition, event: Event) -> Petition:
    """The state after one more event."""
    changes = _changes(state, cast("AnyEvent", event))
    if isinstance(event, HANDLING) and event.by.role in STAFF:
        changes["handled_by"] = tuple(dict.fromkeys((*state.handled_by, event.by.id)))
    return state.model_copy(update={"version": state.version + 1, "last_at": event.at, **changes})


def fold(petition: str, events: Iterable[Event]) -> Petition:
    """The state of a petition after these events, oldest first."""
    state = Petition(id=petition)
    for event in events:
        state = evolve(state, event)
    return state


def _changes(state: Petition, event: AnyEvent) -> dict[str, Any]:  # noqa: PLR0911, PLR0912, PLR0915 - one arm an event
    match event:
        case e.PetitionReceived():
            return {
                "stage": Stage.RECEIVED,
                "receipt": event.receipt,
                "resident": event.resident,
                "taken_in_by": event.by.id if event.by.role in STAFF else None,
                "channel": event.channel,
                "community": event.community,
                "anonymous": event.anonymous,
                "section": event.section,
                "confidential": event.confidential,
                "confidential_from": 1 if event.confidential else None,
                **_complaint(state, event),
                "urgent": event.urgent,
                "priority": event.priority,
                "received_at": event.at,
                "tier": event.tier,
                "clocks": k.set_clocks({}, (event.clock, *event.beside)),
            }
        case e.PetitionClassified():
            return {
                "stage": Stage.PROPOSED,
                "category": event.category,
                "matter": event.matter,
                "proposed_tier": event.tier,
                "unit": event.unit,
            }
        case e.PetitionTriaged():
            return {"stage": Stage.TRIAGED, **_kind(state, event)}
        case e.PetitionReclassified():
            stays = event.unit_stays
            return {
                "stage": state.stage if stays else Stage.TRIAGED,
                "in_charge": state.in_charge if stays else None,
                **_kind(state, event),
            }
        case e.ResidentContacted():
            return {"clocks": k.stop(state.clocks, event.at, ("first_contact",))}
        case e.ResidentJoined():
            return {"joined": (*state.joined, event.resident)}
        case e.ConfidentialitySet():
            return _confidential(state, event)
        case e.UrgencySet():
            return {"urgent": event.cause, "priority": event.priority}
        case e.PetitionMerged():
            return {
                "stage": Stage.MERGED,
                "merged_from": state.stage,
                "merged_into": event.into,
            }
        case e.PetitionUnmerged():
            return {
                "stage": state.merged_from,
                "merged_from": None,
                "merged_into": None,
            }
        case e.PetitionDispatched() | e.PetitionTransferred():
            return {
                "stage": Stage.DISPATCHED,
                "unit": event.unit,
                "in_charge": event.unit,
                "return_by": event.return_by,
                "assisting": tuple(unit for unit in state.assisting if unit != event.unit),
                "decided_above": "decided" if state.decided_above else None,
                "clocks": k.move(state.clocks, event.moved),
            }
        case e.PetitionAccepted():
            return {"stage": Stage.ACCEPTED, "clocks": k.stop(state.clocks, event.at, ("statutory_accept",))}
        case e.PetitionReturned():
            return {
                "stage": Stage.RETURNED,
                "in_charge": None,
                "returns": event.count,
                "returns_here": state.returns_here + 1,
                "decided_above": "asked" if event.decided_above else None,
            }
        case e.PetitionEscalated():
            return _after_escalation(state, event)
        case e.AssistAsked():
            return {"assisting": (*state.assisting, event.unit)}
        case e.AssistEnded():
            return {"assisting": tuple(unit for unit in state.assisting if unit != event.unit)}
        case e.ProxyTaken():
            return {"papers": event.papers, "papers_for": event.unit, "papers_stage": "taken"}
        case e.ProxyCarried():
            return {"papers_stage": "carried"}
        case e.ProxyResultBrought():
            return {"papers_stage": "done"}
        case e.ResidentHandedOver():
            return {
                "handed_over_to": event.unit,
                "handed_over_by": event.by.id,
                "hand_over_confirmed": False,
                "clocks": k.stop(state.clocks, event.at, ("first_contact",)),
            }
        case e.HandOverConfirmed():
            return {"hand_over_confirmed": True, "clocks": k.stop(state.clocks, event.at, ("hand_over",))}
        case e.MediationOpened():
            return {"mediation": event.parties}
        case e.MediationEnded():
            return {"mediation": ()}
        case e.PetitionReferred():
            return {"referred_to": event.to}
        case e.ReferralDecided():
            return {"referred_to": None}
        case e.PetitionReminded():
            clocks = k.change(state.clocks, "tier", reminders_given=state.reminders_given + 1)
            return {"clocks": clocks, "remind_leader_at": event.next_at}
        case e.ClockWarned():
            given = {"reminders_given": event.number, "repeat_at": event.next_at}
            return {"clocks": k.change(state.clocks, event.clock, **given)}
        case e.ClockBreached():
            missed = {"breached_at": event.at, "repeat_at": event.next_at}
            return {"clocks": k.change(state.clocks, event.clock, **missed)}
        case e.PetitionSupervised():
            return {"supervised_by": event.leader, "supervisor_reminders": 0, "remind_supervisor_at": event.next_at}
        case e.LeaderReminded():
            return {"supervisor_reminders": event.number, "remind_supervisor_at": event.next_at}
        case e.ExtensionAsked():
            return {"extension_asked": ExtensionRequest(clock=event.clock, days=event.days, by=event.by.id)}
        case e.ExtensionDecided():
            clocks = state.clocks
            if event.moved:
                clocks = k.change(k.move(clocks, (event.moved,)), event.clock, extended=True)
            return {"extension_asked": None, "clocks": clocks}
        case e.PetitionPaused():
            waiting = k.stand_still(k.stop(state.clocks, event.at, ("first_contact",)), event.clocks, event.at)
            return {**_waits(state, event, Stage.PAUSED, event.until), "pauses": state.pauses + 1, "clocks": waiting}
        case e.PetitionResumed() | e.PetitionUnparked():
            return {
                "stage": state.before,
                "before": None,
                "waited_from": None,
                "waits_until": None,
                "clocks": k.run_on(k.move(state.clocks, event.moved)),
            }
        case e.ParkingAsked():
            asked = ParkingRequest(cause=event.cause, look_again_at=event.look_again_at, by=event.by.id)
            return {"parking_asked": asked}
        case e.ParkingDecided():
            if not event.approved:
                return {"parking_asked": None}
            return {
                **_waits(state, event, Stage.PARKED, event.look_again_at),
                "parking_asked": None,
                "clocks": k.stand_still(state.clocks, event.clocks, event.at),
            }
        case e.ClocksRecomputed():
            return {"clocks": k.move(state.clocks, event.moved)}
        case e.PetitionReplied():
            return {
                "stage": Stage.REPLIED,
                "outcome": event.outcome,
                "ask_at": event.ask_at,
                "answer_by": None,
                "dispute_by": event.dispute_by,
                "review_by": event.review_by,
                "review_level": 0,
                "final": False,
                "extension_asked": None,
                "parking_asked": None,
                "clocks": k.stop(state.clocks, event.at),
            }
        case e.FollowUpAsked():
            return {"answer_by": event.answer_by}
        case e.PetitionConfirmed():
            return {"stage": Stage.CONFIRMED}
        case e.PetitionDisputed():
            return {"stage": Stage.TRIAGED, "disputes": state.disputes + 1, "ask_at": None, "answer_by": None}
        case e.ReviewRequested():
            return {
                "stage": Stage.UNDER_SECOND_REVIEW if event.level == 2 else Stage.UNDER_REVIEW,
                "review_level": event.level,
                "review_tier": event.tier,
                "review_unit": event.unit,
                "ask_at": None,
                "answer_by": None,
                "clocks": k.set_clocks(state.clocks, (event.clock,)),
            }
        case e.ReviewDecided():
            revoked = event.outcome == "revoked"
            return {
                "stage": Stage.TRIAGED if revoked else Stage.CLOSED,
                "review_level": 0 if revoked else event.level,
                "review_by": event.review_by,
                "dispute_by": None,
                "final": event.final,
                "clocks": k.stop(state.clocks, event.at, (review_clock(event.level),)),
            }
        case e.PetitionWithdrawn():
            return {"stage": Stage.WITHDRAWN, "clocks": k.stop(state.clocks, event.at)}
        case e.PetitionClosed():
            return {"stage": Stage.CLOSED, "clocks": k.stop(state.clocks, event.at)}
        case e.SealedFieldsRead() | e.CodeGiven():
            return {}
        case e.StepsSetAside():
            return {} if event.standing is None else _stands(event.standing)
    assert_never(event)


def _confidential(state: Petition, event: e.ConfidentialitySet) -> dict[str, Any]:
    """What was written while it was confidential stays so when it is lifted."""
    now, since = state.version + 1, state.confidential_from
    if event.confidential:
        return {"confidential": True, "confidential_from": now if since is None else since}
    kept = state.said_in_confidence if since is None else (*state.said_in_confidence, (since, now - 1))
    return {"confidential": False, "confidential_from": None, "said_in_confidence": kept}


def _stands(standing: e.Standing) -> dict[str, Any]:
    """The state without the steps set aside."""
    said = {name: getattr(standing, name) for name in type(standing).model_fields}
    clocks = {each.clock.name: RunningClock.model_validate(each.model_dump()) for each in standing.clocks}
    return {**said, "stage": Stage(standing.stage), "clocks": clocks}


def _kind(state: Petition, event: e.PetitionTriaged | e.PetitionReclassified) -> dict[str, Any]:
    complaint = _complaint(state, event)
    return {
        "category": event.category,
        "matter": event.matter,
        "tier": event.tier,
        "proposed_tier": event.tier,
        **complaint,
        "assisting": tuple(unit for unit in state.assisting if unit not in complaint["complained_about"]),
        "decided_above": "decided" if state.decided_above else None,
        "clocks": k.set_clocks(state.clocks, (event.clock, *event.beside), only=True),
    }


def _complaint(
    state: Petition, event: e.PetitionReceived | e.PetitionTriaged | e.PetitionReclassified
) -> dict[str, tuple[str, ...]]:
    """The units complained about and their people: naming another one adds to those named before."""
    named = (event.complained_about,) if event.complained_about else ()
    return {
        "complained_about": tuple(dict.fromkeys((*state.complained_about, *named))),
        "recused": tuple(dict.fromkeys((*state.recused, *(event.recused or ())))),
    }


def _waits(state: Petition, event: Event, stage: Stage, until: e.Moment) -> dict[str, Any]:
    return {"stage": stage, "before": state.stage, "waited_from": event.at, "waits_until": until}


def _after_escalation(state: Petition, event: e.PetitionEscalated) -> dict[str, Any]:
    handed_back = state.stage is Stage.RETURNED
    below = () if handed_back or state.unit in (None, event.unit, *state.complained_about) else (state.unit,)
    undecided = state.stage in (Stage.RECEIVED, Stage.PROPOSED)
    clocks = dict(state.clocks)
    if event.clock:
        clocks["tier"] = RunningClock(clock=event.clock)
    else:
        clocks["tier"] = RunningClock(clock=state.clocks["tier"].clock)
    return {
        "stage": state.stage if undecided else Stage.DISPATCHED,
        "tier": event.to_tier or event.from_tier,
        "with_leader": event.to_tier is None,
        "unit": event.unit,
        "in_charge": None if undecided else event.unit,
        "assisting": tuple(unit for unit in dict.fromkeys((*state.assisting, *below)) if unit != event.unit),
        "below": _keep_working(state, event),
        "escalations": state.escalations + 1,
        "returns_here": 0,
        "decided_above": None,
        "extension_asked": None,
        "parking_asked": None,
        "clocks": clocks,
        "remind_leader_at": event.next_at,
        "return_by": event.return_by,
    }


def _keep_working(state: Petition, event: e.PetitionEscalated) -> tuple[str, ...]:
    """Units whose deadline passed keep working; one whose answer was disputed or revoked does not."""
    if event.cause in ("dispute", "review"):
        return ()
    late = (state.in_charge,) if event.cause == "deadline" and state.in_charge else ()
    return tuple(unit for unit in dict.fromkeys((*state.below, *late)) if unit != event.unit)
