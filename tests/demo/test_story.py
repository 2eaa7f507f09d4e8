"""The story as it happened on the real engine: read from the log, the ledger and what the command said."""

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path

import psutil
import psycopg
import pytest

from aggregates.event import Role
from aggregates.petition import events as e
from aggregates.petition.agenda import Step, agenda
from demo.order_script import read_orders
from demo.script import days_of
from demo.script_reading import read_script
from office.run_info import read_run
from tests.demo.conftest import STORY_WITHIN_SECONDS, Played, suqiu

pytestmark = [pytest.mark.engine, pytest.mark.timeout(240)]

NOT_IN_THE_STORY = {Step.RESUME, Step.LOOK_AGAIN, Step.WARN, Step.REMIND_LEADER}
"""Two weeks are too short for them; tests/aggregates tells them."""


def test_the_answer_covers_what_the_house_can_do(played: Played) -> None:
    answer, rules = played.answer, played.rules
    assert set(answer["by_category"]) == {category.id for category in rules.categories}
    assert set(answer["by_tier"]) == {tier.id for tier in rules.tiers}
    assert set(answer["escalations_by_step"]) == {"community-district", "district-beyond", "beyond-leader"}
    assert all(answer[figure] >= 1 for figure in ("returns", "transfers", "withdrawn", "disputes", "late", "reminders"))


def test_it_tells_acts_beside_the_straight_way(played: Played) -> None:
    """Brought to a centre that confirms, waiting for the resident, more time granted by another, merged, urgent."""
    told = {type(record.event) for record, _, _ in played.happenings}
    assert told >= {e.HandOverConfirmed, e.PetitionResumed, e.ExtensionDecided, e.PetitionMerged, e.UrgencySet}
    granted = [r.event for r, _, _ in played.happenings if isinstance(r.event, e.ExtensionDecided)]
    assert all(event.moved and event.moved.clock.due_at > event.moved.was_due_at for event in granted)


def test_a_service_order_is_posted_claimed_delivered_and_rated_among_them(played: Played) -> None:
    (order,) = played.chronicle.orders.values()
    (promise,) = order.promises
    assert (order.stage, order.first, order.priority) == ("closed", True, 2)
    assert (promise.unit, promise.outcome, promise.score) == ("partner-clinic", "kept", 5)
    expected = [{"receipt": order.receipt, "status": "closed", "kept": True, "score": 5}]
    assert played.answer["orders"] == expected
    told = played.told.read_text()
    for word in ("○ 点单 ordered", "◑ 接单 claimed", "✓ 完成 delivered", "★ 评价 rated"):
        assert told.count(word) == 1, word
    shown = suqiu("order", "show", order.receipt, "--data", str(played.folder), "--json")
    assert json.loads(shown.stdout)["status"] == "closed"


def test_it_ends_with_a_signed_checkpoint_that_the_log_is_held_against(played: Played) -> None:
    evidence, told = played.answer["evidence"], played.told.read_text()
    assert evidence["checkpoints"] >= 1
    assert evidence["signed_events"] > played.answer["events"], "orders, messages and the rulebook are leaves too"
    assert f"{evidence['signed_events']} events of {evidence['streams']} streams" in told
    assert f"suqiu audit verify --data {played.folder}" in told
    again = suqiu("audit", "verify", "--data", str(played.folder), "--json")
    assert again.returncode == 0
    found = json.loads(again.stdout)
    assert found["ok"]
    assert found["checkpoints"] >= evidence["checkpoints"]
    assert found["signed_by"]


def test_the_answer_adds_up_and_came_in_time(played: Played) -> None:
    answer = played.answer
    assert answer["petitions"] == 48
    assert answer["petitions"] == answer["closed"] + answer["open"] + answer["withdrawn"]
    assert answer["petitions"] == sum(answer["by_category"].values()) == sum(answer["by_tier"].values())
    assert answer["escalations"] == sum(answer["escalations_by_step"].values())
    assert answer["answers"] == answer["on_time"] + answer["late"]
    assert answer["events"] == len(played.happenings)
    assert answer["seconds"] < STORY_WITHIN_SECONDS


def test_other_commands_see_the_same(played: Played) -> None:
    data = ("--data", str(played.folder), "--json")
    ledger = json.loads(suqiu("ledger", *data).stdout)
    assert ledger["total"] == played.answer["petitions"]
    risen = max(played.chronicle.petitions.values(), key=lambda petition: petition.escalations)
    shown = suqiu("petition", "show", risen.receipt, *data)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert risen.receipt in shown.stdout


def test_what_the_engine_did_it_did_at_the_very_instant_it_was_due(played: Played) -> None:
    """Each first event of an engine's command against the agenda before it: the step owed, neither early nor late."""
    commands = set()
    steps: Counter[Step] = Counter()
    for record, before, _ in played.happenings:
        if record.event.by.role is not Role.ENGINE or (record.stream, record.command_id) in commands:
            continue
        commands.add((record.stream, record.command_id))
        step, due_at = agenda(before)
        assert step is not None
        assert record.event.at == due_at == record.recorded_at, (record.event.TOPIC, before.receipt)
        steps[step] += 1
    assert set(steps) == set(Step) - NOT_IN_THE_STORY


