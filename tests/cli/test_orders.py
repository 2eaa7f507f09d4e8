"""Service orders from a shell: ordered, claimed, delivered, rated; the three lists; commitments; refusals."""

import json
import time
from datetime import UTC, datetime, timedelta

from tests.cli.conftest import Inside


def soon() -> str:
    """A promise's end that no promise is too short for."""
    return (datetime.now(UTC) + timedelta(days=2)).isoformat()


def post(here: Inside, *options: str) -> str:
    answer = here("order", "post", "想有人教数学", "--json", *options)
    assert answer.code == 0, answer
    return str(answer.row["receipt"])


def test_an_order_s_whole_way(here: Inside) -> None:
    receipt = post(here, "--service", "homework-help", "--age", "72", "--name", "金丝雀", "--phone", "13800000009")
    again = here("order", "show", receipt, "--json").row
    assert (again["status"], again["first"], again["charge"]) == ("posted", True, "free")
    by = ("--by", "contact-school-1")
    claimed = here("order", "claim", receipt, "--unit", "partner-school", "--promise", soon(), *by, "--json")
    assert claimed.code == 0, claimed
    assert claimed.row["promises"][0]["partner"] is True
    seen = here("order", "read", receipt, *by, "--reason", "联系", "--field", "name", "--json")
    assert seen.row["fields"] == {"name": "金丝雀"}
    for act in ("start", "deliver"):
        assert here("order", act, receipt, *by).code == 0
    assert here("order", "rate", receipt, "--score", "5", "--words", "金丝雀").code == 0
    until = time.monotonic() + 60
    while (shown := here("order", "show", receipt, "--json").row)["status"] != "closed":
        assert time.monotonic() < until, shown
    topics = [entry["topic"].removeprefix("order.") for entry in shown["timeline"]]
    assert topics == ["posted", "claimed", "sealed_fields_read", "started", "delivered", "rated", "closed"]
    assert "金丝雀" not in json.dumps(shown, ensure_ascii=False)
    while not (kept := here("commitments", "--unit", "partner-school", "--json").row)["rows"]:
        assert time.monotonic() < until
    assert kept["rows"][0]["claimed"] == 1
    assert kept["commitments"][0]["times"] == 40
    for command in (("order", "show", receipt), ("commitments",), ("order", "lists"), ("order", "list")):
        drawn = here(*command)
        assert drawn.code == 0, drawn
        assert "金丝雀" not in drawn.out + drawn.err


def test_the_three_lists_and_a_collective_wish(here: Inside) -> None:
    wish = post(here, "--kind", "collective_wish", "--by", "window-1")
    petition = here.receipt("楼道的灯坏了三天了，请维修路灯")
    assert here("order", "support", wish, "--with", petition, "--json").row["supporters"] == 1
    twice = here("order", "support", wish, "--with", petition)
    assert (twice.code, "already" in twice.err) == (1, True)
    until = time.monotonic() + 60
    lists = here("order", "lists", "--json").row
    while wish not in [row["receipt"] for row in lists["needs"]]:
        assert time.monotonic() < until
        lists = here("order", "lists", "--json").row
    assert {"wheelchairs", "school-hall"} <= {resource["id"] for resource in lists["resources"]}
    offered = {service["id"]: service["offered_by"] for service in lists["services"]}
    assert offered["homework-help"] == ["team-culture", "partner-school", "partner-kindergarten"]
    listed = here("order", "list", "--kind", "collective_wish", "--open", "--json").row
    assert listed["total"] >= 1
    assert here("order", "withdraw", wish, "--by", "window-1").code == 0


def test_an_order_from_a_petition_is_its_resident_s_and_the_same_id_again_is_answered(here: Inside) -> None:
    petition = here.receipt("家里水管漏水，想找人修一下水管")
    options = ("--service", "small-repairs", "--petition", petition, "--external-id", "order-1")
    receipt = post(here, *options)
    again = here("order", "post", "想有人教数学", *options, "--json").row
    assert (again["receipt"], again["repeated"]) == (receipt, True)
    assert again["petition"].startswith("p-")
    own = here("order", "post", "凉亭", "--kind", "collective_wish", "--petition", petition, "--json").row["receipt"]
    refused = here("order", "support", own, "--with", petition)
    assert (refused.code, "own wish" in refused.err) == (1, True)


def test_refusals_name_what_was_expected(here: Inside) -> None:
    receipt = post(here, "--service", "homework-help")
    cases = (
        (2, "list of services", ("post", "x")),
        (2, "homework-help", ("post", "x", "--service", "teleport")),
        (2, "no petition", ("post", "x", "--kind", "need", "--petition", receipt, "--by", "window-1")),
        (2, "no service order", ("show", here.receipt("路灯不亮了，请维修"))),
        (2, "partner-school", ("claim", receipt, "--unit", "team-care", "--promise", soon(), "--by", "window-1")),
        (2, "--promise", ("claim", receipt, "--unit", "partner-school", "--promise", "soon", "--by", "window-1")),
        (1, "does not act for", ("claim", receipt, "--unit", "partner-school", "--promise", soon(), "--by", "care-1")),
        (1, "only while", ("deliver", receipt, "--by", "window-1")),
        (2, "staff member", ("start", receipt, "--by", "nobody")),
        (2, "status", ("list", "--status", "lost")),
        (2, "partner", ("list", "--unit", "city-hall")),
    )
    for code, words, command in cases:
        answer = here("order", *command)
        assert answer.code == code, (command, answer)
        assert words in answer.err, (command, answer)
        assert "Traceback" not in answer.err
    assert here("commitments", "--unit", "city-hall").code == 2
