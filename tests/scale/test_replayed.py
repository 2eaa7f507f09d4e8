"""Real messages lived on the real engine, with acts of the office and of residents: decided again, it is the same."""

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

from aggregates.command import Command
from aggregates.known import BY_CODE
from aggregates.petition import commands as c
from aggregates.petition.decisions import Refused
from aggregates.petition.state import Petition, Stage
from office.composition import Office, office
from office.settings import PROJECT, Settings
from tests.people import CLERK, LEADER, RESIDES, somebody_of
from tests.scale.test_real_messages import ALL, part, settled
from tests.suqiu import Suqiu

LINHE = PROJECT / "rulebook" / "linhe"
ANSWERED = {"resolved": "已修好", "explained": "已说明情况", "refused": "不属受理范围"}


def acts(number: int, state: Petition, ours: Office) -> list[Command]:
    """What comes of the `number`-th petition: one of ten ways, the last of them nothing."""
    book, at = ours.rules, ours.now()
    by, leader, clerk = somebody_of(state.unit, book), LEADER, CLERK
    accept = c.Accept(at=at, by=by)
    if state.stage is Stage.PROPOSED:
        return [c.Triage(at=at, by=clerk)] if number % 2 else []

    def reply(outcome: Any) -> Command:
        return c.Reply(at=at, by=by, outcome=outcome, text=ANSWERED[outcome], grounds="现场查看")

    other = next(each.id for each in book.units if each.tier == state.tier and each.id != state.unit)
    ways: tuple[list[Command], ...] = (
        [
            accept,
            reply("resolved"),
            c.AskFollowUp(at=at, by=clerk),
            c.Confirm(at=at, by=RESIDES, known=BY_CODE, satisfied=True),
        ],
        [accept, reply("explained"), c.Dispute(at=at, by=RESIDES, known=BY_CODE, reason="没有解决")],
        [c.Return(at=at, by=by, reason="不属本单位")],
        [c.Contact(at=at, by=by, how="call"), accept, reply("refused")],
        [c.Withdraw(at=at, by=RESIDES, known=BY_CODE, reason="自己解决了")],
        [accept],
        [c.Transfer(at=at, by=by, unit=other, reason="职责调整")],
        [accept, c.SetUrgency(at=at, by=clerk, cause="elderly")],
        [c.Supervise(at=at, by=leader)],
        [],
    )
    return ways[number % len(ways)]


def lived(suqiu: Suqiu, rows: int) -> Counter[str]:
    """Staff and residents act on the petitions, several at once; what was said and what was refused, by command."""
    told: Counter[str] = Counter()
    with office(Settings(data=suqiu.folder), pool_size=6) as ours, ThreadPoolExecutor(4) as people:
        with psycopg.connect(ours.event_log.datastore.dsn) as connection:
            petitions = [
                row[0]
                for row in connection.execute(
                    "SELECT originator_id FROM suqiu.events WHERE topic = 'petition.received' ORDER BY position"
                ).fetchall()
            ]
        assert len(petitions) == rows

        def act(numbered: tuple[int, str]) -> list[str]:
            number, petition = numbered
            done = []
            for place, command in enumerate(acts(number, ours.handler.load(petition), ours)):
                try:
                    ours.handler.execute(petition, command, f"test:{number}:{place}")
                    done.append(type(command).__name__)
                except Refused as refused:
                    done.append(f"{type(command).__name__} refused: {refused.code}")
                    break
            return done

        for done in people.map(act, enumerate(petitions)):
            told.update(done)
    return told


def quiet(suqiu: Suqiu, within: float) -> int:
    """Wait until the engine has done what follows, and nothing is written any more; how many events there are."""
    until, last, since = time.monotonic() + within, -1, time.monotonic()
    while time.monotonic() < until:
        head = int(suqiu.json("projections", "status")["rows"][0]["head"])
        if head != last:
            last, since = head, time.monotonic()
        elif time.monotonic() - since > 8:
            return last
        time.sleep(0.5)
    raise AssertionError(f"still being written after {within} s")


def walk(suqiu: Suqiu, file: Path, rows: int, within: float) -> None:
    """Taken in, lived, and decided again: under the same rules, and under another town's."""
    began = time.monotonic()
    run = suqiu.up()
    assert len(suqiu.rows("submit", "--from", str(file))) == rows
    settled(suqiu, rows, within)
    taken = time.monotonic()
    told = lived(suqiu, rows)
    events = quiet(suqiu, within)
    ended = time.monotonic()
    with psycopg.connect(run["database"]) as connection:
        topics = dict(
            connection.execute(
                "SELECT topic, count(*) FROM suqiu.events WHERE starts_with(originator_id, 'p-') GROUP BY 1"
            ).fetchall()
        )
    assert topics["petition.received"] == rows
    for topic in ("accepted", "replied", "confirmed", "disputed", "escalated", "returned", "transferred", "withdrawn"):
        assert topics[f"petition.{topic}"] > rows / 100, (topic, topics, told)
    assert topics["petition.closed"] > 0, "what the engine does by itself"
    done = sum(count for said, count in told.items() if "refused" not in said)
    assert done > 0.8 * sum(told.values()), told

    again = suqiu.json("replay", "--all")
    assert (again["petitions"], again["differ"], again["examples"]) == (rows, 0, [])
    assert again["identical"] == rows
    assert again["events"] == sum(topics.values()), "no event of a petition was left out"

    other = json.loads(suqiu.run("replay", "--all", "--under", str(LINHE), "--json", code=None))
    assert (other["petitions"], other["stuck"], other["unfoldable"]) == (rows, 0, 0), "nothing is lost"
    assert rows == other["identical"] + other["details"] + other["differs"]
    both = other["deadlines_same"] + other["deadlines_earlier"] + other["deadlines_later"]
    assert other["deadlines_recorded"] == both + other["deadlines_only_recorded"]
    assert other["deadlines_then"] == both + other["deadlines_only_then"]
    assert other["breaches_recorded"] == other["breaches_both"] + other["breaches_only_recorded"]
    assert other["breaches_then"] == other["breaches_both"] + other["breaches_only_then"]
    assert rows == other["tiers_same"] + other["tiers_higher"] + other["tiers_lower"]
    assert other["deadlines_earlier"] + other["deadlines_later"] > rows / 2, "another town promises other days"
    suqiu.run("audit", "verify", "--leaves-only")
    assert suqiu.down() == 0
    names = ("petitions", "identical", "details", "differs", "deadlines_recorded", "deadlines_then")
    print(f"{rows} in {taken - began:.0f} s, lived in {ended - taken:.0f} s, {events} events; {dict(told)}")  # noqa: T201
    print(f"again {again['seconds']} s; under the second town {other['seconds']} s", {n: other[n] for n in names})  # noqa: T201


@pytest.mark.long
@pytest.mark.timeout(240)
def test_some_messages_lived_are_decided_the_same_again(suqiu: Suqiu, messages: Path) -> None:
    walk(suqiu, part(messages, suqiu.folder, 80), 80, within=120)


@pytest.mark.long
@pytest.mark.timeout(1_500)
def test_all_messages_lived_are_decided_the_same_again(suqiu: Suqiu, messages: Path) -> None:
    walk(suqiu, messages, ALL, within=900)
