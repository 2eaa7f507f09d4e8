"""Pauses, parkings and units dated back: what nobody saw moves no deadline, and a late entry says so."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from aggregates.petition import commands as c
from aggregates.petition.decisions import Refused
from aggregates.replay.dispute import findings
from evidence.deadline_sentences import about
from evidence.dossiers import verify
from rulebook.model import Rulebook
from rulebook.promises import LateEntries
from tests.aggregates.office import at, proposal
from tests.dossiers.registry import Registry
from tests.dossiers.test_recount import agree, counted
from tests.people import LEADER
from tests.replay.lives import Filed, books
from tests.rulebook.books import baiyang

PETITION = "p-" + "7" * 32
DUE = at("2025-09-26 17:30")
Act = Callable[[Filed], Filed]


def with_tolerance(minutes: int) -> Rulebook:
    """Baiyang's book, with the part on late entries."""
    part = LateEntries(counts_within_minutes=minutes, rule="entries.late", source="-", verified=date(2025, 1, 1))
    return baiyang().model_copy(update={"late_entries": part})


def district(rules: Rulebook | None = None) -> Filed:
    """A petition with its district unit: three days, until 2025-09-26 17:30."""
    return Filed(rules, proposal("public_service", "district")).receive("2025-09-23 15:00").step().step()


def paused(case: Filed, when: str) -> Filed:
    return case.act(c.Pause, when=when)


def parked(case: Filed, when: str) -> Filed:
    case.act(c.RequestParking, when=when, look_again_on=date(2025, 9, 29))
    return case.act(c.DecideParking, LEADER, when=when)


BACK: dict[str, tuple[Act, type[c.Command]]] = {
    "paused": (lambda case: paused(case, "2025-09-24 09:00"), c.Resume),
    "parked": (lambda case: parked(case, "2025-09-24 09:00"), c.Unpark),
}


def judged(registry: Registry, case: Filed) -> verify.Verified:
    """What the verifier says; the office's own sentences agree with it on every clock."""
    registry.known = (*registry.known, case.rules)
    registry.write({PETITION: case.records})
    verified = verify.verify(registry.dossier(PETITION).content)
    found = findings(PETITION, case.records, books(*registry.known), case.records[-1].recorded_at)
    agree(counted(case.records, *registry.known), case.records, found)
    return verified


def of_the_district(verified: verify.Verified) -> verify.Finding:
    (found,) = [each for each in verified.findings if each.clock.tier == "district"]
    return found


@pytest.mark.parametrize("how", BACK)
def test_what_is_dated_back_by_days_counts_from_when_it_was_entered(registry: Registry, how: str) -> None:
    """Entered on one day as of the day before, with nobody asked: it gains no time from before it was entered."""
    case = district().until("2025-09-25 10:00")
    act, ends = BACK[how]
    act(case)
    entered = len(case.records)
    case.now = at("2025-09-25 10:30")
    case.act(ends)
    case.now = at("2025-09-27 10:00")
    case.act(c.Reply)
    verified = judged(registry, case)
    found = of_the_district(verified)
    assert found.clock.due > case.now, "by the record it was in time"
    assert (found.verdict, found.end) == ("missed", DUE)
    assert found.sentences[0].zh.startswith("超期")
    said = f"Event {entered}, “", "counts from when it was entered: the end is 2025-09-26 17:30"
    assert any(all(each in sentence.en for each in said) for sentence in found.sentences)
    assert any(f"倒签：第 {entered} 条" in each.zh and "自登记时起算" in each.zh for each in found.sentences)
    own = findings(PETITION, case.records, books(baiyang()), case.now)
    (promise,) = [each for each in own if each.promise.tier == "district"]
    assert promise.verdict == "missed"
    assert any(f"Dated back: #{entered} " in each.en for each in about(promise, baiyang()))
    said = f"Event {entered} (“", "entered 2025-09-25 10:00, 1 d 1 h later"
    assert any(all(each in remark.en for each in said) for remark in verified.remarks)


