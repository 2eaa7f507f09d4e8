"""The receipt is a number that everybody sees; whoever acts as the resident gives the code that came with it."""

import re
from pathlib import Path
from typing import Any

import pytest

from office.codes import new_code
from tests.cli.conftest import Answered, Inside
from tests.cli.test_orders import soon

CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{2}")


class Petition:
    """A petition whose receipt everybody has, and whose code one has."""

    def __init__(self, here: Inside, text: str, *options: str) -> None:
        self.here = here
        answer = here("submit", "--json", text, *options)
        assert answer.code == 0, answer
        self.receipt, self.code = answer.row["receipt"], answer.row["code"]
        del here.residents.codes[self.receipt]  # here nobody gives it without being told to

    def __call__(self, name: str, *options: str, code: str | None = None) -> Answered:
        given = ("--code-from", "-") if code is not None else ()
        return self.here("petition", name, self.receipt, *options, *given, "--json", given=code)

    def events(self) -> list[dict[str, Any]]:
        return list(self.here("petition", "show", self.receipt, "--json").row["timeline"])


def test_the_code_is_told_once_and_stands_nowhere_else(here: Inside, tmp_path: Path) -> None:
    row = ("查询码只说一次（虚构）", "--phone", "13800000501", "--external-id", "codes-once")
    case = Petition(here, *row)
    assert CODE.fullmatch(case.code)
    again = here("submit", "--json", *row).row
    assert (again["receipt"], again["repeated"], "code" in again) == (case.receipt, True, False)
    for asked in (("petition", "show", case.receipt), ("ledger",), ("worklist",), ("outbox",)):
        assert case.code not in here(*asked).out
        assert case.code not in here(*asked, "--json").out
    for form in ("ocel", "csv"):
        here("export", form, str(tmp_path / form))
        assert case.code.encode() not in (tmp_path / form).read_bytes()
    for file in (here.data / "logs").glob("*.log"):
        assert case.code not in file.read_text("utf-8", errors="replace")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("confidential", ("--lift",)),
        ("withdraw", ()),
        ("join", ("--name", "样例乙")),
        ("resume", ("--answer", "已送到")),
        ("confirm", ()),
        ("dispute", ("--reason", "没有")),
        ("request-review", ("--reason", "不服")),
        ("unmerge", ("--reason", "不是")),
    ],
)
def test_the_receipt_alone_does_nothing_in_the_residents_name(
    here: Inside, name: str, options: tuple[str, ...]
) -> None:
    case = Petition(here, f"只有编号不能{name}（虚构）", "--confidential", "--name", "样例甲")
    before = len(case.events())
    nobody = case(name, *options)
    assert (nobody.code, "--code-from" in nobody.row["error"]) == (2, True)
    wrong = case(name, *options, code=other_than(case.code))
    assert (wrong.code, "查询码不符" in wrong.row["error"]) == (1, True)
    assert len([each for each in case.events() if not each["by"].startswith("engine")]) <= before


def test_a_unit_in_charge_cannot_lift_confidence_and_read_the_name(here: Inside) -> None:
    case = Petition(here, "路灯坏了，怕邻居知道是我说的（虚构）", "--confidential", "--name", "样例甲")
    here.until(case.receipt, "dispatched", "proposed")
    case("triage", "--by", "window-1", "--category", "public_service", "--tier", "district")
    here.until(case.receipt, "dispatched")
    assert case("confidential", "--lift").code == 2
    assert case("confidential", "--lift", "--by", "works-1", "--seen", "id_card").code == 1
    noted = case("confidential", "--lift", "--by", "window-1")
    assert (noted.code, "须凭查询码，或本人到窗口出示证件" in noted.row["error"]) == (1, True)
    lifted = case("confidential", "--lift", code=case.code)
    assert lifted.row["events"][0]["known"] == "code"
    read = case("read", "--by", "works-1", "--reason", "联系居民", "--field", "name")
    assert (read.code, "confidential" in read.row["error"]) == (1, True), "what was said in confidence stays hidden"


def test_each_act_says_how_the_resident_was_known(here: Inside) -> None:
    case = Petition(here, "谁说的要有记录（虚构）")
    here.until(case.receipt, "dispatched", "proposed")
    seen = case("confidential", "--by", "window-1").row["events"][0]
    assert (seen["known"], "seen" in seen) == ("noted", False)
    seen = case("confidential", "--lift", "--by", "window-1", "--seen", "household_book").row["events"][0]
    assert (seen["known"], seen["seen"]) == ("counter", "household_book")
    told = case("confidential", "--by", "window-1", code=case.code).row["events"][0]
    assert (told["by"], told["known"]) == ("clerk:window-1", "code"), "said on the telephone, with the code"
    assert case("confidential", "--seen", "id_card").code == 2
    assert case("confidential", "--by", "window-1", "--seen", "id_card", code=case.code).code == 2


def test_a_lost_code_is_replaced_at_the_counter_by_who_looked_at_what(here: Inside) -> None:
    case = Petition(here, "查询码丢了（虚构）", "--phone", "13800000502")
    assert case("new-code", "--by", "works-1", "--seen", "id_card").code != 0
    assert case("new-code", "--by", "window-1").code == 2
    assert case("new-code", "--by", "window-1", "--seen", "id_card", "--number", "2").code == 2
    fresh = here("petition", "new-code", case.receipt, "--by", "window-1", "--seen", "id_card", "--json").row
    assert CODE.fullmatch(fresh["code"])
    assert fresh["code"] != case.code
    (event,) = [each for each in case.events() if each["topic"] == "petition.code_given"]
    assert (event["by"], "身份证" in event["zh"], fresh["code"] in str(event)) == ("clerk:window-1", True, False)
    assert case("withdraw", code=case.code).code == 1, "the old one is void"
    assert case("withdraw", code=fresh["code"]).code == 0


