"""Service orders from a shell: ordered, claimed, delivered, rated; the three lists; commitments; refusals."""

import json
import time
from datetime import UTC, datetime, timedelta

from tests.cli.conftest import Shell

SOON = (datetime.now(UTC) + timedelta(days=2)).isoformat()


def post(suqiu: Shell, *options: str) -> str:
    answer = suqiu("order", "post", "想有人教数学", "--json", *options)
    assert answer.code == 0, answer
    return str(answer.row["receipt"])


def test_an_order_s_whole_way(suqiu: Shell) -> None:
    receipt = post(suqiu, "--service", "homework-help", "--age", "72", "--name", "金丝雀", "--phone", "13800000009")
    again = suqiu("order", "show", receipt, "--json").row
    assert (again["status"], again["first"], again["charge"]) == ("posted", True, "free")
    by = ("--by", "contact-school-1")
    claimed = suqiu("order", "claim", receipt, "--unit", "partner-school", "--promise", SOON, *by, "--json")
    assert claimed.code == 0, claimed
    assert claimed.row["promises"][0]["partner"] is True
    seen = suqiu("order", "read", receipt, *by, "--reason", "联系", "--field", "name", "--json")
    assert seen.row["fields"] == {"name": "金丝雀"}
    for act in ("start", "deliver"):
        assert suqiu("order", act, receipt, *by).code == 0
    assert suqiu("order", "rate", receipt, "--score", "5", "--words", "金丝雀").code == 0
    until = time.monotonic() + 30
    while (shown := suqiu("order", "show", receipt, "--json").row)["status"] != "closed":
        assert time.monotonic() < until, shown
    topics = [entry["topic"].removeprefix("order.") for entry in shown["timeline"]]
    assert topics == ["posted", "claimed", "sealed_fields_read", "started", "delivered", "rated", "closed"]
    assert "金丝雀" not in json.dumps(shown, ensure_ascii=False)
    while not (kept := suqiu("commitments", "--unit", "partner-school", "--json").row)["units"]:
        assert time.monotonic() < until
    assert kept["units"][0]["claimed"] == 1
    assert kept["commitments"][0]["times"] == 40
    for command in (("order", "show", receipt), ("commitments",), ("order", "lists"), ("order", "list")):
        drawn = suqiu(*command)
        assert drawn.code == 0, drawn
        assert "金丝雀" not in drawn.out + drawn.err


def test_the_three_lists_and_a_collective_wish(suqiu: Shell) -> None:
    wish = post(suqiu, "--kind", "collective_wish", "--by", "window-1")
    petition = suqiu.receipt("楼道的灯坏了三天了，请维修路灯")
    assert suqiu("order", "support", wish, "--with", petition, "--json").row["supporters"] == 1
    twice = suqiu("order", "support", wish, "--with", petition)
    assert (twice.code, "already" in twice.err) == (1, True)
    until = time.monotonic() + 30
    lists = suqiu("order", "lists", "--json").row
    while wish not in [row["receipt"] for row in lists["needs"]]:
        assert time.monotonic() < until
        lists = suqiu("order", "lists", "--json").row
    assert {"wheelchairs", "school-hall"} <= {resource["id"] for resource in lists["resources"]}
    offered = {service["id"]: service["offered_by"] for service in lists["services"]}
    assert offered["homework-help"] == ["team-culture", "partner-school", "partner-kindergarten"]
    listed = suqiu("order", "list", "--kind", "collective_wish", "--open", "--json").row
    assert listed["total"] >= 1
    assert suqiu("order", "withdraw", wish, "--by", "window-1").code == 0


def test_an_order_from_a_petition_is_its_resident_s_and_the_same_id_again_is_answered(suqiu: Shell) -> None:
    petition = suqiu.receipt("家里水管漏水，想找人修一下水管")
    options = ("--service", "small-repairs", "--petition", petition, "--external-id", "order-1")
    receipt = post(suqiu, *options)
    again = suqiu("order", "post", "想有人教数学", *options, "--json").row
    assert (again["receipt"], again["repeated"]) == (receipt, True)
    assert again["petition"].startswith("p-")
    own = suqiu("order", "post", "凉亭", "--kind", "collective_wish", "--petition", petition, "--json").row["receipt"]
    refused = suqiu("order", "support", own, "--with", petition)
    assert (refused.code, "own wish" in refused.err) == (1, True)


def test_refusals_name_what_was_expected(suqiu: Shell) -> None:
    receipt = post(suqiu, "--service", "homework-help")
    cases = (
        (2, "list of services", ("post", "x")),
        (2, "homework-help", ("post", "x", "--service", "teleport")),
        (2, "no petition", ("post", "x", "--kind", "need", "--petition", receipt)),
        (2, "no service order", ("show", suqiu.receipt("路灯不亮了，请维修"))),
        (2, "partner-school", ("claim", receipt, "--unit", "team-care", "--promise", SOON, "--by", "window-1")),
        (2, "--promise", ("claim", receipt, "--unit", "partner-school", "--promise", "soon", "--by", "window-1")),
        (1, "does not act for", ("claim", receipt, "--unit", "partner-school", "--promise", SOON, "--by", "care-1")),
        (1, "only while", ("deliver", receipt, "--by", "window-1")),
        (2, "staff member", ("start", receipt, "--by", "nobody")),
        (2, "status", ("list", "--status", "lost")),
        (2, "partner", ("list", "--unit", "city-hall")),
    )
    for code, words, command in cases:
        answer = suqiu("order", *command)
        assert answer.code == code, (command, answer)
        assert words in answer.err, (command, answer)
        assert "Traceback" not in answer.err
    assert suqiu("commitments", "--unit", "city-hall").code == 2
