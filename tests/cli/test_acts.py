"""Every act beside the straight way, as a clerk types it: what it answers, what it refuses, what the page then says."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aggregates.command import Command
from aggregates.event import Role
from aggregates.petition.commands import COMMANDS
from aggregates.petition.state import Stage
from aggregates.petition.what_may_follow import TABLE
from cli import submit
from cli.main import make_app
from cli.petitions import acts
from projections.words import STAGES
from tests.cli.conftest import Answered, Inside

ANSWER = {
    "receipt", "petition", "status", "version", "tier", "unit", "due_at", "waits_until", "events", "repeated", "notes",
}  # fmt: skip


def names_of(kind: type[Command]) -> str:
    return kind.NAME


@pytest.mark.parametrize("kind", COMMANDS, ids=names_of)
def test_every_command_that_people_give_has_an_act(kind: type[Command]) -> None:
    typed = {name for _, name, _, _ in acts.COMMANDS}
    if TABLE[kind].roles == {Role.ENGINE}:
        assert kind.NAME not in typed, "the engine's own"
    elif kind.NAME == "receive":
        assert make_app()["submit"].default_command is submit.submit
    else:
        assert kind.NAME in typed


def test_every_stage_has_a_word_and_can_be_asked_for(inside: Inside) -> None:
    assert set(STAGES) == {stage.value for stage in Stage} - {"new"}
    for command in ("ledger", "worklist"):
        said = " ".join(inside(command, "--help").out.replace("│", " ").split())
        assert f"One of {', '.join(STAGES)}." in said


class Case:
    """One petition, and what is done to it."""

    def __init__(self, here: Inside, text: str, *options: str) -> None:
        self.here = here
        self.receipt = here.receipt(text, *options)

    def __call__(self, name: str, *options: str) -> Answered:
        return self.here("petition", name, self.receipt, *options, "--json")

    def done(self, name: str, *options: str) -> dict[str, Any]:
        answer = self(name, *options)
        assert answer.code == 0, answer
        assert set(answer.row) == ANSWER | ({"code"} if name == "join" else set())
        assert [event["topic"].split(".")[0] for event in answer.row["events"]] == ["petition"] * len(
            answer.row["events"]
        )
        return answer.row

    def refused(self, code: int, said: str, name: str, *options: str) -> None:
        answer = self(name, *options)
        assert answer.code == code, answer
        assert said in answer.row["error"], answer
        assert set(answer.row) == {"error"}

    def shown(self, *options: str) -> dict[str, Any]:
        answer = self.here("petition", "show", self.receipt, *options, "--json")
        assert answer.code == 0, answer
        return answer.row

    def page(self, *options: str) -> str:
        answer = self.here("petition", "show", self.receipt, *options)
        assert answer.code == 0, answer
        return answer.out

    def listed(self, *filters: str, in_: str = "ledger") -> dict[str, Any]:
        """Its row of a list, which follows the log by a moment."""
        deadline = time.monotonic() + 60
        while True:
            rows = self.here(in_, *filters, "--limit", "1000", "--json").row["rows"]
            mine = [row for row in rows if row["receipt"] == self.receipt]
            if mine:
                return dict(mine[0])
            assert time.monotonic() < deadline, rows
            time.sleep(0.05)


def at_a_unit(here: Inside, text: str, *options: str, unit: str = "district-works", by: str = "works-1") -> Case:
    """A petition that a unit of the district has accepted, whatever it was taken for."""
    case = Case(here, text, *options)
    here.until(case.receipt, "proposed", "dispatched")
    if case.shown()["status"] == "proposed":
        case("triage", "--by", "window-1", "--category", "public_service", "--tier", "district")
    else:
        case("reclassify", "--by", "window-1", "--category", "public_service", "--tier", "district",
             "--reason", "更正")  # fmt: skip
    here.until(case.receipt, "dispatched")
    if case.shown()["unit"] != unit:
        case.done("transfer", "--by", "leader-1", "--unit", unit, "--reason", "归口")
    case.done("accept", "--by", by)
    return case


def on_duty_every_day(here: Inside, text: str) -> Case:
    """The same at a unit that has no days off: there a day more ends a day later, whatever day it is today."""
    return at_a_unit(here, text, unit="district-urban-management", by="urban-1")


pytestmark = pytest.mark.engine


def clock(case: Case, name: str = "tier", *options: str) -> dict[str, Any]:
    (found,) = [each for each in case.shown(*options)["clocks"] if each["name"] == name]
    return dict(found)


def test_waiting_for_the_resident_stops_the_clock_and_the_answer_starts_it(here: Inside) -> None:
    case = at_a_unit(here, "小区路灯改造缺少房产证复印件，请协助办理")
    before = clock(case)
    assert before["standing"] == "running"
    case.refused(2, "days: expected at most 10", "pause", "--by", "works-1", "--what", "复印件", "--days", "11")
    paused = case.done("pause", "--by", "works-1", "--what", "请补复印件", "--days", "5")
    assert (paused["status"], paused["due_at"]) == ("paused", None)
    assert paused["waits_until"] is not None
    waits = case.shown("--days")
    assert waits["waits"]["before"] == "accepted"
    assert clock(case)["standing"] == "paused"
    assert clock(case)["paused_at"] is not None
    assert all(set(day) == {"date", "counted", "why"} for day in clock(case, "tier", "--days")["explained"])
    assert "等待 waits" in case.page()
    case.listed("--status", "paused")
    resumed = case.done("resume", "--answer", "已送到")
    assert (resumed["status"], resumed["waits_until"]) == ("accepted", None)
    assert resumed["events"][0]["by"] == "resident:resident"
    (stood,) = clock(case)["pauses"]
    assert stood["why"] == "resident"
    case.refused(1, "resume is not possible while", "resume")
    assert "请补复印件" not in case.page()


def test_more_time_is_asked_for_by_one_and_approved_by_another_once(here: Inside) -> None:
    case = on_duty_every_day(here, "健身器材损坏，配件需从外地调运")
    due = clock(case)["due_at"]
    case.refused(1, "nobody asked", "decide-extension", "--by", "leader-1", "--approve", "--reason", "同意")
    case.refused(2, "days: expected at most 3", "extend", "--by", "urban-1", "--days", "4", "--reason", "调运")
    case.refused(2, "clock: expected one that runs", "extend", "--by", "urban-1", "--days", "1", "--reason", "调运",
                 "--clock", "statutory_handle")  # fmt: skip
    case.refused(1, "it is for the unit in charge: district-urban-management (urban-1, urban-2)", "extend",
                 "--by", "leader-1", "--days", "2", "--reason", "配件在途")  # fmt: skip
    case.done("extend", "--by", "urban-1", "--days", "2", "--reason", "配件在途")
    assert clock(case)["extension_asked"] == {"days": 2, "by": "urban-1"}
    assert "申请延期 extension asked" in case.page()
    case.refused(1, "not for the role", "decide-extension", "--by", "urban-2", "--approve", "--reason", "x")
    case.refused(
        2, "--approve, --refuse: expected one of them", "decide-extension", "--by", "leader-2", "--reason", "x"
    )
    granted = case.done("decide-extension", "--by", "leader-2", "--approve", "--reason", "属实")
    assert datetime.fromisoformat(granted["due_at"]) == datetime.fromisoformat(due) + timedelta(days=2)
    longer = clock(case)
    assert (longer["extended"], longer["extra_days"], longer["extension_asked"]) == (True, 2, None)
    case.refused(1, "extended once", "extend", "--by", "urban-1", "--days", "1", "--reason", "再等")

    other = on_duty_every_day(here, "健身器材又坏了一处，等配件")
    other.done("extend", "--by", "urban-1", "--days", "1", "--reason", "等配件")
    due = clock(other)["due_at"]
    assert other.done("decide-extension", "--by", "leader-1", "--refuse", "--reason", "可以先修")["due_at"] == due


def test_what_cannot_be_done_now_is_parked_by_approval_and_looked_at_again(here: Inside) -> None:
    case = at_a_unit(here, "小区花坛需补种树木，冬季不能施工")
    again = (datetime.now(UTC) + timedelta(days=60)).date().isoformat()
    park = ("park", "--by", "works-1", "--cause", "season", "--reason", "冬季", "--look-again-on")
    case.refused(2, "--look-again-on: expected a date", *park, "someday")
    case.refused(2, "look_again_on: expected a day ahead", *park, "2095-01-01")
    case.done("contact", "--by", "works-1")
    assert case.done(*park, again)["status"] == "accepted"
    assert case.shown()["parking_asked"]["look_again_at"][:10] >= again
    case.refused(1, "is not decided yet", *park, again)
    parked = case.done("decide-parking", "--by", "leader-1", "--approve", "--reason", "开春办理")
    assert parked["status"] == "parked"
    assert parked["waits_until"][:10] >= again
    assert case.shown()["next"]["step"] == "look-again"
    back = case.done("unpark", "--by", "works-1", "--reason", "提前有了树苗")
    assert back["status"] == "accepted"
    assert clock(case)["pauses"][0]["why"] == "parked"


def test_a_double_is_merged_says_so_points_on_and_can_be_taken_out_again(here: Inside) -> None:
    first = at_a_unit(here, "二号楼门前路灯不亮")
    double = at_a_unit(here, "二号楼门前的灯黑了好几天")
    third = at_a_unit(here, "二号楼门前漆黑一片")
    merged = double.done("merge", "--by", "window-1", "--into", first.receipt.lower(), "--reason", "同一处路灯")
    assert (merged["status"], merged["due_at"]) == ("merged", None)
    shown = double.shown()
    assert shown["merged_into"] == {"petition": None}, "who gives no name is not told which"
    shown = double.shown("--by", "window-1")
    assert shown["merged_into"] == {"petition": first.shown()["petition"]}
    assert first.receipt not in json.dumps(shown), "the other resident's receipt is a key of theirs"
    assert (shown["open"], shown["next"]) == (False, None)
    assert {each["standing"] for each in shown["clocks"]} <= {"set_aside", "stopped"}
    page = double.page("--by", "window-1")
    assert f"suqiu petition show {shown['merged_into']['petition']}" in page
    assert first.receipt not in page
    assert "已并案 merged" in page

    typed = ("merge", "--by", "window-1", "--reason", "同一处", "--into")
    third.refused(1, f"merged itself, into {first.shown()['petition']}", *typed, double.receipt)
    first.refused(1, f"{shown['petition']} is merged into this petition", *typed, third.receipt)
    first.refused(2, "cannot be merged into itself", *typed, first.receipt)
    third.refused(2, "into: no petition with", *typed, "SQ-0000-0000-0000-00000")
    third.refused(2, "receipt: expected SQ-", *typed, "SQ-1")
    gone = Case(here, "不要了的诉求")
    gone.done("withdraw")
    third.refused(1, "nothing would be owed", *typed, gone.receipt)
    first.refused(1, "unmerge is not possible while", "unmerge", "--reason", "不是")

    back = double.done("unmerge", "--reason", "不是同一盏灯")
    assert back["status"] == "accepted"
    assert double.shown()["merged_into"] is None
    first.done("merge", "--by", "window-1", "--reason", "现在可以", "--into", third.receipt)


def test_a_resident_is_handed_over_when_the_centre_says_so(here: Inside) -> None:
    case = at_a_unit(here, "想申请法律援助，请带我去")
    case.refused(2, "unit: expected one of legal-aid-centre", "hand-over", "--by", "works-1", "--unit", "window")
    case.refused(1, "nobody is on the way", "confirm-hand-over", "--by", "legal-aid-1")
    case.done("hand-over", "--by", "legal-liaison-1", "--unit", "legal-aid-centre")
    assert case.shown()["hand_over"] == {"unit": "legal-aid-centre", "confirmed": False}
    assert "待确认" in case.page()
    case.refused(
        1, "it is for the centre the resident is brought to: legal-aid-centre", "confirm-hand-over", "--by", "works-1"
    )
    case.done("confirm-hand-over", "--by", "legal-aid-1")
    assert case.shown()["hand_over"]["confirmed"] is True


def test_others_help_papers_are_carried_and_a_leader_watches(here: Inside) -> None:
    case = at_a_unit(here, "老人行动不便，请代为办理加装扶手")
    assert clock(case, "first_contact")["standing"] == "running"
    case.done("contact", "--by", "works-1", "--how", "visit")
    assert clock(case, "first_contact")["standing"] == "stopped"
    case.done("assist", "--by", "works-1", "--unit", "team-repairs", "--reason", "请到现场")
    assert case.shown()["assisting"] == ["team-repairs"]
    case.refused(1, "assists already", "assist", "--by", "works-1", "--unit", "team-repairs", "--reason", "x")
    case.done("end-assist", "--by", "works-1", "--unit", "team-repairs")

    case.refused(2, "papers: expected among", "proxy", "--by", "works-1", "--unit", "service-station", "--papers", "画")
    case.done("proxy", "--by", "works-1", "--unit", "service-station", "--papers", "身份证", "--papers", "户口簿")
    case.refused(1, "no papers were carried yet", "bring-result", "--by", "works-1", "--how", "fetched")
    case.done("carry", "--by", "works-1")
    case.done("bring-result", "--by", "works-1", "--how", "delivered")
    assert case.shown()["papers"] == {"names": ["身份证", "户口簿"], "unit": "service-station", "stage": "done"}

    case.refused(2, "expected a leader", "supervise", "--by", "leader-1", "--leader", "works-1")
    case.done("supervise", "--by", "leader-1")
    assert case.shown()["supervised_by"] == "leader-1"
    case.done("urgent", "--by", "works-1", "--cause", "elderly")
    assert (case.shown()["urgent"], case.shown()["priority"]) == ("elderly", 2)
    unit = case.shown()["unit"]
    assert case.listed("--urgent", "--unit", unit)["urgent"] == "elderly"
    assert case.listed("--urgent", "--unit", unit, "--status", "accepted", in_="worklist")["owes"] == "reply"
    assert here("worklist", "--urgent").code == 2
    case.refused(1, "is noted already", "urgent", "--by", "works-1", "--cause", "elderly")
    page = case.page()
    for said in ("代办 papers", "督办 watched by", "紧急 urgent"):
        assert said in page
    case.done("urgent", "--by", "works-1", "--cause", "none")
    case.refused(1, "no clock of this petition changes", "recompute", "--by", "leader-1", "--cause", "calendar")


def test_a_dispute_is_mediated_and_a_stuck_matter_referred(here: Inside) -> None:
    case = at_a_unit(here, "楼上楼下为漏水赔偿争执不下")
    case.refused(2, "parties: expected among police", "mediate", "--by", "works-1", "--parties", "newspaper")
    case.done("mediate", "--by", "works-1", "--parties", "police", "--parties", "justice")
    assert case.shown()["mediation"] == ["police", "justice"]
    case.done("end-mediation", "--by", "works-1", "--outcome", "failed", "--terms", "双方各执一词")
    case.refused(1, "no mediation is open", "end-mediation", "--by", "works-1", "--outcome", "agreed", "--terms", "x")
    case.done("refer", "--by", "window-1", "--to", "joint_meeting", "--reason", "涉及多部门")
    assert "联席会议" in case.page()
    case.done("decide-referral", "--by", "leader-1", "--decision", "由城建办牵头")
    assert case.shown()["referred_to"] is None
    assert "双方各执一词" not in case.page()


def test_several_residents_ask_together(here: Inside) -> None:
    case = at_a_unit(here, "三单元集体要求加装电梯", "--phone", "13800000011")
    case.refused(2, "join: expected --name, --phone or --address", "join")
    case.refused(2, "phone: expected a telephone number", "join", "--phone", "12")
    mine, theirs = "13800000011", "13800000019"
    told = [
        case.done("join", "--name", "样例乙", "--phone", phone, "--by", "window-1") for phone in (mine, theirs, mine)
    ]
    assert len({tuple(sorted(answer.keys())) for answer in told}) == 1, "no answer says whose a number is"
    assert [answer["events"][0]["known"] for answer in told] == ["noted"] * 3
    case.done("join", "--name", "样例丙")
    assert case.shown()["residents"] == 5
    assert "5 人 residents" in case.page()
    assert "样例乙" not in case.page()


def test_its_kind_is_corrected_and_its_clocks_with_it(here: Inside) -> None:
    case = at_a_unit(here, "反映多年的拆迁补偿问题，要求信访")
    case.refused(1, "is of this category", "reclassify", "--by", "window-1", "--category", "public_service",
                 "--reason", "x")  # fmt: skip
    started = clock(case)["started_at"]
    case.done("reclassify", "--by", "window-1", "--category", "stability", "--reason", "实为信访事项")
    case.done("transfer", "--by", "leader-1", "--unit", "petition-centre", "--reason", "归口")
    names = [each["name"] for each in case.shown()["clocks"]]
    assert {"tier", "statutory_accept", "statutory_handle", "hand_over"} <= set(names)
    assert clock(case)["started_at"] == started
    assert clock(case, "statutory_handle")["en"] == "statutory: handle"
    case.done("extend", "--by", "petition-1", "--days", "30", "--clock", "statutory_handle", "--reason", "案情复杂")


def test_the_unit_complained_about_has_no_part_in_it(here: Inside) -> None:
    case = Case(here, "反映城建环卫办工作人员态度恶劣", "--confidential", "--urgent", "life", "--complained-about",
                "district-works", "--name", "样例丁")  # fmt: skip
    here.until(case.receipt, "proposed", "dispatched", by="leader-1")
    shown = case.shown("--by", "leader-1")
    assert (shown["confidential"], shown["urgent"], shown["complained_about"]) == (True, "life", ["district-works"])
    case("triage", "--by", "window-1", "--category", "public_service", "--tier", "district")
    case.refused(2, "no petition with", "read", "--by", "works-1", "--reason", "想知道")
    case.refused(2, "no petition with", "contact", "--by", "works-1")
    assert here.until(case.receipt, "dispatched", by="leader-1")["unit"] != "district-works"
    case.refused(1, "name are confidential here", "read", "--by", "coordination-1", "--reason", "联系", "--field",
                 "name")  # fmt: skip
    looked = case("read", "--by", "window-1", "--reason", "转告居民", "--field", "name")
    assert looked.row["fields"] == {"name": "样例丁"}
    case.refused(2, "unit", "reclassify", "--by", "window-1", "--complained-about", "nobody", "--reason", "x")
    case.done("confidential", "--lift")
    case.refused(1, "it is not confidential already", "confidential", "--lift")
    case.done("confidential")


def test_a_decision_is_reviewed_twice_and_the_second_is_final(here: Inside) -> None:
    case = at_a_unit(here, "对物业答复不服，要求重新处理")
    case.done("reply", "--by", "works-1", "--outcome", "refused", "--text", "不予支持", "--grounds", "无依据")
    assert case.shown()["review_by"] is not None
    asked = case.done("request-review", "--reason", "认定有误")
    assert asked["status"] == "under_review"
    assert case.shown()["review"]["level"] == 1
    assert clock(case, "review")["standing"] == "running"
    assert case.listed("--unit", case.shown()["review"]["unit"], in_="worklist")["owes"] == "decide-review"
    decide = ("decide-review", "--outcome", "upheld", "--text", "维持", "--grounds", "经查属实", "--by")
    case.refused(1, "it is for the unit that reviews: coordination-desk", *decide, "works-1")
    case.refused(1, "it is for the unit that reviews: coordination-desk", *decide, "works-2")
    assert case.done(*decide, "coordination-1")["status"] == "closed"
    again = case.done("request-review", "--reason", "仍不服")
    assert again["status"] == "under_second_review"
    case.listed("--status", "under_second_review")
    case.refused(1, "it is for the unit that reviews: district-leader", *decide, "coordination-1")
    assert case.done(*decide, "leader-1")["status"] == "closed"
    assert case.shown()["review"] == {"level": 2, "tier": None, "unit": "district-leader", "final": True}
    assert "终结 final" in case.page()
    case.refused(1, "that is final", "request-review", "--reason", "还是不服")
    case.refused(1, "a review has decided", "dispute", "--reason", "还是不服")


def test_who_does_not_want_to_be_named_and_who_watches_stand_on_the_page(here: Inside) -> None:
    case = at_a_unit(here, "楼上夜里很吵，不想留名", "--anonymous")
    assert case.shown()["anonymous"] is True
    assert "匿名 anonymous" in case.page()
    case.done("supervise", "--by", "leader-1")
    assert "样领导一督办" in case.page(), "people are called by their names, not by ids"
