"""Every scenario that ships is so, in both towns; and each act the offices do stands in one of them."""

from pathlib import Path

import pytest

from aggregates.orders import events as orders
from aggregates.petition import commands as c
from aggregates.petition.events import EVENTS
from office.rules.rulebooks import read_rulebook
from office.rules.scenarios import check_file, scenario_files
from rulebook.model import Rulebook

RULEBOOKS = Path(__file__).parents[2] / "rulebook"
FILES = [file for town in ("baiyang", "linhe") for file in scenario_files(RULEBOOKS / town)]

BY_THEMSELVES = {"classify", "remind", "warn", "breach", "remind-leader", "escalate", "follow-up", "close", "unpark"}
"""Acts the engine does when they are due: scenarios name their events."""
ELSEWHERE = {"recompute": "tests/aggregates/test_acts.py", "set-aside": "tests/workers/test_setting_aside.py"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parts[-3]}-{file.stem}")
def test_what_the_scenarios_say_is_so(file: Path) -> None:
    checked = check_file(file)
    assert [str(each) for outcome in checked.outcomes for each in outcome] == []


def test_there_are_enough_of_them_and_each_has_a_title_of_its_own() -> None:
    for town, least in (("baiyang", 40), ("linhe", 8)):
        titles = [
            each.title.zh for file in scenario_files(RULEBOOKS / town) for each in check_file(file).source.scenarios
        ]
        assert len(titles) >= least
        assert len(titles) == len(set(titles))


def test_every_act_stands_in_a_scenario_of_baiyang() -> None:
    done = {
        act.do
        for file in scenario_files(RULEBOOKS / "baiyang")
        for scenario in check_file(file).source.scenarios
        if scenario.about == "petition"
        for act in (*scenario.given, *scenario.when)
    }
    assert {kind.NAME for kind in c.COMMANDS} - done - BY_THEMSELVES == set(ELSEWHERE)


def test_every_topic_a_scenario_names_is_one() -> None:
    topics = {kind.TOPIC for kind in (*EVENTS, *orders.ORDER_EVENTS)}
    named = set()
    for file in FILES:
        for scenario in check_file(file).source.scenarios:
            named |= {each if isinstance(each, str) else next(iter(each)) for each in scenario.then.events or ()}
            named |= set(scenario.then.happened or {})
    assert named <= topics


def ids_of(book: Rulebook) -> set[str]:
    parts = (book.tiers, book.units, book.staff, book.sections, book.matters)
    clocks = (*(tier.clock for tier in book.tiers), *book.clocks, book.reviews.first, book.reviews.second)
    return {entry.id for part in parts for entry in part} | {clock.rule for clock in clocks} | {book.id}


def test_the_two_towns_share_no_id() -> None:
    baiyang, linhe = (read_rulebook(RULEBOOKS / town) for town in ("baiyang", "linhe"))
    assert ids_of(baiyang) & ids_of(linhe) == set()
    assert len(linhe.tiers) == 4
    assert {tier.clock.counting for tier in linhe.tiers} == {"working"}
    assert [tier.id for tier in linhe.tiers if tier.clock.keep_old_rule] == ["city"]
