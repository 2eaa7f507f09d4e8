"""Towns nobody thought of: petitions that live through whatever acts are drawn; what may not follow is passed over."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

from hypothesis import strategies as st

from aggregates.event import Actor
from aggregates.petition import commands as c
from aggregates.petition.agenda import Step, agenda
from aggregates.petition.decisions import Refused
from aggregates.petition.state import Petition
from aggregates.petition.undoing import is_step, undone
from tests.aggregates.office import known_of
from tests.people import CLERK, GRID, LEADER, OFFICER, RESIDES
from tests.projections.town import MONDAY, UNSURE, PaperTown, Story, sure

WORDS = "有理有据"
Act = Callable[[Story, timedelta], Any]


def _says(kind: type[c.Command], by: Actor, **values: Any) -> Act:
    return lambda story, after: story.does(lambda at: kind(at=at, by=by, **{**known_of(kind, by), **values}), after)


def _engine(story: Story, _after: timedelta, *, times: int = 1) -> None:
    for _ in range(times):
        if agenda(story.state).step is Step.CLASSIFY:
            story.classified(sure())
        elif agenda(story.state).step is not None:
            story.engine()


def _reply(by: Actor, outcome: str) -> Act:
    return _says(c.Reply, by, outcome=outcome, text=WORDS, grounds=WORDS)


def _set_aside(story: Story, after: timedelta) -> None:
    """A leader sets the engine's last step aside, as if a clock had been ahead; nothing where it did none since."""
    records = [record for record in story.town.records() if record.stream == story.petition]
    last = [record.version for record in records if is_step(record.event)][-1:]
    found = undone(story.petition, records, last)
    story.does(
        lambda at: c.SetAside(
            at=at,
            by=LEADER,
            steps=found.steps,
            noted=found.noted,
            standing=found.standing,
            acted=found.acted,
            as_of=found.as_of,
            reason=WORDS,
        ),
        after,
    )


def _overtaken(story: Story, after: timedelta) -> None:
    """The engine goes on until the petition rises, and a leader sets that aside."""
    rises = story.state.escalations + 1
    for _ in range(6):
        if story.state.escalations < rises:
            _engine(story, after)
    _set_aside(story, after)


ACTS: tuple[Act, ...] = (
    _engine,
    _engine,
    partial(_engine, times=4),
    lambda story, _: story.classified(sure("public_service")),
    lambda story, _: story.classified(UNSURE),
    _says(c.Triage, CLERK),
    _says(c.Accept, OFFICER),
    _says(c.Accept, GRID),
    _says(c.Contact, OFFICER),
    _says(c.Return, OFFICER, reason=WORDS),
    _says(c.Transfer, OFFICER, unit="team-repairs", reason=WORDS),
    _says(c.Transfer, OFFICER, unit="team-care", reason=WORDS),
    _says(c.Dispatch, CLERK, unit="window-housing"),
    _says(c.Reclassify, CLERK, tier="district", reason=WORDS),
    _reply(OFFICER, "resolved"),
    _reply(GRID, "resolved"),
    _reply(LEADER, "explained"),
    _reply(OFFICER, "refused"),
    _says(c.AskFollowUp, CLERK),
    _says(c.Confirm, CLERK, satisfied=True),
    _says(c.Confirm, RESIDES, satisfied=False),
    _says(c.Confirm, RESIDES),
    _says(c.Dispute, RESIDES, reason=WORDS),
    _says(c.Withdraw, RESIDES),
    _says(c.Pause, OFFICER, what=WORDS),
    _says(c.Resume, CLERK, answer=WORDS),
    _says(c.RequestParking, OFFICER, cause="money", reason=WORDS, look_again_on=date(2026, 4, 1)),
    _says(c.DecideParking, LEADER, approved=True, reason=WORDS),
    _says(c.Unpark, OFFICER),
    _says(c.Merge, CLERK, into="p-other", reason=WORDS),
    _says(c.Unmerge, CLERK, reason=WORDS),
    _says(c.RequestReview, RESIDES, reason=WORDS),
    _says(c.DecideReview, LEADER, outcome="upheld", text=WORDS, grounds=WORDS),
    _says(c.DecideReview, LEADER, outcome="revoked", text=WORDS, grounds=WORDS),
    _says(c.ReadSealedFields, OFFICER, reason=WORDS),
    _set_aside,
    _overtaken,
)

WAITS = (timedelta(minutes=3), timedelta(hours=4), timedelta(days=1, hours=2), timedelta(days=9))
Life = Sequence[tuple[int, int]]
"""Which act, after which wait; index into `ACTS` and `WAITS`."""

steps = st.tuples(st.integers(0, len(ACTS) - 1), st.integers(0, len(WAITS) - 1))
lives = st.lists(st.lists(steps, max_size=16), min_size=1, max_size=6)


def town_of(lives: Sequence[Life]) -> PaperTown:
    """The town in which petitions lived so; every third is anonymous, every sixth without a telephone too."""
    town = PaperTown()
    for number, life in enumerate(lives):
        petition = f"p-{number}"
        town.states[petition] = Petition(id=petition)
        story = Story(town, petition, MONDAY + timedelta(days=3 * number))
        received = c.Receive(
            at=story.at,
            by=CLERK,
            receipt=f"R-{number}",
            resident=f"resident-{number}",
            channel="online" if number % 2 else "counter",
            community="baiyang",
            section=f"section-{number % 2 + 1}" if number % 5 else None,
            anonymous=number % 3 == 0,
            phone=None if number % 6 == 0 else "13800000001",
            text=WORDS,
        )
        story.does(lambda _, received=received: received, after=timedelta(0))
        _engine(story, WAITS[0], times=2)
        for act, wait in life:
            before, written = story.at, len(town.appends)
            try:
                ACTS[act](story, WAITS[wait])
            except (Refused, AssertionError):
                story.at = before if len(town.appends) == written else story.at
    town.appends.sort(key=lambda append: append.recorded_at)
    return town
