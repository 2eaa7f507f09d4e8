"""A deadline laundered: over, and then merged, corrected, raised or counted again before the engine says that it was.

Each promise is judged at its end, by the office's own sentences and by the verifier alike.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.replay.dispute import Finding, findings
from eventstore.log import Append
from evidence.deadline_sentences import about, verdict
from evidence.dossiers import verify
from evidence.dossiers.redaction import Reader
from tests.aggregates.office import at, proposal
from tests.dossiers.registry import Registry
from tests.dossiers.test_recount import agree, counted
from tests.people import LEADER
from tests.replay.disputes import ZONE, following, with_day_off
from tests.replay.lives import Filed, books, with_days
from tests.rulebook.books import baiyang

PETITION = "p-" + "7" * 32
DUE = at("2025-09-26 17:30")
LATE = "2025-09-26 18:00"
EARLY = "2025-09-26 17:00"
Act = Callable[[Filed], Filed]


def district() -> Filed:
    """A petition with its district unit: three days, until 2025-09-26 17:30."""
    return Filed(proposes=proposal("public_service", "district")).receive("2025-09-23 15:00").step().step()


def corrected(case: Filed) -> Filed:
    return case.act(c.Reclassify, tier="beyond", category=None)


def counted_again(case: Filed) -> Filed:
    case.rules = following(with_day_off(date(2025, 9, 26)))
    return case.act(c.Recompute, cause="calendar")


def given_more_days(case: Filed) -> Filed:
    case.rules = following(with_days("district", 20))
    return case.act(c.Recompute, cause="rulebook")


ASIDE: dict[str, Act] = {
    "merged": lambda case: case.act(c.Merge),
    "reclassified": corrected,
    "withdrawn": lambda case: case.act(c.Withdraw),
}
MOVED: dict[str, Act] = {"by a calendar": counted_again, "by a rulebook": given_more_days}


def told(registry: Registry, case: Filed) -> verify.Finding:
    """What the verifier says of the first district clock; the office's own sentences say the same of every clock."""
    registry.known = (*registry.known, case.rules)
    registry.write({PETITION: case.records})
    found = verify.verify(registry.dossier(PETITION).content).findings
    agree(counted(case.records, *registry.known), case.records, ours(case))
    return next(each for each in found if each.clock.tier == "district")


def ours(case: Filed) -> list[Finding]:
    return findings(PETITION, case.records, books(baiyang(), case.rules), case.records[-1].recorded_at)


def of_the_district(case: Filed) -> Finding:
    return next(each for each in ours(case) if each.promise.tier == "district")


@pytest.mark.parametrize("how", ASIDE)
def test_what_is_set_aside_after_its_end_was_missed(registry: Registry, how: str) -> None:
    case = district()
    case.now = at(LATE)
    ASIDE[how](case)
    found = told(registry, case)
    assert (found.verdict, found.end, found.by) == ("missed", DUE, timedelta(minutes=30))
    assert found.judged is None
    assert f"it was set aside only 2025-09-26 18:00, 30 min late. Event {len(case.records)}" in found.sentences[0].en
    assert "到期时无办结记录；2025-09-26 18:00 才不再计时，迟 30 分钟" in found.sentences[0].zh
    said = verdict(of_the_district(case), ZONE)
    assert said.zh.startswith("超期：期限 2025-09-26 17:30，到期时无办结记录")
    assert said.en.startswith("Missed: due 2025-09-26 17:30, nothing had met it; it was set aside only 30 min later")


@pytest.mark.parametrize("how", ASIDE)
def test_what_is_set_aside_before_its_end_was_not_missed(registry: Registry, how: str) -> None:
    case = district()
    case.now = at(EARLY)
    ASIDE[how](case)
    assert told(registry, case).verdict == "set_aside"
    assert of_the_district(case).verdict == "set_aside"


