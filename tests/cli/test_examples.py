"""Every example of `suqiu petition --help` works as it is printed, on a petition that has come so far."""

import shlex
from itertools import pairwise
from pathlib import Path

import pytest

from aggregates.petition.commands import COMMANDS
from cli.acting import option
from cli.acts import ANOTHER, SQ
from cli.petitions import acts
from cli.words import fields_of_words
from tests.aggregates.office import AFTER
from tests.cli.conftest import Inside

pytestmark = pytest.mark.engine

CLERK = ("--by", "window-1")
WORKS = ("--by", "works-1")
LEADER = ("--by", "leader-1")
URBAN = ("--by", "urban-1")
EXTEND = ("extend", *URBAN, "--days", "3", "--reason", "等配件")
PARK = ("park", *WORKS, "--cause", "season", "--look-again-on", "04-01", "--reason", "冬季")
PAUSE = ("pause", *WORKS, "--what", "请补材料")
PROXY = ("proxy", *CLERK, "--unit", "service-station", "--papers", "身份证")
CARRY = ("carry", *CLERK)
HAND_OVER = ("hand-over", "--by", "legal-liaison-1", "--unit", "legal-aid-centre")
MEDIATE = ("mediate", "--by", "mediation-1", "--parties", "police")
REFER = ("refer", *LEADER, "--to", "joint_meeting", "--reason", "多部门")
REPLY = ("reply", "--by", "repairs-1", "--outcome", "explained", "--text", "说明", "--grounds", "依据")

REPAIRS, WORKS_UNIT, ON_DUTY, LIAISON, MEDIATION = (
    ("community", "team-repairs"),
    ("district", "district-works"),
    ("district", "district-urban-management"),  # no days off: a day more ends later on any day
    ("community", "community-officer"),
    ("community", "team-mediation"),
)
BEFORE: dict[str, tuple[tuple[str, str], tuple[tuple[str, ...], ...]]] = {
    "read": (REPAIRS, ()),
    "accept": (REPAIRS, ()),
    "return": (REPAIRS, ()),
    "transfer": (REPAIRS, ()),
    "reply": (REPAIRS, ()),
    "dispatch": (WORKS_UNIT, (("return", *WORKS, "--reason", "不归我们"),)),
    "follow-up": (REPAIRS, (REPLY,)),
    "confirm": (REPAIRS, (REPLY,)),
    "dispute": (REPAIRS, (REPLY,)),
    "request-review": (REPAIRS, (REPLY,)),
    "decide-review": (REPAIRS, (REPLY, ("request-review", "--reason", "不服"))),
    "decide-extension": (ON_DUTY, (EXTEND,)),
    "resume": (WORKS_UNIT, (PAUSE,)),
    "decide-parking": (WORKS_UNIT, (PARK,)),
    "unpark": (WORKS_UNIT, (PARK, ("decide-parking", *LEADER, "--approve", "--reason", "属实"))),
    "end-assist": (WORKS_UNIT, (("assist", *WORKS, "--unit", "team-repairs", "--reason", "请配合"),)),
    "carry": (REPAIRS, (PROXY,)),
    "bring-result": (REPAIRS, (PROXY, CARRY)),
    "hand-over": (LIAISON, ()),
    "confirm-hand-over": (LIAISON, (HAND_OVER,)),
    "mediate": (MEDIATION, ()),
    "end-mediation": (MEDIATION, (MEDIATE,)),
    "decide-referral": (WORKS_UNIT, (REFER,)),
}
"""At which unit the petition is, and what was done before.

Not named here: with the district's works, what has to have happened (`AFTER`), as its own example says.
"""

NOT_TODAY = {
    "close": ("not-due", "尚未到办理时间"),  # the engine closes it as soon as it is due
    "recompute": ("unchanged", "各项时限均无变化"),  # until a calendar or a rulebook is adopted
    "set-aside": ("nothing-untimely", "没有提前登记的步骤"),  # no clock was wrong here
    "extend": ("moves-nothing", "被节假日吸收"),  # on the eve of some holidays
}
"""Acts whose example may be refused for what the day is, and how that is said."""

EXAMPLES = {name: example for _, name, _, example in acts.COMMANDS}
DECLARED = {act.command.NAME: act for act in acts.ACTS}


def at_the_unit(here: Inside, name: str, tier: str, unit: str) -> str:
    """A petition that has been given to a unit; its receipt."""
    receipt = here.receipt(f"（虚构）请帮忙看看{name}", "--name", "样例甲", "--phone", "13800000001")
    kind = ("--category", "legal" if unit == "community-officer" else "public_service", "--tier", tier)
    if here.until(receipt, "proposed", "dispatched")["status"] == "proposed":
        if name == "triage":
            return receipt
        typed(here, "triage", receipt, *CLERK, *kind)
    else:
        typed(here, "reclassify", receipt, *CLERK, *kind, "--reason", "更正")
    if here.until(receipt, "dispatched")["unit"] != unit:
        typed(here, "transfer", receipt, *LEADER, "--unit", unit, "--reason", "归口")
    return receipt


def examples_before(name: str) -> tuple[tuple[str, ...], ...]:
    """The examples of the acts that have to have happened before this one: name and options."""
    kind = next(each for each in COMMANDS if name == each.NAME)
    return tuple((each.NAME, *shlex.split(DECLARED[each.NAME].example)) for each in AFTER.get(kind, ()))


def with_files_of_words(name: str, folder: Path) -> None:
    """The files an example reads the words from, which stand in its declaration."""
    declared = DECLARED[name]
    said = {option(field): field for field in fields_of_words(declared.command)}
    typed = shlex.split(declared.example)
    for before, each in pairwise(typed):
        if before in said:
            (folder / f"{said[before]}.txt").write_text(f"{each}\n", "utf-8")


def typed(here: Inside, name: str, receipt: str, *options: str) -> None:
    answer = here("petition", name, receipt, *options)
    assert answer.code == 0, (name, options, answer)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_works_as_it_is_printed(
    here: Inside, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tier, unit), before = BEFORE.get(name, (WORKS_UNIT, examples_before(name)))
    receipt = at_the_unit(here, name, tier, unit)
    other = at_the_unit(here, f"{name}的另一件", *WORKS_UNIT) if name in ("merge", "unmerge") else ""
    for act in before:
        typed(here, act[0], receipt, *act[1:])
    if name == "unmerge":
        typed(here, "merge", receipt, *CLERK, "--into", other, "--reason", "同一处")
    if name == "close":
        typed(here, *("reply", receipt, *WORKS, "--outcome", "resolved", "--text", "好了", "--grounds", "现场"))

    with_files_of_words(name, tmp_path)
    monkeypatch.chdir(tmp_path)
    program, *words = shlex.split(EXAMPLES[name].replace(SQ, receipt).replace(ANOTHER, other))
    answer = here(*words)

    assert program == "suqiu"
    if answer.code != 0 and name in NOT_TODAY:
        assert NOT_TODAY[name][1] in answer.err
    else:
        assert answer.code == 0, answer