def test_a_unit_dated_back_gains_no_days_off(registry: Registry) -> None:
    """Transferred to a desk that is closed at weekends, on Sunday and as of Friday: days that were used stay used."""
    case = Filed(proposes=proposal("public_service", "community")).receive("2025-10-17 16:30").step().step()
    every_day = next(unit.id for unit in baiyang().units if unit.calendar == "every_day" and unit.tier == "community")
    if case.state.in_charge != every_day:
        case.act(c.Transfer, unit=every_day)
    due = case.state.due_at
    assert due == at("2025-10-18 17:30")
    case.now = at("2025-10-18 17:00")
    other = next(unit.id for unit in baiyang().units if unit.calendar == "working" and unit.tier == "community")
    case.act(c.Transfer, unit=other, when="2025-10-17 17:00")
    case.now = at("2025-10-20 10:00")
    case.act(c.Reply)
    found = next(each for each in judged(registry, case).findings if each.clock.name == "tier")
    assert found.clock.due == at("2025-10-20 17:30"), "by the record it was in time"
    assert (found.verdict, found.end) == ("missed", due)


def test_within_an_hour_it_counts_as_it_says_and_a_sentence_says_so(registry: Registry) -> None:
    case = district().until("2025-09-24 09:40")
    paused(case, "2025-09-24 09:00")
    case.now = at("2025-09-25 09:00")
    case.act(c.Resume)
    case.until("2025-09-28 16:00").act(c.Reply)
    verified = judged(registry, case)
    found = of_the_district(verified)
    assert (found.verdict, found.end) == ("kept", found.clock.due)
    assert any("entered 40 min after it began" in each.en for each in found.sentences)
    assert not any("later" in each.en and "was entered" in each.en for each in verified.remarks)


def test_under_a_book_with_a_tolerance_more_is_refused(registry: Registry) -> None:
    case = district(with_tolerance(120)).until("2025-09-24 11:01")
    with pytest.raises(Refused) as caught:
        case.act(c.Pause, when="2025-09-24 09:00")
    assert caught.value.code == "dated-back"
    assert "at most 120 minutes" in str(caught.value)
    case.act(c.RequestParking, look_again_on=date(2025, 9, 29))
    with pytest.raises(Refused, match="at most 120 minutes"):
        case.act(c.DecideParking, LEADER, when="2025-09-24 09:00")
    case.now = at("2025-09-24 11:00")
    paused(case, "2025-09-24 09:00")
    case.now = at("2025-09-25 09:00")
    case.act(c.Resume)
    verified = judged(registry, case)
    found = of_the_district(verified)
    assert found.end == found.clock.due
    assert any("entered 2 h after it began, which the rulebook allows" in each.en for each in found.sentences)
    assert any("entered 2025-09-24 11:00, 2 h later" in each.en for each in verified.remarks)


def test_an_office_that_dates_back_further_than_its_book_allows_is_refused(registry: Registry) -> None:
    case = district(with_tolerance(60)).until("2025-09-24 09:00")
    paused(case, "2025-09-24 09:00")
    (last,) = case.records[-1:]
    case.records[-1] = last._replace(recorded_at=last.recorded_at + timedelta(hours=2))
    registry.known = (*registry.known, case.rules)
    registry.write({PETITION: case.records})
    content = registry.dossier(PETITION).content
    with pytest.raises(verify.Wrong, match="dated back by more than the 60 minutes"):
        verify.verify(content)


def test_a_book_without_the_part_keeps_its_hash() -> None:
    assert b'"late_entries"' not in baiyang().canonical
    assert b'"late_entries"' in with_tolerance(60).canonical


def test_every_entry_later_than_an_hour_says_so(registry: Registry) -> None:
    case = district().until("2025-09-25 12:00")
    case.act(c.Contact, when="2025-09-25 10:00").act(c.Supervise, when="2025-09-25 11:30")
    (contact, watch) = (each.version for each in case.records[-2:])
    said = [each.en for each in judged(registry, case).remarks]
    assert any(f"Event {contact} " in each and "2 h later" in each for each in said)
    assert not any(f"Event {watch} " in each and "later" in each for each in said)
