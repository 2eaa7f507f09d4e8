"""A petition's whole way, typed command by command, with the engine doing its part in between."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.conftest import Answered, Inside

pytestmark = pytest.mark.engine

TEXT = "公司拖欠我们三个月工资不给，想申请法律援助"


def done(answer: Answered) -> dict[str, object]:
    assert answer.code == 0, answer
    row = answer.row
    assert set(row) >= {"receipt", "petition", "status", "version", "events", "repeated"}
    return row


def test_from_the_door_to_the_archive_by_way_of_a_return_a_transfer_and_a_dispute(here: Inside) -> None:
    receipt = here.receipt(
        TEXT, "--name", "样例甲", "--phone", "13800000001", "--address", "一片3号楼", "--by", "样窗一"
    )
    waits = here.until(receipt, "proposed")
    assert waits["category"] == "legal"
    assert waits["next"]["step"] == "remind"

    def act(name: str, *options: str) -> dict[str, object]:
        return done(here("petition", name, receipt, *options, "--json"))

    triaged = act("triage", "--by", "window-1", "--tier", "community", "--category", "administrative")
    assert triaged["events"][0]["topic"] == "petition.triaged"  # type: ignore[index]
    assert triaged["events"][0]["by"] == "clerk:window-1"  # type: ignore[index]
    assert here.until(receipt, "dispatched")["unit"] == "window"
    assert act("return", "--by", "window-1", "--reason", "不是本窗口的")["status"] == "returned"
    assert act("dispatch", "--by", "window-1", "--unit", "team-repairs")["status"] == "dispatched"
    assert act("accept", "--by", "repairs-1")["status"] == "accepted"
    assert act("transfer", "--by", "repairs-1", "--unit", "team-care", "--reason", "由助老队办")["unit"] == "team-care"
    act("accept", "--by", "care-1")
    act("reply", "--by", "care-1", "--outcome", "explained", "--text", "已说明", "--grounds", "依据事项目录")
    act("follow-up", "--by", "window-1")
    disputed = act("dispute", "--reason", "还没解决")
    assert [event["topic"] for event in disputed["events"]] == [  # type: ignore[attr-defined]
        "petition.disputed",
        "petition.escalated",
    ]
    assert disputed["tier"] == "district"
    again = here(
        "petition", "reply", receipt, "--by", "care-1", "--outcome", "resolved", "--text", "x", "--grounds", "x"
    )
    assert (again.code, "service-station (station-1" in again.err) == (1, True)
    act("accept", "--by", "station-1")
    act("reply", "--by", "station-1", "--outcome", "resolved", "--text", "已补发", "--grounds", "工资支付条例")
    assert act("confirm", "--satisfied", "yes")["status"] == "confirmed"
    closed = here.until(receipt, "closed")

    assert closed["next"] is None
    assert closed["escalations"] == closed["disputes"] == closed["returns"] == 1
    topics = [entry["topic"].removeprefix("petition.") for entry in closed["timeline"]]
    assert topics == [
        "received", "classified", "triaged", "dispatched", "returned", "dispatched", "accepted", "transferred",
        "accepted", "replied", "follow_up_asked", "disputed", "escalated", "accepted", "replied", "confirmed", "closed",
    ]  # fmt: skip
    page = here("petition", "show", receipt)
    assert page.code == 0
    assert "已归档 closed" in page.out
    assert "样例甲" not in page.out
    assert TEXT not in page.out
    assert "\x1b" not in page.out

    early = closed["timeline"][1]["recorded_at"]
    then = here("petition", "show", receipt, "--as-of", early, "--json").row
    assert then["status"] == "proposed"
    assert len(then["timeline"]) == 2
    assert here("petition", "show", receipt, "--as-of", "2025-10-01").code == 2


def test_looking_at_personal_data_is_recorded_before_it_is_shown(here: Inside) -> None:
    receipt = here.receipt("电梯坏了半个月，老人下不了楼", "--name", "样例乙", "--phone", "0429-2345678")
    looked = here(
        "petition", "read", receipt, "--by", "window-1", "--reason", "上门前联系", "--field", "name",
        "--field", "phone", "--json",
    )  # fmt: skip
    assert looked.row["fields"] == {"name": "样例乙", "phone": "+864292345678"}
    assert "电梯坏了半个月" in here("petition", "read", receipt, "--by", "window-1", "--reason", "核实").out
    stranger = here("petition", "read", receipt, "--by", "education-1", "--reason", "顺便看看")
    assert (stranger.code, "this is not for education-1" in stranger.err, "电梯" in stranger.out) == (1, True, False)
    shown = here("petition", "show", receipt, "--json").row
    looks = [entry for entry in shown["timeline"] if entry["topic"] == "petition.sealed_fields_read"]
    assert [look["by"] for look in looks] == ["clerk:window-1", "clerk:window-1"]
    assert here("petition", "read", receipt, "--by", "window-1", "--reason", "好奇", "--field", "pets").code == 2


def test_an_act_repeated_with_its_id_is_answered_and_one_from_before_says_when_it_counts(here: Inside) -> None:
    receipt = here.receipt("小区门口的路灯不亮")
    hour_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    too_early = here("petition", "withdraw", receipt, "--at", hour_ago)
    assert too_early.code == 2
    assert "before the petition was received" in too_early.err
    ahead = here("petition", "withdraw", receipt, "--at", "2999-01-01T10:00")
    assert ahead.code == 2
    assert "--at: expected a time that has been" in ahead.err

    once = done(here("petition", "withdraw", receipt, "--reason", "不用了", "--command-id", "w1", "--json"))
    again = done(here("petition", "withdraw", receipt, "--reason", "不用了", "--command-id", "w1", "--json"))
    assert (once["repeated"], again["repeated"]) == (False, True)
    assert once["version"] == again["version"]
    assert "not repeated" in here("petition", "withdraw", receipt, "--command-id", "w1").out


def test_an_act_that_may_not_follow_now_fails_and_one_that_cannot_be_meant_is_wrong_use(here: Inside) -> None:
    receipt = here.receipt("物业不打扫楼道，垃圾堆了三天，请派人来清理")
    here.until(receipt, "proposed", "dispatched")
    for code, said, arguments in (
        (1, "confirm is not possible while", ("confirm", receipt)),
        (1, "follow-up is not possible while", ("follow-up", receipt, "--by", "window-1")),
        (2, "no staff member is called 'nobody'", ("accept", receipt, "--by", "nobody")),
        (2, "--outcome", ("reply", receipt, "--by", "window-1", "--outcome", "done", "--text", "x", "--grounds", "y")),
        (2, "--reason", ("return", receipt, "--by", "window-1", "--reason", "")),
        (2, "receipt: expected SQ-", ("accept", "SQ-12", "--by", "window-1")),
        (2, "is mistyped", ("show", receipt[:-1] + ("0" if receipt[-1] != "0" else "1"))),
        (2, "no petition with SQ-0000-0000-0000-00000 is on record", ("show", "sq 0000 0000 0000 00000")),
    ):
        answer = here("petition", *arguments, "--json")
        assert answer.code == code, answer
        assert said in answer.row["error"]
        assert "Traceback" not in answer.err
    shown = here("petition", "show", receipt.lower().replace("-", " "), "--json")
    assert shown.row["receipt"] == receipt


def test_the_lists_count_filter_and_go_on_page_by_page(here: Inside) -> None:
    receipts = {here.receipt(f"三号楼下水道堵塞，第{number}次反映，请尽快疏通") for number in range(3)}
    for receipt in receipts:
        here.until(receipt, "proposed", "dispatched")
    listed: list[str] = []
    cursor: tuple[str, ...] = ()
    for _ in range(500):
        page = here("ledger", "--limit", "5", *cursor, "--json").row
        assert page["total"] >= 3
        listed += [row["receipt"] for row in page["rows"]]
        if page["next"] is None:
            break
        cursor = ("--after", page["next"])
    assert len(listed) == len(set(listed))
    assert receipts <= set(listed)
    row = page["rows"][-1]
    assert set(row) >= {"receipt", "status", "category", "tier", "unit", "due_at", "overdue"}
    assert here("ledger", "--overdue", "--json").row["total"] == 0
    nothing = here("ledger", "--open", "--status", "closed", "--json").row
    assert nothing == {"total": 0, "rows": [], "next": None, "left_out": []}
    assert "受理编号" in here("ledger").out

    loads = here("worklist", "--json").row["rows"]
    assert loads
    work = here("worklist", "--unit", loads[0]["unit"], "--json").row
    assert work["total"] == loads[0]["open"] + loads[0]["assisting"]
    assert {row["unit"] for row in work["rows"]} == {loads[0]["unit"]}
    assert here("worklist", "--unit", loads[0]["unit"], "--overdue", "--json").row["total"] == 0
    for wrong in (
        ("ledger", "--status", "done"),
        ("ledger", "--unit", "nowhere"),
        ("ledger", "--after", "xyz"),
        ("worklist", "--overdue"),
        ("projections", "rebuild", "nothing"),
    ):
        answer = here(*wrong)
        assert answer.code == 2, answer
        assert "expected" in answer.err


def test_read_models_say_how_far_they_are_and_can_be_made_anew(here: Inside) -> None:
    before = here("ledger", "--json").row["total"]
    models = here("projections", "status", "--json").row["rows"]
    assert {"ledger", "worklist", "timeline", "outbox"} <= {model["name"] for model in models}
    assert [model["name"] for model in models if not model["running"]] == []
    assert here("projections", "rebuild", "ledger", "--json").row["name"] == "ledger"
    assert here("ledger", "--json").row["total"] == before
    assert here("projections", "status").code == 0


def test_workflows_are_brought_back_and_the_doctor_finds_all_well(here: Inside) -> None:
    here.receipt("楼上漏水，邻里协商不成")
    woken = here("workflows", "rebuild", "--json")
    assert woken.code == 0
    assert 0 < woken.row["open"] <= woken.row["petitions"]
    assert (woken.row["waiting"], woken.row["not_waiting"]) == (woken.row["open"], [])
    assert here("workflows", "rebuild", "--patience", "0").code == 2
    doctor = here("doctor", "--json")
    assert doctor.row["ok"] is True, doctor.row
    assert doctor.code == 0


def test_a_clerk_finds_who_may_do_what_before_anybody_is_refused(here: Inside) -> None:
    receipt = here.receipt("三号楼前的路灯坏了，晚上看不清路", "--phone", "13800000001")
    waits = here.until(receipt, "dispatched")
    may = here("petition", "may", receipt, "--json").row
    acts = {row["act"]: row for row in may["rows"]}
    assert may["total"] == len(acts)
    assert (acts["withdraw"]["resident"], acts["accept"]["resident"]) == (True, False)
    (share,) = acts["accept"]["staff"]
    assert (share["part"], share["units"]) == ("the unit in charge", [waits["unit"]])
    assert "decide-extension" not in acts, "nobody asked for one"

    staff = here("rulebook", "staff", "--unit", waits["unit"], "--json").row["rows"]
    assert [each["id"] for each in staff] == share["people"]
    page = here("petition", "may", receipt).out
    assert f"承办单位 the unit in charge · 城建环卫办: {', '.join(share['people'])}" in page
    assert f"suqiu petition may {receipt}" in here("petition", "show", receipt).err

    theirs = {row["act"] for row in here("petition", "may", receipt, "--by", share["people"][0], "--json").row["rows"]}
    assert "accept" in theirs
    assert "merge" not in theirs, "the door's"
    done(here("petition", "accept", receipt, "--by", share["people"][0], "--json"))
    assert "accept" not in {row["act"] for row in here("petition", "may", receipt, "--json").row["rows"]}
    lost = here("petition", "accept", receipt, "--by", "wroks-1")
    assert (lost.code, "works-1" in lost.err, "suqiu rulebook staff" in lost.err) == (2, True, True)
    done(here("petition", "withdraw", receipt, "--json"))
    assert {row["act"] for row in here("petition", "may", receipt, "--json").row["rows"]} == {"read", "new-code"}
