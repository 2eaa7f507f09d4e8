"""What a wrong clock did before anything refused it is found, and put right by a leader on record."""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import psycopg
import pytest

from aggregates.event import Actor
from aggregates.office.events import RECONCILER, TIMES, TimesNoted, TimesOf, WorkflowsReconciled
from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.petition.agenda import Step, agenda
from aggregates.petition.decisions import command_for
from aggregates.petition.state import Petition, Stage, fold
from aggregates.petition.undoing import standing_of
from aggregates.replay.promises import promises
from cli.main import run
from eventstore.log import Append
from eventstore.sealing import MasterKey
from evidence.dossiers.verify import Wrong
from evidence.untimely_events import Untimely, ahead_now
from office.composition import Office, office
from office.intake import Offered, submission
from office.rules.adoption import adopt_file
from office.settings import read_settings
from projections import read_models
from projections.lives import fold_lives
from projections.periods import Period
from projections.scorecard import explained, scorecards
from projections.workload import unit_loads
from tests.dossiers.test_recount import counted
from tests.eventstore.office_examples import OFFICE_EXAMPLES
from tests.people import CLERK, somebody_of
from workers.reading.projection_runner import ProjectionRunner
from workers.reading.relay import to_wake

MASTER = b"\x07" * 32
AHEAD = timedelta(days=20)
"""Longer than any holiday: some deadline has always passed."""
Typed = Callable[..., tuple[int, str]]


@contextmanager
def opened(database: str, ahead: timedelta = timedelta()) -> Iterator[Office]:
    """An office, or one that goes by a clock so far ahead, as one of an earlier version did."""

    def now(_: datetime | None = None) -> datetime:
        return datetime.now(UTC) + ahead

    told = {"now": now} if ahead else {}
    with office(read_settings(database_url=database), master=MasterKey(MASTER), pool_size=3, **told) as ours:
        yield ours
    if ahead:  # it said of nothing that it told a story
        with psycopg.connect(database) as connection:
            assert connection.execute("DELETE FROM suqiu.stories").rowcount


