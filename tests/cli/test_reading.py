"""`suqiu petition read`: what is sealed in any event of a petition, by its number; what is on record of the look."""

from typing import Any, get_args

from cli.petitions.acts import Sealed
from tests.cli.conftest import Answered, Inside

WHY = "已自行清理"


def looked(here: Inside, receipt: str, *options: str, by: str = "window-1") -> Answered:
    return here("petition", "read", receipt, "--by", by, "--reason", "回访前核对", *options, "--json")


def timeline(here: Inside, receipt: str) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = here("petition", "show", receipt, "--json").row["timeline"]
    return shown


def number_of(here: Inside, receipt: str, topic: str) -> int:
    """The number of the last event of a topic, as `petition show` has it."""
    return max(int(entry["version"]) for entry in timeline(here, receipt) if entry["topic"] == f"petition.{topic}")


def looks(here: Inside, receipt: str) -> list[str]:
    return [entry["en"] for entry in timeline(here, receipt) if entry["topic"] == "petition.sealed_fields_read"]


def withdrawn(here: Inside, text: str, *options: str) -> tuple[str, int]:
    """A petition taken back with a reason, and the number of that event; another text is another petition."""
    receipt = here.receipt(text, *options)
    here.until(receipt, "proposed", "dispatched")
    assert here("petition", "withdraw", receipt, "--reason", WHY).code == 0
    return receipt, number_of(here, receipt, "withdrawn")


def test_what_a_later_event_holds_is_read_by_its_number_and_the_record_says_which(here: Inside) -> None:
    receipt, number = withdrawn(here, "一楼楼道堆满杂物")
    answer = looked(here, receipt, "--event", str(number)).row
    assert (answer["event"], answer["topic"]) == (number, "petition.withdrawn")
    assert answer["fields"] == {"reason": WHY}
    assert looks(here, receipt) == [f"Personal data of event {number} was looked at: reason"]
    why = "--event", str(number_of(here, receipt, "sealed_fields_read"))
    assert "leaders and the supervisory committee only" in looked(here, receipt, *why).row["error"]
    assert looked(here, receipt, *why, by="supervisor-1").row["fields"] == {"reason": "回访前核对"}, (
        "why is sealed, too"
    )


def test_without_a_number_it_is_what_the_resident_brought(here: Inside) -> None:
    receipt, _ = withdrawn(here, "二楼楼道堆满杂物")
    answer = looked(here, receipt).row
    assert (answer["event"], answer["topic"]) == (1, "petition.received")
    assert answer["fields"] == looked(here, receipt, "--event", "1").row["fields"]
    assert set(answer["fields"]) == {"title", "text"}
    assert answer["fields"]["text"] == "二楼楼道堆满杂物"
    assert looks(here, receipt) == ["Personal data of event 1 was looked at: title, text"] * 2


def test_the_page_has_the_numbers(here: Inside) -> None:
    receipt, number = withdrawn(here, "三楼楼道堆满杂物")
    page = here("petition", "show", receipt).out.splitlines()
    begins = {line.split()[0] for line in page if line.split()}
    assert {str(each) for each in range(1, number + 1)} <= begins


def test_what_cannot_be_read_is_said_and_leaves_no_record(here: Inside) -> None:
    receipt, number = withdrawn(here, "四楼楼道堆满杂物")
    plain = number_of(here, receipt, "classified")
    for code, said, *options in (
        (2, f"--event: expected 1 to {number}, as `petition show` numbers them; found {number + 1}", str(number + 1)),
        (2, "--event: expected 1 to", "0"),
        (2, "fields: expected among reason; found 'phone'", str(number), "--field", "phone"),
        (1, f"nothing is sealed in event {plain}, petition.classified", str(plain)),
    ):
        refused = looked(here, receipt, "--event", *options)
        assert (refused.code, said in refused.row["error"]) == (code, True), refused
    stranger = looked(here, receipt, "--event", str(number), by="education-1")
    assert (stranger.code, "this is not for education-1" in stranger.row["error"]) == (1, True)
    assert looks(here, receipt) == []


def test_who_somebody_is_is_shown_to_whoever_names_the_field(here: Inside) -> None:
    receipt = here.receipt("路灯不亮", "--name", "样例甲", "--phone", "13800000041")
    here.until(receipt, "proposed", "dispatched")
    assert here("petition", "join", receipt, "--name", "样例乙", "--phone", "13800000042", "--by", "window-1").code == 0
    number = str(number_of(here, receipt, "resident_joined"))
    unnamed = looked(here, receipt, "--event", number)
    assert (unnamed.code, "holds name, phone, address; name what you have to see" in unnamed.row["error"]) == (2, True)
    assert looked(here, receipt, "--event", number, "--field", "name").row["fields"] == {"name": "样例乙"}
    assert here("petition", "confidential", receipt, "--by", "window-1").code == 0
    assert looked(here, receipt, "--event", number, "--field", "phone").row["fields"] == {"phone": "+8613800000042"}


def test_a_merged_petition_s_own_events_stay_readable(here: Inside) -> None:
    first, second = here.receipt("井盖坏了"), here.receipt("井盖破损")
    for receipt in (first, second):
        here.until(receipt, "proposed", "dispatched")
    assert here("petition", "merge", second, "--into", first, "--reason", "同一处", "--by", "window-1").code == 0
    number = str(number_of(here, second, "merged"))
    assert looked(here, second, "--event", number).row["fields"] == {"reason": "同一处"}


def test_what_was_erased_with_its_resident_is_refused(here: Inside) -> None:
    receipt, number = withdrawn(here, "五楼楼道堆满杂物", "--phone", "13800000043")
    by = ("--reason", "本人要求", "--by", "window-1")
    assert here("resident", "erase", receipt, *by, "--seen", "id_card", "--approved-by", "leader-1").code == 0
    refused = looked(here, receipt, "--event", str(number))
    assert (refused.code, "was erased with its resident's data" in refused.row["error"]) == (1, True)
    assert looks(here, receipt) == []
    assert set(looked(here, receipt).row["fields"].values()) <= {"[erased]", None}


def test_every_sealed_field_of_a_petition_can_be_asked_for() -> None:
    from aggregates.petition.decisions.looking import SEALED

    assert set(get_args(Sealed)) == {field for fields in SEALED.values() for field in fields}