def test_raised_for_another_cause_after_its_end(registry: Registry) -> None:
    """It complains of the only desk of its tier, which is noticed too late: it goes to the tier above."""
    case = Filed(proposes=proposal("stability", "district")).receive("2025-09-23 15:00").step().step()
    end = case.state.due_at
    assert end is not None
    case.now = end + timedelta(minutes=30)
    case.act(c.Reclassify, category=None, matter=None, complained_about=case.state.in_charge).step()
    assert [each.cause for each in case.all_of(e.PetitionEscalated)] == ["complaint"]
    found = told(registry, case)
    assert (found.verdict, found.by) == ("missed", timedelta(minutes=30))
    assert "“escalated”, by engine" in found.sentences[0].en
    assert "raised for another cause" in verdict(of_the_district(case), ZONE).en


@pytest.mark.parametrize("how", MOVED)
def test_what_comes_into_force_after_the_end_moves_it_no_more(registry: Registry, how: str) -> None:
    case = district()
    case.now = at(LATE)
    MOVED[how](case)
    moved_by = len(case.records)
    case.now = at("2025-09-26 19:00")
    case.act(c.Reply)
    found = told(registry, case)
    assert found.clock.due > DUE
    assert (found.verdict, found.end, found.by) == ("missed", DUE, timedelta(hours=1, minutes=30))
    assert any(f"when event {moved_by} was recorded 2025-09-26 18:00" in each.en for each in found.sentences)
    own = of_the_district(case)
    assert any(f"when #{moved_by} was recorded 2025-09-26 18:00" in each.en for each in about(own, baiyang()))


@pytest.mark.parametrize("how", MOVED)
def test_what_comes_into_force_before_the_end_moves_it(registry: Registry, how: str) -> None:
    case = district()
    case.now = at(EARLY)
    MOVED[how](case)
    case.now = at("2025-09-26 19:00")
    case.act(c.Reply)
    assert told(registry, case).verdict == "kept"


def test_merged_in_time_and_withdrawn_months_later_it_was_not_missed(registry: Registry) -> None:
    case = district()
    case.now = at(EARLY)
    case.act(c.Merge)
    case.now = at("2025-11-26 17:00")
    case.act(c.Withdraw)
    assert told(registry, case).verdict == "set_aside"


def test_merged_in_time_and_unmerged_after_the_end_it_is_owed_again(registry: Registry) -> None:
    case = district()
    case.now = at(EARLY)
    case.act(c.Merge)
    case.now = at(LATE)
    case.act(c.Unmerge)
    case.now = at("2025-09-26 19:00")
    assert told(registry, case).verdict == "missed"


def test_a_paper_entered_late_and_sorted_at_once_owes_what_it_was_sorted_into(registry: Registry) -> None:
    """The door's clock, over before anybody had the paper, is no promise that was broken; the district's is kept."""
    case = Filed(proposes=proposal("public_service", "district"))
    case.receive("2025-09-24 09:00", submitted_at=at("2025-09-22 10:00")).step().step()
    case.act(c.Reply)
    assert told(registry, case).verdict == "kept"
    assert [each.verdict for each in ours(case) if each.promise.name == "tier"] == ["set_aside", "kept"]


def test_a_paper_entered_late_and_left_unsorted_missed_the_doors_clock(registry: Registry) -> None:
    """Nobody sorted it for two hours, and the engine did not say that it was over."""
    case = Filed(proposes=proposal("public_service", "district"))
    case.receive("2025-09-24 09:00", submitted_at=at("2025-09-22 10:00"))
    case.now = at("2025-09-24 11:00")
    case.step().step().act(c.Reply)
    told(registry, case)
    assert [each.verdict for each in ours(case) if each.promise.name == "tier"] == ["missed", "kept"]


