"""petitions.yaml: read, and refused with every mistake named."""

from datetime import date

import pytest

from demo.director import cues
from demo.order_script import read_orders
from demo.script import days_of
from demo.script_reading import ScriptError, read_script
from demo.stage import demo_settings
from office.rules.rulebooks import read_rulebook
from rulebook.model import Rulebook

LAMP = """
petitions:
  - key: lamp
    submitted: "2025-09-26T09:10"
    channel: hotline
    title: 路灯
    text: 路灯坏了
    name: 样例甲子
    phone: "13800000001"
    address: 一片3号楼
    triage: { category: public_service, tier: district, matter: street-light }
    acts:
      - { after: 20m, do: accept }
      - { at: "2025-09-28T10:00", do: confirm }
"""


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rulebook:
    return read_rulebook(demo_settings(tmp_path_factory.mktemp("none")).rulebook)


def refusal(rules: Rulebook, old: str, new: str) -> str:
    assert old in LAMP
    with pytest.raises(ScriptError) as refused:
        read_script(rules, LAMP.replace(old, new))
    return str(refused.value)


def test_the_story_is_forty_eight_petitions_over_a_holiday_and_two_make_up_days(rules: Rulebook) -> None:
    script = read_script(rules)
    first, last = days_of(script, rules)
    assert len(script) == 48
    assert (first.date(), last.date()) == (date(2025, 9, 26), date(2025, 10, 11))
    assert rules.calendar.day(date(2025, 10, 1)).why.startswith("public holiday")
    for day in (date(2025, 9, 28), date(2025, 10, 11)):
        assert rules.calendar.day(day).why.startswith("make-up working day")


def test_cues_come_in_order_with_a_person_looking_a_quarter_of_an_hour_after(rules: Rulebook) -> None:
    found = cues(read_script(rules, LAMP), rules)
    assert [(f"{cue.at:%m-%d %H:%M %z}", cue.act and type(cue.act).__name__) for cue in found] == [
        ("09-26 09:10 +0800", None),
        ("09-26 09:25 +0800", "Triage"),
        ("09-26 09:30 +0800", "Accept"),
        ("09-28 10:00 +0800", "Confirm"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("    title: 路灯\n", "", "petitions.yaml (lamp): petitions[0].title: expected a value; found nothing"),
        ("hotline", "pigeon", "petitions[0].channel: expected one of counter, mailbox, hotline"),
        ("do: accept", "do: acept", "acts[0].do: expected one of accept, reply, return, dispatch, transfer, withdraw"),
        ("after: 20m", "after: soon", "acts[0].after: expected minutes, hours or days, as 20m, 6h, 2d; found 'soon'"),
        ("after: 20m, ", "", "acts[0]: expected either `at` or `after`"),
        ('at: "2025-09-28T10:00"', "at: 2025-09-28", "acts[1].at: expected a date and time in quotes"),
        ('at: "2025-09-28T10:00"', 'at: "2025-09-26T09:15"', "acts[1]: expected a time not before 2025-09-26T09:30"),
        ("do: confirm", "do: confirm, mood: good", "acts[1].mood: expected no field of this name; found 'mood'"),
        ("do: confirm", "do: reply, outcome: resolved, text: 好", "acts[1].grounds: expected a value; found nothing"),
        ("do: confirm", "do: transfer, reason: 转, unit: moon", "acts[1].unit: expected one of"),
        ("street-light }", "star-light }", "petitions[0].triage.matter: expected one of"),
        ("tier: district", "tier: province", "petitions[0].triage.tier: expected one of community, district, beyond"),
        ("key: lamp", "key: Lamp 1", "petitions.yaml (Lamp 1): petitions[0].key: expected"),
        ("petitions:", "petition:", "petitions: expected a value; found nothing"),
    ],
)
def test_a_mistake_is_named_with_petition_place_and_expectation(rules: Rulebook, old: str, new: str, says: str) -> None:
    assert says in refusal(rules, old, new)


def test_the_same_key_twice_is_refused(rules: Rulebook) -> None:
    twice = LAMP + LAMP.replace("petitions:\n", "").lstrip("\n")
    with pytest.raises(ScriptError, match=r"petitions\[1\].key: expected a key of its own; found 'lamp' again"):
        read_script(rules, twice)


ORDER = """
orders:
  - key: bulb
    posted: "2025-10-09T10:20"
    service: small-repairs
    age: 76
    title: 换灯泡
    text: 想请人换个灯泡
    name: 样例甲子
    phone: "13800000001"
    address: 一片3号楼
    acts:
      - { at: "2025-10-10T08:50", do: claim, unit: team-repairs, promise: "2025-10-10T17:30" }
      - { at: "2025-10-11T09:20", do: rate, score: 5 }
"""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("    title: 换灯泡\n", "", "orders[0].title"),
        ("small-repairs", "moon-repairs", "one of small-repairs, home-help"),
        ("team-repairs", "moon-team", "expected one of"),
        (", unit: team-repairs", "", "`unit` and `promise` where it is claimed"),
        ("score: 5", "words: 好", "`score` where it is rated"),
        ("score: 5", "score: 6", "orders[0].acts[1].score"),
        ("2025-10-11T09:20", "2025-10-08T09:20", "acts in the order of time"),
        ("orders:", "order:", "orders.yaml: order"),
    ],
)
def test_a_mistake_in_an_order_is_named(rules: Rulebook, old: str, new: str, says: str) -> None:
    assert len(read_orders(rules, ORDER)) == 1
    assert old in ORDER
    with pytest.raises(ScriptError, match=r"^orders.yaml: ") as refused:
        read_orders(rules, ORDER.replace(old, new))
    assert says in str(refused.value)


@pytest.mark.parametrize("text", ["", "[]", "petitions: []", "petitions: [1]", "petitions: {a", "- a\n b"])
def test_what_is_no_script_is_refused(rules: Rulebook, text: str) -> None:
    with pytest.raises(ScriptError, match=r"^petitions.yaml: "):
        read_script(rules, text)
