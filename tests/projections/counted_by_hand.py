"""The scorecard counted another way: slowly, from the raw log, event by event, without states, facts or tables.

A second reading of the same words, to hold `projections/scorecard.py` against.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from aggregates.event import Event, Role
from aggregates.petition import events as e
from aggregates.record import Recorded
from projections.periods import Period

Figures = dict[str | None, Counter[str]]
"""Unit → `received`, `answered`, and `measure kept`, `measure missed`, `measure open`, `measure REASON`."""


@dataclass
class Time:
    """A petition's time with one unit, and all events in it."""

    unit: str | None
    began: datetime
    until: datetime | None
    events: list[Event] = field(default_factory=list)
    went: Event | None = None
    cut: bool = False
    """Steps that count no more began or ended it: it counts for nobody."""


def by_hand(records: Sequence[Recorded], period: Period, as_of: datetime) -> Figures:
    """The figures of every unit."""
    petitions: dict[str, list[Event]] = defaultdict(list)
    for record in records:
        if record.recorded_at <= as_of:
            petitions[record.stream].append(record.event)
    figures: Figures = defaultdict(Counter)
    for events in petitions.values():
        received = events[0]
        assert isinstance(received, e.PetitionReceived)
        nobody_to_ask = received.anonymous and received.phone is None
        clock = next((each for each in received.beside if each.name == "first_contact"), None)
        spoken: datetime | None = None
        for time in times_of(events):
            within = period.starts <= time.began < period.ends
            contact = None
            for event in time.events:
                if clock and spoken is None and not isinstance(event, e.PetitionWithdrawn):
                    if isinstance(event, e.ClockBreached) and event.clock == "first_contact":
                        contact, spoken = "missed", event.at
                    elif isinstance(
                        event, e.ResidentContacted | e.ResidentHandedOver | e.PetitionPaused | e.PetitionReplied
                    ):
                        contact, spoken = "kept", event.at
            if within:
                figures[time.unit].update(judged(time, as_of, nobody_to_ask=nobody_to_ask))
                told = "set_aside" if time.cut else contact
                figures[time.unit].update([f"contact {told}"] if contact else [])
    return figures


def times_of(events: Sequence[Event]) -> list[Time]:  # noqa: PLR0912 - one arm an event
    """A petition's times with units, by its routing events alone."""
    times: list[Time] = []
    has_it = triaged = False
    before: dict[int, Time] = {}
    for version, event in enumerate(events, 1):
        if times:
            before[version] = times[-1]
            times[-1].events.append(event)
        fresh: Time | None = None
        match event:
            case e.PetitionReceived() | e.PetitionReturned():
                fresh = Time(None, event.at, None)
            case e.PetitionReclassified(unit_stays=False) if times[-1].unit is not None:
                fresh = Time(None, event.at, None)
            case e.PetitionTriaged():
                triaged = True
            case e.PetitionDispatched() | e.PetitionTransferred():
                fresh = Time(event.unit, event.at, event.return_by)
            case e.PetitionEscalated() if triaged:
                fresh = Time(event.unit, event.at, event.return_by)
            case e.StepsSetAside(versions=versions):
                risen = [number for number in versions if isinstance(events[number - 1], e.PetitionEscalated)]
                for number in risen:
                    before[number].cut = times[-1].cut = True
                fresh = Time(before[risen[0]].unit, event.at, None) if risen else None
            case e.PetitionReplied() | e.PetitionWithdrawn():
                has_it = False
            case _:
                pass
        same = has_it and bool(times) and fresh is not None and fresh.unit == times[-1].unit is not None
        if fresh and (not same or times[-1].cut):
            if has_it and times:
                times[-1].went = event
            times.append(fresh)
            has_it = True
    return times


def judged(time: Time, as_of: datetime, *, nobody_to_ask: bool) -> Counter[str]:
    """What one time with a unit adds to its figures."""
    if time.cut:
        return Counter(["on_time set_aside"] + ["response set_aside"] * (time.unit is not None))
    told = Counter({"received": 1})
    replies = [event for event in time.events if isinstance(event, e.PetitionReplied)]
    missed = [event for event in time.events if isinstance(event, e.PetitionEscalated) and event.cause == "deadline"]
    if missed:
        told["on_time missed"] += 1
    elif replies:
        told["on_time kept" if replies[0].on_time else "on_time missed"] += 1
    elif time.unit is None and time.went:
        told["on_time kept"] += 1
    else:
        told[f"on_time {_gone(time)[0]}"] += 1
    if time.unit is not None:
        told[f"response {_response(time, as_of, late=bool(missed))}"] += 1
    if replies:
        told["answered"] += 1
        told["resolution kept" if replies[0].outcome == "resolved" else "resolution missed"] += 1
        for measure, answer in _answers(time, nobody_to_ask=nobody_to_ask).items():
            told[f"{measure} {answer}"] += 1
    return told


def _gone(time: Time) -> tuple[str, datetime | None]:
    parked = merged = None
    for event in time.events:
        match event:
            case e.PetitionWithdrawn():
                return "withdrawn", event.at
            case e.PetitionMerged():
                merged = event.at
            case e.PetitionUnmerged():
                merged = None
            case e.ParkingDecided(approved=True):
                parked = event.at
            case e.PetitionUnparked():
                parked = None
            case _:
                pass
    if merged:
        return "merged", merged
    if time.went:
        kinds = {e.PetitionReturned: "returned", e.PetitionTransferred: "transferred"}
        return kinds.get(type(time.went), "moved"), time.went.at
    return ("parked", parked) if parked else ("open", None)


SIGNS = (
    e.PetitionAccepted,
    e.PetitionReturned,
    e.PetitionTransferred,
    e.PetitionReplied,
    e.ResidentContacted,
    e.PetitionPaused,
    e.ParkingAsked,
)


def _response(time: Time, as_of: datetime, *, late: bool) -> str:
    signs = [
        event.at
        for event in time.events
        if isinstance(event, SIGNS) and event.by.role in (Role.CLERK, Role.OFFICER, Role.LEADER)
    ]
    if time.until is None:
        return "no_window"
    if signs:
        return "kept" if signs[0] <= time.until else "missed"
    if late:
        return "missed"
    why, when = _gone(time)
    if when and when <= time.until:
        return why
    return "missed" if when or as_of > time.until else "open"


def _answers(time: Time, *, nobody_to_ask: bool) -> dict[str, str]:
    said = [
        event
        for event in time.events
        if isinstance(event, e.PetitionConfirmed | e.PetitionDisputed | e.ReviewRequested)
    ]
    if said:
        last = said[-1]
        if not isinstance(last, e.PetitionConfirmed):
            return {"satisfaction": "missed", "confirmation": "missed"}
        satisfied = {True: "kept", False: "missed", None: "not_said"}[last.satisfied]
        return {"satisfaction": satisfied, "confirmation": "kept"}
    if any(isinstance(event, e.PetitionWithdrawn) for event in time.events):
        why = "withdrawn"
    elif nobody_to_ask:
        why = "anonymous"
    elif any(isinstance(event, e.PetitionClosed) and event.reason == "unanswered" for event in time.events):
        why = "silent"
    else:
        why = "open"
    return dict.fromkeys(("satisfaction", "confirmation"), why)
