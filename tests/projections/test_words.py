"""One word for one thing, wherever it is said."""

import ast
import re
from pathlib import Path
from typing import get_args

import pytest

from aggregates.event import ClockName, Role, Urgent
from aggregates.messages.events import Audience
from aggregates.orders.agenda import Step as OrderStep
from aggregates.orders.state import Stage as OrderStage
from aggregates.petition import events as e
from aggregates.petition.agenda import Step
from aggregates.petition.channels import Channel
from aggregates.petition.commands import ACTS as ACTS_OF_PETITIONS
from aggregates.petition.commands import COMMANDS
from aggregates.petition.events import EVENTS
from aggregates.petition.for_whom import Part
from aggregates.petition.state import Stage
from cli.orders.acts import COMMANDS as ORDER_ACTS
from cli.petitions.acts import COMMANDS as ACTS
from office.rules.rulebooks import STANDARD, read_messages
from rulebook import words
from rulebook.words import BY_FIELD, Words, word_of
from tests.rooms import ROOMS

ROOT = Path(__file__).parents[2]


def values_of(event: type, field: str) -> set[object]:
    """What a field may hold, where that is a few words."""
    found: set[object] = set()
    waiting = [event.model_fields[field].annotation]  # type: ignore[attr-defined]
    while waiting:
        each = waiting.pop()
        inner = get_args(each)
        if inner:
            waiting += inner
        elif isinstance(each, str | int) and not isinstance(each, type):
            found.add(each)
    return found


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (words.STAGES, {each.value for each in Stage} - {Stage.NEW.value}),
        (words.STEPS, {each.value for each in Step}),
        (words.ORDER_STAGES, {each.value for each in OrderStage} - {OrderStage.NEW.value}),
        (words.ORDER_STEPS, {each.value for each in OrderStep}),
        (words.OUTCOMES, values_of(e.PetitionReplied, "outcome")),
        (words.OUTCOMES_OF_MEDIATION, values_of(e.MediationEnded, "outcome")),
        (words.OUTCOMES_OF_REVIEWS, values_of(e.ReviewDecided, "outcome")),
        (words.CHANNELS, {each.value for each in Channel}),
        (words.CLOCKS, set(get_args(ClockName))),
        (words.URGENT, set(get_args(Urgent))),
        (words.ROLES, {each.value for each in Role}),
        (words.AUDIENCES, set(get_args(Audience))),
        (words.PARTS, {each.value for each in Part} | {"resident"}),
    ],
)
def test_each_table_has_a_word_for_each_value_and_for_nothing_else(table: Words, values: set[object]) -> None:
    assert set(table) == values
    assert all(re.search("[一-鿿]", word.zh) and re.match("[A-Za-z]", word.en) for word in table.values())


def test_each_cause_of_an_event_has_a_word() -> None:
    causes = {value for event in EVENTS if "cause" in event.model_fields for value in values_of(event, "cause")}
    assert causes <= set(words.CAUSES)


def test_each_act_is_called_in_its_help_as_in_the_table() -> None:
    for table, acts in ((ACTS_OF_PETITIONS, ACTS), (words.ACTS_ON_ORDERS, ORDER_ACTS)):
        said = {name: (function.__doc__ or "").split(":")[0] for function, name, _, _ in acts}
        assert {name: table[name].zh for name in said} == said
        assert set(table) == set(said)


def test_the_engine_and_people_call_a_command_by_its_name() -> None:
    assert {command.NAME for command in COMMANDS} >= set(ACTS_OF_PETITIONS) - {"set-aside"}


def test_letters_say_otherwise_only_where_they_mean_something_else() -> None:
    said = read_messages(STANDARD).words
    for field, entries in said.items():
        for value, name in entries.items():
            common = word_of(field, value)
            assert common is None or (name.zh, name.en) != (common.zh, common.en), f"words.{field}.{value}: said twice"
    assert {"explained", "refused", "resolved"} & set(said.get("outcome", {})) == set()


def test_what_a_reply_came_to_is_written_out_nowhere_else() -> None:
    """Of the words that were in disagreement once: as a text of its own only the table has them, and the verifier."""
    own = {word.zh for word in words.OUTCOMES.values()} | {"不予办理", "已解释说明"}
    files = [file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py"))]
    found = [
        f"{file.relative_to(ROOT)}:{node.lineno}: {node.value}"
        for file in files
        if file.name != "verify.py" and file != ROOT / "rulebook" / "words.py"
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Constant) and node.value in own
    ]
    assert found == []


def test_the_page_of_words_calls_outcomes_so_too() -> None:
    page = (ROOT / "docs" / "domain-words.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| ([a-z]+) \| ([^|]+?) \|", page, re.MULTILINE))
    assert {value: rows[value] for value in words.OUTCOMES} == {
        value: word.zh for value, word in words.OUTCOMES.items()
    }
    assert rows["merge"] == ACTS_OF_PETITIONS["merge"].zh


def test_fields_that_have_words_are_fields_of_events() -> None:
    from aggregates.orders.events import ORDER_EVENTS

    fields = {field for event in (*EVENTS, *ORDER_EVENTS) for field in event.model_fields}
    assert set(BY_FIELD) - {"urgent"} <= fields