def test_deadlines_escalate_once_a_clock_and_at_closing_time(played: Played) -> None:
    missed = [
        (record.stream, record.event.missed_due_at)
        for record, _, _ in played.happenings
        if isinstance(record.event, e.PetitionEscalated) and record.event.cause == "deadline"
    ]
    assert len(missed) == len(set(missed)) > 0
    zone, closes = played.rules.zone, played.rules.office_hours.closes
    for record, before, after in played.happenings:
        if isinstance(record.event, e.PetitionEscalated) and record.event.cause == "deadline":
            assert before.clock is not None
            assert record.event.at == record.event.missed_due_at == before.clock.due_at
            assert record.event.at.astimezone(zone).time() == closes
            assert after.clock is None or after.with_leader or after.clock.due_at > before.clock.due_at


def test_reminders_ring_in_office_hours_of_working_days_and_once_each(played: Played) -> None:
    rules = played.rules
    rung = [(r.stream, r.event.at) for r, _, _ in played.happenings if isinstance(r.event, e.PetitionReminded)]
    assert len(rung) == len(set(rung)) == played.answer["reminders"]
    for _, at in rung:
        local = at.astimezone(rules.zone)
        assert rules.office_hours.opens <= local.time() <= rules.office_hours.closes, local
        assert rules.calendar.is_working(local.date()), local


def test_nothing_open_was_due_before_the_story_ended(played: Played) -> None:
    _, ends = days_of(read_script(played.rules), played.rules)
    for petition in played.chronicle.petitions.values():
        due_at = agenda(petition).due_at
        assert petition.open == (due_at is not None)
        assert due_at is None or ends < due_at < ends + timedelta(days=60)


def test_no_word_of_a_resident_is_in_temporal_or_the_logs(played: Played) -> None:
    """The same scan finds the petitions' ids, which may be there."""
    words = set()
    for entry in read_script(played.rules):
        said = entry.model_dump(include={"title", "text", "name", "phone", "address"}).values()
        words |= {
            *said,
            *(
                str(getattr(act, field, ""))
                for act in entry.acts
                for field in ("text", "grounds", "reason", "what", "answer")
            ),
        }
    for order in read_orders(played.rules):
        words |= set(order.model_dump(include={"title", "text", "name", "phone", "address"}).values())
        words |= {act.words or "" for act in order.acts}
    words -= {""}
    ids = set(played.chronicle.petitions)
    temporal = list((played.folder / "temporal").glob("temporal.db*"))
    assert found(ids, temporal) == ids
    assert found(words, [*temporal, *(played.folder / "logs").iterdir()]) == set()
    assert found(ids, [played.folder / "logs" / "demo.log"]) == ids
    run = read_run(played.folder)
    assert run is not None
    with psycopg.connect(run.database) as connection:
        rows = b"\n".join(bytes(state) for (state,) in connection.execute("SELECT state FROM suqiu.events"))
    wording = played.rules.model_dump_json()  # reasons name terms of the rulebook, and some titles are such a term
    assert {word for word in words if spelled(word, rows) and word not in wording} == set()


def found(words: set[str], files: list[Path]) -> set[str]:
    assert files
    return {word for path in files for content in [path.read_bytes()] for word in words if spelled(word, content)}


def spelled(word: str, content: bytes) -> bool:
    """Whether a word is there, as UTF-8 or as JSON escapes it."""
    return word.encode() in content or json.dumps(word)[1:-1].encode() in content


def test_the_story_was_told_day_by_day_from_the_log(played: Played) -> None:
    told = played.told.read_text()
    assert "\x1b[" not in told
    assert max(len(line) for line in told.splitlines()) <= 100 + len(str(played.folder)) + 40
    for day in ("2025-09-26 星期五", "2025-09-28 星期日", "2025-10-01 星期三", "2025-10-11 星期六"):
        assert day in told
    assert told.count("make-up working day (") == 2
    assert told.count("public holiday (") == 8
    assert told.count("▲ 升级") == played.answer["escalations"]
    assert told.count("· 催办") == played.answer["reminders"]
    assert told.count("● 收到") == played.answer["petitions"]
    for receipt in (petition.receipt for petition in played.chronicle.petitions.values()):
        assert receipt[:7] in told


def test_ctrl_c_ends_it_with_everything_and_the_folder_tells_no_second_story(played: Played) -> None:
    """Last here: the demo is over after it."""
    run = read_run(played.folder)
    assert run is not None
    assert played.end() == 0
    assert read_run(played.folder) is None
    assert not any(psutil.pid_exists(pid) for pid in run.pids.values())
    again = suqiu("demo", "--data", str(played.folder), "--port", "0")
    assert again.returncode == 1
    assert "holds petitions already" in again.stderr
    assert read_run(played.folder) is None