def test_a_mistyped_code_costs_no_try_and_five_wrong_ones_make_it_wait(here: Inside) -> None:
    case = Petition(here, "有人在试查询码（虚构）")
    mistyped = case("withdraw", code=case.code[:-1] + ("0" if case.code[-1] != "0" else "1"))
    assert (mistyped.code, "查询码有误" in mistyped.row["error"], case.code[:4] in mistyped.out) == (2, True, False)
    for _ in range(5):
        assert "查询码不符" in case("withdraw", code=other_than(case.code)).row["error"]
    waits = case("withdraw", code=case.code)
    assert (waits.code, "试错次数过多" in waits.row["error"]) == (1, True), "nor is the right one tried"
    fresh = here("petition", "new-code", case.receipt, "--by", "window-1", "--seen", "id_card", "--json").row["code"]
    assert case("withdraw", code=fresh).code == 0, "the counter clears it"


def test_the_code_comes_from_a_file_or_standard_input_and_is_read_as_it_is_said(here: Inside, tmp_path: Path) -> None:
    case = Petition(here, "照着纸条输入（虚构）")
    file = tmp_path / "code.txt"
    file.write_text(f"  {case.code.replace('-', ' ').lower()} \n别的\n", "utf-8")
    assert case("confidential", "--code-from", str(file)).code == 0
    assert case("withdraw", "--code-from", str(tmp_path / "none")).code == 2


def test_whoever_joins_has_a_code_of_their_own_that_is_not_the_first_residents(here: Inside) -> None:
    case = Petition(here, "一起要求装灯（虚构）", "--phone", "13800000503")
    joined = here("petition", "join", case.receipt, "--by", "window-1", "--name", "样例乙", "--json").row
    assert CODE.fullmatch(joined["code"])
    refused = case("confidential", code=joined["code"])
    assert (refused.code, "联名的另一位居民" in refused.row["error"]) == (1, True)
    asked = here("resident", "ask-erasure", case.receipt, "--code-from", "-", "--json", given=joined["code"]).row
    shown = here("resident", "erasure", case.receipt, "--number", "2", "--json").row
    assert asked["resident"] == shown["resident"]
    assert shown["stage"] == "wished"
    assert here("resident", "erasure", case.receipt, "--json").row["stage"] == "none", "not the first resident's"


def test_asking_for_erasure_needs_the_code_or_the_counter(here: Inside) -> None:
    case = Petition(here, "删除也要凭码（虚构）", "--name", "样例甲")
    ask = ("resident", "ask-erasure", case.receipt)
    assert here(*ask).code == 2
    assert here(*ask, "--code-from", "-", given=other_than(case.code)).code == 1
    assert here(*ask, "--by", "window-1").code == 1
    erase = ("resident", "erase", case.receipt, "--reason", "resident_asked", "--by", "window-1")
    assert here(*erase).code == 1, "nobody has proven to be the resident who asks"
    assert here(*ask, "--by", "window-1", "--seen", "id_card").code == 0
    assert here(*erase).code == 0


def other_than(code: str) -> str:
    """A code that fits itself and no petition."""
    return str(next(found for found in iter(new_code, code)))


def test_an_order_from_a_petition_is_its_residents_own_or_the_offices(here: Inside) -> None:
    case = Petition(here, "从诉求里点单（虚构）", "--name", "样例甲")
    post = ("order", "post", "想要一副老花镜", "--kind", "micro_wish", "--petition", case.receipt)
    assert here(*post).code == 2
    assert here(*post, "--code-from", "-", given=other_than(case.code)).code == 1
    assert here(*post, "--code-from", "-", "--json", given=case.code).row["petition"]
    assert here(*post, "--by", "window-1").code == 0


def test_whoever_delivers_an_order_cannot_rate_or_withdraw_it_with_its_receipt(here: Inside) -> None:
    posted = here("order", "post", "想有人教数学（虚构）", "--service", "homework-help", "--json").row
    receipt, code = posted["receipt"], here.residents.codes.pop(posted["receipt"])
    assert CODE.fullmatch(code)
    culture = ("--by", "culture-1")
    assert here("order", "claim", receipt, *culture, "--unit", "team-culture", "--promise", soon()).code == 0
    assert here("order", "withdraw", receipt).code == 2
    assert here("order", "deliver", receipt, *culture).code == 0
    assert here("order", "rate", receipt, "--score", "5").code == 2
    assert here("order", "rate", receipt, "--score", "5", "--code-from", "-", given=other_than(code)).code == 1
    assert here("order", "rate", receipt, "--score", "2", "--code-from", "-", given=code).code == 0


def test_who_supports_a_wish_gives_the_code_of_their_own_receipt(here: Inside) -> None:
    case = Petition(here, "想要凉亭的人（虚构）")
    wish = here("order", "post", "凉亭（虚构）", "--kind", "collective_wish", "--by", "window-1", "--json").row[
        "receipt"
    ]
    support = ("order", "support", wish, "--with", case.receipt)
    assert here(*support).code == 2
    assert here(*support, "--code-from", "-", given=other_than(case.code)).code == 1
    assert here(*support, "--code-from", "-", given=case.code).code == 0
