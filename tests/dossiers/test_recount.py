"""The verifier counts for itself: whatever life a petition had, it comes to the ends and verdicts of the office."""

import ast
import random
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from aggregates.catalogue import CATALOGUE
from aggregates.petition import commands as c
from aggregates.petition.decisions import DECISIONS, decide
from aggregates.petition.events import EVENTS
from aggregates.petition.state import evolve
from aggregates.petition.what_may_follow import TABLE
from aggregates.record import Recorded
from aggregates.replay.dispute import Finding, findings
from evidence.dossiers import verify
from office.rules.rulebooks import read_rulebook
from rulebook.model import Rulebook
from tests.aggregates.office import PETITION, proposal, say
from tests.aggregates.test_what_may_follow import TIMED, made_ready
from tests.replay.disputes import MORE_KINDS, dispute
from tests.replay.lives import Filed, FiledLife, books
from tests.rulebook.books import baiyang


@cache
def linhe() -> Rulebook:
    """The second town: four tiers, working days."""
    return read_rulebook(Path(__file__).parents[2] / "rulebook" / "linhe")


def told(records: Sequence[Recorded]) -> list[verify.Event]:
    """Records as the verifier reads them."""
    return [
        verify.Event(
            each.position,
            each.stream,
            each.version,
            each.event.TOPIC,
            each.recorded_at.astimezone(verify.timezone.utc),
            each.event.model_dump(mode="json"),
            b"",
        )
        for each in records
    ]


def counted(records: Sequence[Recorded], *known: Rulebook) -> verify.Case:
    """The clocks as the verifier counts them."""
    case = verify.Case({book.hash: verify.Book(book.model_dump(mode="json"), book.hash) for book in known})
    for event in told(records):
        case.follow(event)
    return case


def agree(case: verify.Case, records: Sequence[Recorded], found: Sequence[Finding]) -> None:
    """The verifier and the office's own sentences say the same of each promise."""
    now = records[-1].recorded_at
    ours = [(each.promise.name, each.promise.tier, each.promise.clock.due_at, each.end, each.verdict) for each in found]
    ends = [each.end_at(each.last.judged if each.last else now) for each in case.given]
    theirs = [
        (each.name, each.tier, each.due, end, verify.verdict_of(each, end, now))
        for each, end in zip(case.given, ends, strict=True)
    ]
    assert theirs == ours
    for each, promise in zip(case.given, found, strict=True):
        assert [(day.date, day.counted) for day in each.counted.days] == [
            (day.date, day.counted) for day in promise.days
        ]
        assert [extension.days for extension in each.extensions] == [extension.days for extension in promise.extensions]
        assert [wait.why for wait in each.waits] == [wait.why for wait in promise.waits]


class Recounted(FiledLife):
    """Any life, counted again by the verifier at its end."""

    def teardown(self) -> None:
        super().teardown()
        if self.records:
            case = counted(self.records, baiyang())
            assert case.remarks == []
            agree(case, self.records, findings(PETITION, self.records, books(baiyang()), self.records[-1].recorded_at))


