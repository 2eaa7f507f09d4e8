"""Which steps of a petition a wrong clock caused, and its state without them; from its record alone."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from aggregates.event import Event, Role
from aggregates.petition import events as e
from aggregates.petition.state import Petition, fold
from aggregates.record import Recorded

STEPS = (e.PetitionReminded, e.PetitionEscalated, e.ClockWarned, e.ClockBreached, e.LeaderReminded)
"""Events of the engine's timed steps, which can be set aside; escalations only after a deadline."""


class Undone(NamedTuple):
    """What setting aside means for a petition, as fields of the command `SetAside`."""

    steps: tuple[int, ...]
    noted: tuple[int, ...]
    standing: e.Standing | None
    acted: str | None
    as_of: int


def undone(petition: str, records: Sequence[Recorded], ahead: Collection[int]) -> Undone:
    """What is to be set aside, given the versions that were recorded ahead of their time.

    From the first step that came too early all later ones go too, as they depend on it: what is due is done again.
    """
    known = named(records)
    ahead = set(ahead) - known
    first = min((each.version for each in records if each.version in ahead and is_step(each.event)), default=None)
    if first is None:
        return Undone((), tuple(sorted(ahead)), None, None, len(records))
    steps = {each.version for each in records if each.version >= first and is_step(each.event)} - known
    since = (each.event for each in records if each.version > first and each.version not in steps)
    acted = next((event.TOPIC for event in since if not event.RESTS_ON_NOTHING), None)
    left = [each.event for each in records if each.version not in steps]
    standing = None if acted else standing_of(fold(petition, left))
    return Undone(tuple(sorted(steps)), tuple(sorted(ahead - steps)), standing, acted, len(records))


def is_step(event: Event) -> bool:
    """Whether it is a timed step by the engine."""
    by_deadline = not isinstance(event, e.PetitionEscalated) or event.cause == "deadline"
    return isinstance(event, STEPS) and by_deadline and event.by.role is Role.ENGINE


def set_aside(records: Sequence[Recorded]) -> frozenset[int]:
    """Versions of steps that were set aside."""
    acts = (each.event for each in records if isinstance(each.event, e.StepsSetAside))
    return frozenset(version for act in acts for version in act.versions)


def named(records: Sequence[Recorded]) -> frozenset[int]:
    """Versions that a recorded act calls untimely, whether they were set aside or only noted."""
    acts = (each.event for each in records if isinstance(each.event, e.StepsSetAside))
    return frozenset(version for act in acts for version in (*act.versions, *act.noted))


def standing_of(state: Petition) -> e.Standing:
    """The fields of a state that such steps change."""
    plain = e.Standing.model_fields.keys() - {"stage", "clocks"}
    clocks = tuple(
        e.ClockStanding(**{name: getattr(each, name) for name in e.ClockStanding.model_fields})
        for each in state.clocks.values()
    )
    return e.Standing(stage=state.stage.value, clocks=clocks, **{name: getattr(state, name) for name in plain})
