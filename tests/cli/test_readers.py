"""Every way to read, as the unit complained about, as who gives no name, and as who may know: in the shell."""

import re
import shlex
import time
from dataclasses import replace

import pytest

from aggregates.event import Actor
from aggregates.petition.commands import Contact
from cli.acting import act
from cli.acts import Act
from cli.options import Common
from cli.orders import acts as order_acts
from cli.petitions import acts as petition_acts
from cli.petitions.acting import PETITIONS
from office.composition import Office
from office.reading import NotOnRecord
from tests.cli.conftest import Answered, Inside
from tests.towns import FROZEN

NOBODYS = "SQ-0000-0000-0000-00000"
"""A receipt that can be one and that nobody was given."""
THEIRS = ("works-1", "样城建一")
MAY_KNOW = "leader-1"

ONE = (
    ("petition", "show"),
    ("petition", "show", "--days"),
    ("petition", "may"),
    ("audit", "deadline"),
    ("replay",),
)
LISTS = (
    ("ledger", "--limit", "1000"),
    ("ledger", "--open", "--limit", "1000"),
    ("outbox", "--limit", "1000"),
    ("recurring", "--limit", "1000"),
    ("ping-pong", "--petitions", "--limit", "1000"),
    ("order", "list", "--limit", "1000"),
    ("order", "lists"),
    ("scorecard", "--explain", "desk", "--limit", "1000"),
)


@pytest.fixture(scope="module")
def complaint(here: Inside) -> str:
    """A petition that complains about the district's works, known to the read models."""
    receipt = here.receipt("反映城建环卫办工作人员推诿", "--complained-about", "district-works", "--confidential",
                           "--phone", "13800000077")  # fmt: skip
    deadline = time.monotonic() + 60
    while receipt not in here("ledger", "--by", MAY_KNOW, "--limit", "1000", "--json").out:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return receipt


@pytest.fixture(scope="module")
def ordered(here: Inside, complaint: str) -> str:
    """A service order raised from it."""
    posted = here(
        "order", "post", "想请人修一下", "--kind", "need", "--petition", complaint, "--by", "window-1", "--json"
    )
    assert posted.code == 0, posted
    order = str(posted.row["receipt"])
    deadline = time.monotonic() + 60
    while order not in here("order", "lists", "--by", MAY_KNOW, "--json").out:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return order


def named(reader: str | None) -> tuple[str, ...]:
    return () if reader is None else ("--by", reader)


def words(answer: Answered, receipt: str) -> tuple[int, str, str]:
    """What was answered, but for the receipt that was typed."""
    return answer.code, answer.out.replace(receipt, "…"), answer.err.replace(receipt, "…")


@pytest.mark.parametrize("reader", [None, *THEIRS])
@pytest.mark.parametrize("command", ONE, ids=" ".join)
def test_a_petition_is_unknown_in_the_words_for_what_does_not_exist(
    here: Inside, complaint: str, command: tuple[str, ...], reader: str | None
) -> None:
    answer = here(*command, complaint, *named(reader))
    assert answer.code != 0
    assert words(answer, complaint) == words(here(*command, NOBODYS, *named(reader)), NOBODYS)
    assert here(*command, complaint, "--by", MAY_KNOW).code == 0


def typed_by(reader: str, act: Act) -> tuple[str, ...]:
    """An act as its help types it, by somebody else."""
    typed = shlex.split(act.example)
    while "--by" in typed:
        place = typed.index("--by")
        del typed[place : place + 2]
    return (*typed, "--by", reader)


@pytest.mark.parametrize("reader", THEIRS)
@pytest.mark.parametrize("act", petition_acts.ACTS, ids=lambda act: act.command.NAME)
def test_an_act_of_theirs_is_answered_so_too(here: Inside, complaint: str, act: Act, reader: str) -> None:
    command, typed = ("petition", act.command.NAME), typed_by(reader, act)
    answer = here(*command, complaint, *typed)
    assert "no petition with" in answer.err, answer
    assert words(answer, complaint) == words(here(*command, NOBODYS, *typed), NOBODYS)