@pytest.mark.parametrize(
    ("when", "expected"),
    [("2025-09-25 08:30", "paused"), ("2025-09-25 09:30", "running"), ("2025-10-20 09:00", "missed")],
)
def test_a_pause_that_nobody_ended_is_judged_at_its_bound(registry: Registry, when: str, expected: str) -> None:
    """Paused for one working day, and left so: from its bound on the clock runs, and ends."""
    case = district().until("2025-09-24 10:00").act(c.Pause, days=1)
    assert case.state.waits_until == at("2025-09-25 08:30")
    (own,) = [
        each for each in findings(PETITION, case.records, books(baiyang()), at(when)) if each.promise.tier == "district"
    ]
    registry.write({PETITION: case.records})
    size = registry.sign(at(when))
    found = verify.verify(registry.dossier(PETITION, size=size).content).findings
    (theirs,) = [each for each in found if each.clock.tier == "district"]
    assert (own.verdict, own.end) == (theirs.verdict, theirs.end) == (expected, theirs.end)


def test_a_pause_that_a_leader_allowed_and_nobody_ended(registry: Registry) -> None:
    case = district().until("2025-09-24 10:00").act(c.RequestParking, look_again_on=date(2025, 9, 28))
    case.act(c.DecideParking, LEADER)
    case.now = at("2025-10-20 09:00")
    case.act(c.Withdraw)
    found = told(registry, case)
    assert found.verdict == "missed"
    assert found.end > DUE


@pytest.mark.parametrize(
    ("reader", "answered", "said"),
    [
        (Reader.AUDITOR, True, "was answered: on record 2025-09-24 10:00"),
        (Reader.COURT, False, "no answer was on record by the newest checkpoint"),
        (Reader.UNIT, True, "are not in this dossier: whether it was answered there nothing here shows"),
        (Reader.RESIDENT, True, "are not in this dossier: whether it was answered there nothing here shows"),
    ],
)
def test_the_petition_it_was_merged_into_comes_along(
    registry: Registry, reader: Reader, answered: bool, said: str
) -> None:
    """For the court and auditors; its leaves tell of another resident, so others are told that it is not there."""
    other = "p-" + "8" * 32
    case, target = district(), district().until("2025-09-24 10:00")
    if answered:
        target.act(c.Reply)
    case.now = at(LATE)
    case.act(c.Merge, into=other)
    registry.write({PETITION: case.records, other: target.records})
    verified = verify.verify(registry.dossier(PETITION, reader).content)
    assert (other in verified.dossier.streams) == (reader in (Reader.COURT, Reader.AUDITOR))
    (found,) = [each for each in verified.findings if each.clock.tier == "district"]
    assert found.verdict == "missed"
    assert any(other in each.en and said in each.en for each in found.sentences)


def test_another_petition_is_no_part_of_a_dossier(registry: Registry) -> None:
    """Only one that it was merged into belongs there."""
    other = "p-" + "8" * 32
    case, target = district(), district()
    case.now = target.now = at(LATE)
    case.act(c.Merge, into=other)
    registry.write({PETITION: case.records, other: target.records})
    dossier = verify.verify(registry.dossier(PETITION).content).dossier
    manifest = {**dossier.manifest, "petition": other}
    with pytest.raises(verify.Wrong, match="do not belong there"):
        verify.check_streams(replace(dossier, manifest=manifest))


def test_set_aside_in_time_by_its_own_word_and_not_by_a_checkpoint(registry: Registry) -> None:
    """Merged at 17:29, it says; a checkpoint of 17:31 does not have it. Then: both are said."""
    case = district()
    registry.write({PETITION: case.records})
    registry.sign(at("2025-09-26 17:31"))
    case.now = at("2025-09-26 17:29")
    case.act(c.Merge)
    (merged,) = case.records[-1:]
    assert all(registry.event_log.append([Append(PETITION, len(case.records) - 1, (merged.event,), "merge", case.now)]))
    registry.now = at(LATE)
    found = verify.verify(registry.dossier(PETITION).content).findings
    (one,) = [each for each in found if each.clock.tier == "district"]
    assert (one.verdict, one.proven) == ("set_aside", "contradicted")
    assert "A checkpoint shows otherwise" in one.sentences[0].en
