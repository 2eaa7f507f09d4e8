"""Everybody is answered, and all comes to rest: what is merely silent is a finding, too."""

from collections import defaultdict
from collections.abc import Iterator

from tests.faults.evidence import Evidence
from tests.faults.journal import Operation

About = Iterator[tuple[str, str]]


def unanswered(evidence: Evidence) -> About:
    """Whoever asks, and asks again when no answer comes, has one in the end: `ok`, or a refusal."""
    calls: dict[int, list[Operation]] = defaultdict(list)
    for operation in evidence.operations:
        calls[operation.of].append(operation)
    for number, asked in calls.items():
        last = asked[-1]
        if last.outcome == "unknown":
            about = last.asked.get("petition") or f"operation {number}"
            waited = (last.answered_at or evidence.entries[-1].at) - asked[0].invoked_at
            errors = sorted({str(each.answer.get("error", "no answer")) for each in asked if each.outcome == "unknown"})
            yield about, f"operation {number}, {last.kind}: called {len(asked)} times in {waited:.0f} s: {errors}"


def not_settled(evidence: Evidence) -> About:
    """Without faults all that was to be asked is asked, and then all is quiet."""
    settled = [entry for entry in evidence.entries if entry.said == "settled"]
    if not settled:
        yield "run", "the journal ends before all was quiet"
    for entry in settled:
        if not entry.detail["load"]:
            yield "run", "people were still asking when the time for all of it was over"
        if not entry.detail["quiet"]:
            yield "run", "not quiet: something was overdue, not read, not delivered or not brought to petitions"