def test_the_clocks_of_any_life_are_counted_to_the_same_ends() -> None:
    run_state_machine_as_test(
        Recounted,
        settings=settings(
            max_examples=150, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def entered_late(records: Sequence[Recorded], dice: random.Random) -> list[Recorded]:
    """The same acts in the same order, some of which were entered minutes, hours or days after they were done."""
    noted, late = records[0].recorded_at, list(records[:1])
    for each in records[1:]:
        delay = timedelta(minutes=dice.choice((0, 0, 40, 90, 300, 1_500, 3_000)))
        noted = max(noted, each.recorded_at + (timedelta() if each.event.by.role == "engine" else delay))
        late.append(each._replace(recorded_at=noted))
    return late


def test_what_was_entered_late_is_judged_alike() -> None:
    """Pauses, parkings, answers and merges dated back: the office's own sentences and the verifier agree."""
    seen: Counter[str] = Counter()
    for number in range(400):
        dice = random.Random(number)  # noqa: S311 - a generator of tests
        case, _, kind, known = dispute(number, ("paused", "parked", "merged after", "corrected after"))
        late = entered_late(case.records, dice)
        try:
            theirs = counted(late, *known)
        except verify.Wrong:  # what no rulebook allows so late, as an extension after the end
            seen["refused"] += 1
            continue
        found = findings(PETITION, late, books(*known), late[-1].recorded_at)
        agree(theirs, late, found)
        for each in found:
            seen[f"{kind}: {each.verdict}"] += 1
            seen["dated back"] += each.end < each.promise.clock.due_at
            seen["over before it was moved"] += each.promise.over is not None
    assert seen["dated back"] > 20
    assert {"paused: kept", "paused: missed", "parked: missed", "merged after: missed"} <= set(seen)


@pytest.mark.parametrize("number", range(3 * len(MORE_KINDS)))
def test_changed_rules_and_calendars_are_counted_to_the_same_ends(number: int) -> None:
    case, _, _, known = dispute(number, MORE_KINDS)
    found = findings(PETITION, case.records, books(*known), case.records[-1].recorded_at)
    agree(counted(case.records, *known), case.records, found)


@pytest.mark.parametrize("tier", ["village", "township", "county", "city"])
@pytest.mark.parametrize("category", ["public_service", "stability"])
@pytest.mark.parametrize("received", ["2025-04-30 08:00", "2025-09-30 16:50", "2026-02-13 12:00", "2026-12-29 15:00"])
def test_another_town_with_four_tiers_and_working_days(tier: str, category: str, received: str) -> None:
    book = linhe()
    case = Filed(book, proposal(category, tier)).receive(received, channel="online", community="linhe")
    case.until(case.now + timedelta(days=40))
    found = findings(PETITION, case.records, books(book), case.now)
    told = counted(case.records, book)
    assert told.remarks == []
    agree(told, case.records, found)
    assert len(case.records) > 10


def test_every_event_of_a_petition_is_known_to_the_verifier() -> None:
    for kind in EVENTS:
        name = kind.TOPIC.partition(".")[2]
        known = hasattr(verify.Case, f"on_{name}") or name in verify.NO_CLOCK | verify.TELLS_OF_A_CLOCK
        assert known, kind.TOPIC
        assert verify.SHAPES.get(kind.TOPIC, 1) == kind.VERSION, f"{kind.TOPIC}: verify.py knows another shape"
    topics = {kind.TOPIC for kind in CATALOGUE}
    assert set(verify.DONE) <= topics
    assert {f"petition.{name}" for name in verify.NO_CLOCK | verify.TELLS_OF_A_CLOCK} <= topics


@pytest.mark.parametrize(
    "kind",
    [kind for kind, decision in DECISIONS.items() if decision.event.TOPIC.partition(".")[2] in verify.NO_CLOCK],
    ids=lambda kind: kind.NAME,
)
def test_what_the_verifier_takes_for_no_change_of_a_clock_is_none(kind: type[c.Command]) -> None:
    for stage in TABLE[kind].stages:
        case = made_ready(stage, kind)
        if kind in TIMED:
            case.until_owed(TIMED[kind])
        before = case.state.clocks
        first = evolve(case.state, decide(case.state, say(kind, case.now, case.usual(kind)), case.rules)[0])
        assert first.clocks == before


def test_the_verifier_is_one_file_of_an_older_python_with_one_package_beside_it() -> None:
    tree = ast.parse(Path(verify.__file__).read_text("utf-8"), feature_version=(3, 9))
    imported = {
        (each.module if isinstance(each, ast.ImportFrom) else each.names[0].name) or ""
        for each in ast.walk(tree)
        if isinstance(each, (ast.Import, ast.ImportFrom))
    }
    roots = {name.partition(".")[0] for name in imported}
    assert roots - sys.stdlib_module_names == {"cryptography"}
