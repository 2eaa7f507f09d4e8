"""What a rule found, and how a failure is told: seed, faults, the petition and its events."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from tests.faults.evidence import Evidence

SHOWN = 3
"""Findings of each rule that are told whole."""


class Finding(NamedTuple):
    """One thing that must not be: by which rule, about which stream (or table, or reader), and what."""

    rule: str
    about: str
    what: str


def check(evidence: Evidence) -> list[Finding]:
    """Every finding of every rule."""
    from tests.faults.checker.rules import RULES

    return [Finding(name, about, what) for name, rule in RULES.items() for about, what in rule(evidence)]


def told(evidence: Evidence, findings: Sequence[Finding]) -> str:
    """The findings as a person needs them: with the run's seed, its faults, and what is on record of each stream."""
    run = next((entry.detail for entry in evidence.entries if entry.said == "run"), {})
    lines = [f"{len(findings)} findings; run {run}"]
    lines += [
        f"  {entry.at:.2f} {entry.said} {entry.op or ''} {entry.detail}"
        for entry in evidence.entries
        if entry.said in ("fault", "ended", "recovered", "jump")
    ]
    seen: Counter[str] = Counter()
    for finding in findings:
        seen[finding.rule] += 1
        if seen[finding.rule] > SHOWN:
            continue
        lines.append(f"{finding.rule}: {finding.about}: {finding.what}")
        for record in evidence.streams.get(finding.about, [])[:60]:
            event = record.event
            lines.append(
                f"    {record.position:>6} v{record.version:<3} {record.recorded_at:%m-%d %H:%M:%S.%f} "
                f"{event.TOPIC} by {event.by.id} · {record.command_id}"
            )
    return "\n".join([*lines, f"by rule: {dict(seen)}"])
