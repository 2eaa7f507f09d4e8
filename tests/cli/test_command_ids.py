"""A sender's id of an act makes it happen once, and is in the log for nobody to read."""

from zipfile import ZipFile

import psycopg
import pytest

from aggregates.event import Actor
from aggregates.known import BY_CODE
from aggregates.petition.commands import Withdraw
from aggregates.record import Recorded
from office.composition import office
from office.connection import database_of
from office.settings import read_settings
from tests.cli.conftest import Inside

pytestmark = pytest.mark.engine
ID = "13812345678 金丝雀"


def rows_that_have(here: Inside, text: str) -> list[str]:
    with psycopg.connect(database_of(read_settings(data=here.data))) as connection:
        found = connection.execute(
            "SELECT originator_id, position FROM suqiu.events WHERE strpos(command_id, %s) > 0", (text,)
        )
        return [str(row) for row in found]


def test_an_id_that_says_who_asks_is_in_no_row_and_no_dossier(here: Inside) -> None:
    receipt, other = here.receipt("（虚构）东门的灯坏了"), here.receipt("（虚构）西门的灯坏了")
    act = ("--reason", "不用了", "--command-id", ID, "--json")
    once = here("petition", "withdraw", receipt, *act)
    assert (once.code, once.row["repeated"]) == (0, False), once
    again = here("petition", "withdraw", receipt, *act)
    assert (again.row["repeated"], again.row["version"]) == (True, once.row["version"])
    assert here("petition", "withdraw", other, *act).row["repeated"] is False, "another petition is another act"

    assert rows_that_have(here, "金丝雀") == rows_that_have(here, "13812345678") == []
    kept = [log_of(here, petition(here, each))[-1].command_id for each in (receipt, other)]
    assert all(each.startswith("command-id:") for each in kept)
    assert kept[0] != kept[1], "nobody sees that both came from one sender"
    file = here.data.with_name("ids.zip")
    assert here("audit", "dossier", receipt, "-o", str(file), "--by", "leader-1").code == 0
    with ZipFile(file) as archive:
        texts = b"".join(archive.read(name) for name in archive.namelist())
    assert "金丝雀".encode() not in texts
    assert kept[0].encode() in texts


def test_what_an_earlier_version_kept_still_makes_a_repeat(here: Inside) -> None:
    """Given an act whose id stands in the log as it was given; when the sender repeats it; then it is answered."""
    receipt = here.receipt("（虚构）南门的灯坏了")
    with office(read_settings(data=here.data, rulebook=here.env()["SUQIU_RULEBOOK"])) as ours:
        command = Withdraw(at=ours.now(), by=Actor.resident(), known=BY_CODE, reason="不用了")
        before = ours.handler.execute(petition(here, receipt), command, "shell:w-17")
    again = here("petition", "withdraw", receipt, "--command-id", "w-17", "--json")
    assert (again.code, again.row["repeated"], again.row["version"]) == (0, True, before.state.version)
    assert here("petition", "withdraw", receipt, "--command-id", "w-18", "--json").code == 1


def petition(here: Inside, receipt: str) -> str:
    return str(here("petition", "show", receipt, "--json").row["petition"])


def log_of(here: Inside, stream: str) -> list[Recorded]:
    with office(read_settings(data=here.data, rulebook=here.env()["SUQIU_RULEBOOK"])) as ours:
        return list(ours.event_log.read(stream))