@pytest.fixture
def typed(database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Type a command on that store; answers its exit code and what it wrote."""
    for name in [name for name in os.environ if name.startswith("SUQIU_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SUQIU_DATABASE_URL", database)
    monkeypatch.setenv("SUQIU_MASTER_KEY", "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=")

    def type_in(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        code = run(list(words))
        answer = capsys.readouterr()
        return code, answer.out + answer.err

    return type_in


def dispatched(ours: Office) -> tuple[str, str]:
    """A petition that a unit of the lowest tier has: its receipt and id."""
    adopt_file(ours.event_log, ours.rules_in_force.file, ours.now())
    assert ours.intake is not None
    row = next(iter(ours.intake.take_in([Offered(1, submission({"text": "楼道的灯坏了"}), None)], Actor.resident())))
    petition = row.petition or ""
    proposal = ours.classifier.classify("", "楼道的灯坏了")
    ours.handler.execute(petition, c.Classify(at=ours.now(), by=Actor.engine(), proposal=proposal), "classify")
    if ours.handler.load(petition).stage is Stage.PROPOSED:
        triage = c.Triage(at=ours.now(), by=CLERK, category="administrative", tier="community")
        ours.handler.execute(petition, triage, "triage")
    ours.handler.execute(petition, c.Dispatch(at=ours.now(), by=Actor.engine()), "dispatch")
    return row.receipt or "", petition


def engine(ours: Office, petition: str) -> None:
    """Everything that is due by this office's clock is done, as a worker would."""
    for number in range(50):
        state = ours.handler.load(petition)
        step, due = agenda(state)
        if step is None or due is None or due > ours.now():
            return
        assert step is not Step.CLASSIFY
        ours.handler.execute(petition, command_for(step, state, ours.now()), f"engine:{step}:{state.version}:{number}")
    raise AssertionError("the engine comes to no end")


def kinds(ours: Office, petition: str) -> list[type]:
    return [type(record.event) for record in ours.event_log.read(petition)]


class Story(NamedTuple):
    """A petition that a wrong clock reminded of, escalated and called late, and a leader put right."""

    receipt: str
    petition: str
    honest: Petition
    steps: int


@pytest.fixture
def story(database: str, typed: Typed) -> Story:
    """Reminded and escalated at once by an engine days ahead; then somebody calls the resident, and a leader acts."""
    with opened(database) as ours:
        receipt, petition = dispatched(ours)
        honest = ours.handler.load(petition)
    with opened(database, AHEAD) as wrong:
        engine(wrong, petition)
    with opened(database) as ours:
        early = ours.handler.load(petition)
        assert e.PetitionEscalated in kinds(ours, petition)
        assert (early.tier, early.unit) != (honest.tier, honest.unit)
        ours.handler.execute(petition, c.Contact(at=ours.now(), by=CLERK, how="call"), "contact")
    steps = early.version - honest.version
    code, said = typed("audit", "verify")
    assert code == 1
    assert f"the times of {steps} events cannot be true" in said
    assert petition in said
    assert "petition.escalated" in said
    code, said = typed(*set_aside(receipt), "--command-id", "once")
    assert code == 0, said
    return Story(receipt, petition, honest, steps)


def set_aside(receipt: str) -> tuple[str, ...]:
    """The act as a leader types it."""
    return ("petition", "set-aside", receipt, "--by", "leader-1", "--reason", "机器时钟快了")


def test_it_stands_where_an_honest_clock_would_have_it_with_what_was_done_since(database: str, story: Story) -> None:
    with opened(database) as ours:
        records = ours.event_log.read(story.petition)
        act = records[-1].event
        assert isinstance(act, e.StepsSetAside)
        assert len(act.versions) == story.steps
        state, honest = ours.handler.load(story.petition), story.honest
        without = fold(story.petition, [each.event for each in records if each.version not in act.versions])
        assert standing_of(state) == standing_of(without)
        assert agenda(state) == agenda(without), "the same is owed at the same time"
        assert (state.tier, state.unit, state.stage) == (honest.tier, honest.unit, honest.stage)
        assert state.due_at == honest.due_at
        assert state.clocks["first_contact"].stopped_at is not None, "the call counts"
        assert [step for step in promises(story.petition, records) if step.ended == "breached"] == []
        assert story.petition in to_wake(records[-1:]), "its workflow hears of it, and waits for the right time"


def test_who_counts_it_again_without_this_program_comes_to_the_same(database: str, story: Story) -> None:
    with opened(database) as ours:
        records, book = ours.event_log.read(story.petition), ours.rules
    recounted = counted(records, book)
    assert [(each.name, each.tier, each.due, each.ended) for each in recounted.given] == [
        (each.name, each.tier, each.clock.due_at, each.ended) for each in promises(story.petition, records)
    ]
    assert any("were set aside: a clock was wrong" in remark.en for remark in recounted.remarks)
    steps = next(each.event.versions for each in records if isinstance(each.event, e.StepsSetAside))
    act = e.StepsSetAside.model_validate({**dict(records[-1].event), "versions": (2, *steps)})
    with pytest.raises(Wrong, match="no step of the engine"):
        counted([*records[:-1], records[-1]._replace(event=act)], book)


def test_it_is_done_once_and_then_nothing_differs_and_no_time_is_in_question(typed: Typed, story: Story) -> None:
    assert typed(*set_aside(story.receipt), "--command-id", "once")[0] == 0, "the same again is answered"
    code, said = typed(*set_aside(story.receipt))
    assert code == 1
    assert "nothing of this petition was recorded ahead" in said
    code, said = typed("replay", story.receipt)
    assert code == 0, said
    assert "set aside and not decided again" in said
    report = json.loads(typed("replay", "--all", "--json")[1].splitlines()[0])
    assert (report["differ"], report["set_aside"]) == (0, 1)
    code, said = typed("audit", "verify")
    assert code == 0, said
    assert f"{story.steps} events were recorded ahead by a wrong clock; an act on record names each" in said


def test_the_stay_that_was_cut_short_counts_for_nobody(database: str, typed: Typed, story: Story) -> None:
    with opened(database) as ours:
        models = ProjectionRunner(ours.event_log, read_models())
        models.start()
        try:
            reached(models, ours)
        finally:
            models.stop()
    code, said = typed("petition", "show", story.receipt)
    assert code == 0
    assert "count no more" in said
    later = datetime.now(UTC) + AHEAD * 2
    period = Period("all", later - AHEAD * 4, later)
    with psycopg.connect(database) as connection:
        found = explained(connection, period, later, story.honest.unit)
        cards = {each.unit: (each.received, each.answered) for each in scorecards(connection, period, later)}
        loads = {each.unit: (each.came, each.open) for each in unit_loads(connection, period, later)}
    first = min(each.stay for each in found)
    assert {each.reason for each in found if each.stay == first} == {"set_aside"}
    assert {each.stay for each in found} > {first}, "the unit has it again"
    missed = [each.measure for each in found if each.finding == "missed"]
    assert missed == [], "the window of before the steps is over; nobody is charged with it"
    assert {unit: received for unit, (received, _) in cards.items() if received} == {None: 1, story.honest.unit: 1}
    assert loads == {None: (1, 0), story.honest.unit: (1, 1)}, "to the unit it rose to it never came"


def test_no_report_counts_that_it_rose_or_came_to_another_unit(database: str, story: Story) -> None:
    with opened(database) as ours:
        records = ours.event_log.page(0, 10_000)
    lives, _ = fold_lives(records[:-1])
    assert lives[story.petition].risen
    assert {each.unit for each in lives[story.petition].posted} > {story.honest.unit}
    lives, _ = fold_lives(records)
    assert lives[story.petition].risen == []
    assert {each.unit for each in lives[story.petition].posted} == {story.honest.unit}


def reached(models: ProjectionRunner, ours: Office) -> None:
    """Wait until every read model is at the head."""
    for _ in range(600):
        if all(row.position >= ours.event_log.head() for row in models.status()):
            return
        time.sleep(0.05)
    raise AssertionError("the read models do not come to the head")


def test_where_somebody_has_acted_on_it_the_steps_stand_and_their_times_are_noted(database: str, typed: Typed) -> None:
    with opened(database) as ours:
        receipt, petition = dispatched(ours)
    with opened(database, AHEAD) as wrong:
        engine(wrong, petition)
        risen = wrong.handler.load(petition)
        accept = c.Accept(at=wrong.now(), by=somebody_of(risen.unit, wrong.rules))
        wrong.handler.execute(petition, accept, "accept")
    act = set_aside(receipt)
    code, said = typed(*act)
    assert code == 1
    assert "petition.accepted rests on the steps that came too early" in said
    code, said = typed(*act, "--note-only")
    assert code == 0, said
    with opened(database) as ours:
        state = ours.handler.load(petition)
        assert (state.stage, state.tier, state.unit) == (Stage.ACCEPTED, risen.tier, risen.unit)
    assert typed("audit", "verify")[0] == 0
    assert typed("replay", receipt)[0] == 0


def test_nobody_but_a_leader_sets_aside_and_an_honest_petition_has_nothing(database: str, typed: Typed) -> None:
    with opened(database) as ours:
        receipt, petition = dispatched(ours)
        assert isinstance(ours.handler.load(petition), Petition)
    code, said = typed("petition", "set-aside", receipt, "--by", "leader-1", "--reason", "机器时钟快了两天")
    assert (code, "was put right" in said) == (1, True)
    code, said = typed("petition", "set-aside", receipt, "--by", "window-1", "--reason", "机器时钟快了两天")
    assert code in (1, 2)
    assert "not for the role clerk" in said


NOTE = ("audit", "note-times", "--by", "leader-1", "--reason", "clock_set_wrong")


def test_what_stands_outside_of_petitions_is_noted_by_one_act_and_petitions_are_not(
    database: str, typed: Typed
) -> None:
    """Given a report, an order and a petition of a wrong clock, then one act notes the former, and the latter stays."""
    example = next(each for each in OFFICE_EXAMPLES if isinstance(each, WorkflowsReconciled))
    with opened(database) as ours:
        receipt, petition = dispatched(ours)
    with opened(database, AHEAD) as wrong:
        for stream in (RECONCILER, "m-1", "o-1"):
            acts = [Append(stream, version, (example,), f"{stream}:{version}", wrong.now()) for version in range(2)]
            assert [wrong.event_log.append([each]) for each in acts] == [[True], [True]]
        wrong.handler.execute(petition, c.Contact(at=wrong.now(), by=CLERK, how="call"), "contact")
    code, said = typed("audit", "verify")
    assert (code, "the times of 7 events cannot be true" in said) == (1, True), said
    assert "suqiu petition set-aside" in said
    assert "suqiu audit note-times" in said

    code, said = typed(*NOTE[:3], "window-1", *NOTE[4:])
    assert (code, "a leader" in said) == (2, True)
    code, said = typed(*NOTE, "--json")
    assert code == 0, said
    assert json.loads(said.splitlines()[0]) == {"events": 6, "streams": 3, "behind": 0, "checkpoints": 0}
    code, said = typed(*NOTE)
    assert (code, "nothing outside of petitions" in said) == (1, True), "noted once"

    code, said = typed("audit", "verify")
    assert (code, "the times of 1 events cannot be true" in said) == (1, True), "a petition is put right by its own act"
    assert "note-times" not in said
    code, said = typed(*set_aside(receipt), "--note-only")
    assert code == 0, said
    code, said = typed("audit", "verify")
    assert code == 0, said
    assert "7 events were recorded ahead by a wrong clock; an act on record names each" in said
    found = json.loads(typed("audit", "verify", "--json")[1].splitlines()[0])
    assert (found["ok"], found["untimely"]["put_right"]) == (True, 7)
    with opened(database) as ours:
        (record,) = ours.event_log.read(TIMES)
        assert isinstance(record.event, TimesNoted)
        assert {(each.stream, each.versions) for each in record.event.streams} == {
            (stream, (1, 2)) for stream in (RECONCILER, "m-1", "o-1")
        }
        assert ahead_now_left(ours) == []


def ahead_now_left(ours: Office) -> list[Untimely]:
    """What the doctor's check of times still finds."""
    with ours.event_log.datastore.get_connection() as connection:
        return [each for each in ahead_now(connection) if not each.put_right]


def test_very_many_streams_are_noted_by_several_events(
    database: str, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evidence.noting_times.STREAMS_NOTED", 2)
    example = next(each for each in OFFICE_EXAMPLES if isinstance(each, WorkflowsReconciled))
    with opened(database) as ours:
        dispatched(ours)
    with opened(database, AHEAD) as wrong:
        for number in range(5):
            wrong.event_log.append([Append(f"m-{number}", 0, (example,), f"m-{number}", wrong.now())])
    assert typed(*NOTE)[0] == 0
    with opened(database) as ours:
        acts = [record.event for record in ours.event_log.read(TIMES)]
    assert [len(act.streams) for act in acts if isinstance(act, TimesNoted)] == [2, 2, 1]
    assert typed("audit", "verify")[0] == 0


def test_an_act_of_the_office_puts_no_petition_right(database: str, typed: Typed) -> None:
    """Whoever wrote one by another program: a petition's steps need its own act."""
    with opened(database) as ours:
        _, petition = dispatched(ours)
    with opened(database, AHEAD) as wrong:
        wrong.handler.execute(petition, c.Contact(at=wrong.now(), by=CLERK, how="call"), "contact")
        version = wrong.handler.load(petition).version
    with opened(database) as ours:
        act = next(each for each in OFFICE_EXAMPLES if isinstance(each, TimesNoted))
        act = act.model_copy(update={"streams": (TimesOf(stream=petition, versions=(version,)),)})
        assert ours.event_log.append([Append(TIMES, 0, (act,), "x", ours.now())]) == [True]
    assert typed("audit", "verify")[0] == 1