def test_named_between_the_door_and_the_decision_they_are_told_nothing_more(
    here: Inside, complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def let_in_once(ours: Office, receipt: str, who: Actor) -> str:
        asked.append(receipt)
        return PETITIONS.stream_of(ours, receipt, Actor.resident() if len(asked) == 1 else who)

    monkeypatch.setenv("SUQIU_RULEBOOK", str(FROZEN))
    late = replace(PETITIONS, stream_of=let_in_once)
    with pytest.raises(NotOnRecord, match="no petition with"):
        act(late, Contact, complaint, {}, Common(data=here.data), by="works-1")
    assert len(asked) == 2


@pytest.mark.parametrize("act", order_acts.ACTS, ids=lambda act: act.command.NAME)
def test_an_act_of_theirs_on_an_order_is_answered_so_too(here: Inside, ordered: str, act: Act) -> None:
    command, typed = ("order", act.command.NAME), typed_by("works-1", act)
    answer = here(*command, ordered, *typed)
    assert "no service order with" in answer.err, answer
    assert words(answer, ordered) == words(here(*command, NOBODYS, *typed), NOBODYS)


@pytest.mark.parametrize("reader", [None, *THEIRS])
@pytest.mark.parametrize("command", LISTS, ids=" ".join)
def test_no_list_has_it_nor_counts_it(
    here: Inside, complaint: str, ordered: str, command: tuple[str, ...], reader: str | None
) -> None:
    told = here(*command, *named(reader), "--json")
    assert told.code == 0, told
    assert complaint not in told.out
    assert ordered not in told.out
    rows = told.row.get("rows", told.row.get("needs", []))
    assert told.row.get("total", len(rows)) == len(rows), "what is left out is not counted"


def test_who_may_know_has_it_in_the_lists(here: Inside, complaint: str, ordered: str) -> None:
    assert complaint in here("ledger", "--by", MAY_KNOW, "--limit", "1000", "--json").out
    assert ordered in here("order", "list", "--by", MAY_KNOW, "--limit", "1000", "--json").out
    other = here("ledger", "--by", "care-1", "--limit", "1000", "--json").out
    assert complaint in other, "it stands in the lists of everybody else"


@pytest.mark.parametrize("reader", [None, *THEIRS])
def test_an_order_raised_from_it_is_as_unknown(here: Inside, ordered: str, reader: str | None) -> None:
    command = ("order", "show")
    answer = here(*command, ordered, *named(reader))
    assert answer.code != 0
    assert words(answer, ordered) == words(here(*command, NOBODYS, *named(reader)), NOBODYS)
    assert here(*command, ordered, "--by", MAY_KNOW).code == 0


def test_nobody_of_theirs_raises_an_order_from_it(here: Inside, complaint: str) -> None:
    typed = ("order", "post", "x", "--kind", "need", "--by", "works-1", "--petition")
    assert words(here(*typed, complaint), complaint) == words(here(*typed, NOBODYS), NOBODYS)


def test_whom_it_complains_about_is_masked_for_who_has_no_part_in_it(here: Inside, complaint: str) -> None:
    masked = here("petition", "show", complaint, "--by", "care-1", "--json").row
    assert masked["complained_about"] is None
    assert "城建" not in here("petition", "show", complaint, "--by", "care-1").out
    shown = here("petition", "show", complaint, "--by", MAY_KNOW, "--json").row
    assert shown["complained_about"] == ["district-works"]


def test_a_report_that_names_it_names_it_not_to_them(here: Inside, complaint: str) -> None:
    shown = here("petition", "show", complaint, "--by", MAY_KNOW, "--json").row
    made = here("report", "make", "digest", "--period", shown["received_at"][:10], "--by", MAY_KNOW, "--json").row
    for reader in (None, *THEIRS):
        for options in ((), ("--json",)):
            told = here("report", "show", made["report"], *named(reader), *options)
            assert told.code == 0, told
            assert complaint not in told.out
            assert shown["petition"] not in told.out


def test_a_letter_about_it_and_a_merge_into_it_are_unknown_to_them(here: Inside, complaint: str) -> None:
    deadline = time.monotonic() + 60
    while not (rows := here("outbox", "--receipt", complaint, "--by", MAY_KNOW, "--json").row["rows"]):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    message, nobodys = rows[0]["message"], rows[0]["message"].replace("m-", "m-0", 1)
    typed = ("outbox", "--by", "works-1", "--reason", "想看", "--read")
    assert words(here(*typed, message), message) == words(here(*typed, nobodys), nobodys)
    other = here.receipt("反映窗口排队太久", "--complained-about", "window")
    merge = ("petition", "merge", here.receipt("窗口的事"), "--by", "window-1", "--reason", "同一件", "--into")
    assert words(here(*merge, other), other) == words(here(*merge, NOBODYS), NOBODYS)


def test_an_internal_id_is_read_with_a_name_and_opens_nothing_without(here: Inside) -> None:
    receipt = here.receipt("三号楼门前积水")
    id_ = here("petition", "show", receipt, "--json").row["petition"]
    assert re.fullmatch(r"p-[0-9a-f]{32}", id_)
    assert here("petition", "show", id_, "--by", MAY_KNOW, "--json").row["receipt"] == receipt
    assert here("petition", "show", id_).code == 2
    assert here("petition", "withdraw", id_).code == 2, "a resident's acts need what the resident holds"
    unknown = here("petition", "show", "p-" + "0" * 32, "--by", MAY_KNOW)
    assert (unknown.code, "no petition with" in unknown.err) == (2, True)


def test_a_reader_nobody_knows_is_wrong_use(here: Inside) -> None:
    for command in (("ledger",), ("worklist",), ("outbox",), ("order", "list"), ("recurring",)):
        answer = here(*command, "--by", "nobody")
        assert (answer.code, "--by" in answer.err) == (2, True), answer
