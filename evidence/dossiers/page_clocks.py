"""The report's part about clocks: each promise with its verdict, how its days were counted, and what proves it."""

import re
from collections.abc import Sequence

from aggregates.replay.dispute import Finding
from eventstore.proofs.checkpoint import Checkpoint
from evidence.deadline_sentences import Said, about, not_under_the_rules, reason, verdict
from evidence.dossiers.page import Clock, Day, Line
from evidence.dossiers.proof_sentences import proven
from projections.words import CLOCKS, CLOCKS_EN, shown
from rulebook.clocks import DayCount
from rulebook.model import Rulebook

VERDICTS = {
    "kept": Line(zh="按时", en="kept"),
    "missed": Line(zh="超期", en="missed"),
    "running": Line(zh="未到期", en="running"),
    "paused": Line(zh="暂停中", en="paused"),
    "set_aside": Line(zh="不再计时", en="set aside"),
}
_NUMBERED = re.compile(r"day \d+ of \d+, ")


def clocks(
    found: Sequence[Finding], outside: Sequence[Sequence[int]], book: Rulebook, checkpoints: Sequence[Checkpoint]
) -> tuple[Clock, ...]:
    """The promises, in the order they were made; `outside`: of each, the events not under the rules in force."""
    return tuple(_clock(each, wrong, book, checkpoints) for each, wrong in zip(found, outside, strict=True))


def line(said: Said) -> Line:
    """A sentence as the report takes it."""
    return Line(zh=said.zh, en=said.en)


def _clock(finding: Finding, outside: Sequence[int], book: Rulebook, checkpoints: Sequence[Checkpoint]) -> Clock:
    promise, zone = finding.promise, book.zone
    tier = next((each.name for each in book.tiers if each.id == promise.tier), None)
    return Clock(
        name=Line(zh=CLOCKS[promise.name], en="tier" if promise.name == "tier" else CLOCKS_EN[promise.name]),
        tier=Line(zh=tier.zh, en=tier.en) if tier else None,
        rule=promise.clock.rule,
        started=shown(promise.clock.started_at, zone),
        due=shown(promise.clock.due_at, zone),
        verdict=finding.verdict,
        word=VERDICTS[finding.verdict],
        said=line(verdict(finding, zone)),
        about=tuple(line(each) for each in (*not_under_the_rules(outside), *about(finding, book))),
        proven=tuple(line(each) for each in proven(finding, checkpoints, zone)),
        days=tuple(_days(finding.days)),
    )


def _days(counts: Sequence[DayCount]) -> list[Day]:
    days: list[Day] = []
    used = 0
    for each in counts:
        used += each.counted
        why = _NUMBERED.sub("", each.why)
        days.append(
            Day(
                date=each.date.isoformat(),
                weekday=each.date.isoweekday(),
                counted=each.counted,
                number=used if each.counted else None,
                why=Line(zh=reason(why), en=why),
            )
        )
    return days
