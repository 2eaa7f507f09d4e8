"""A hundred disputes about time: the sentence's verdict against an oracle that counts days in a way of its own."""

import pytest

from aggregates.petition import commands as c
from aggregates.replay.dispute import Finding, findings
from evidence.deadline_sentences import about, length, verdict
from tests.aggregates.office import PETITION, proposal
from tests.replay.disputes import ZONE, Told, dispute
from tests.replay.lives import Filed, books
from tests.rulebook.books import baiyang


def lived(number: int) -> tuple[Finding, Told, str]:
    """One dispute: what the program finds, and what the oracle says."""
    made = dispute(number)
    found = findings(PETITION, made.case.records, books(*made.books), made.case.now)
    (one,) = [each for each in found if each.promise.tier == "district"]
    return one, made.told, made.kind


@pytest.mark.parametrize("number", range(100))
def test_the_sentence_is_right(number: int) -> None:
    finding, told, kind = lived(number)
    assert finding.promise.clock.due_at == told.due, kind
    assert finding.verdict == ("kept" if told.kept else "missed"), kind
    assert finding.by == told.by, kind
    said = verdict(finding, ZONE)
    assert said.zh.startswith("按时" if told.kept else "超期")
    assert said.en.startswith("Kept" if told.kept else "Missed")
    assert f"{told.due:%Y-%m-%d %H:%M}" in said.zh
    if told.by:
        assert length(told.by).zh in said.zh
        assert length(told.by).en in said.en
    told_more = [each.zh for each in about(finding, baiyang())]
    assert any("到期时在册" in each for each in told_more)
    assert bool(finding.late) == (kind == "entered late")
    assert any("补录" in each for each in told_more) == (kind == "entered late")
    assert bool(finding.waits) == (kind == "paused")
    assert bool(finding.extensions) == (kind == "extended")
    assert all(record.recorded_at <= told.due for record in finding.on_record)


def test_every_kind_is_kept_and_missed_where_it_can_be() -> None:
    seen = {(kind, told.kept) for _, told, kind in map(lived, range(100))}
    assert {kind for kind, kept in seen if kept} >= {
        "on time",
        "at the boundary",
        "across holidays",
        "paused",
        "extended",
    }
    assert {kind for kind, kept in seen if not kept} >= {
        "late",
        "at the boundary",
        "paused",
        "extended",
        "entered late",
    }


def test_days_are_explained_and_who_approved_is_named() -> None:
    case = Filed(proposes=proposal("public_service", "district")).receive("2025-09-23 15:00").step().step()
    case.act(c.RequestExtension, days=2).act(c.DecideExtension)
    case.until("2025-09-28 10:00").act(c.Reply)
    finding = next(each for each in findings(PETITION, case.records, books(baiyang()), case.now) if each.extensions)
    said = [each.zh for each in about(finding, baiyang())]
    assert any("延期" in each and "leader-1" in each and "批准" in each and "works-1" in each for each in said)
    assert any("期限变动" in each for each in said) == (finding.promise.moves != [])
    assert finding.days[0].why == "the start day is not counted"
    assert sum(day.counted for day in finding.days) == 5
