"""The figures of a run: what was asked and answered, what was broken how often, how long it took to be whole again."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from statistics import median
from typing import Any

from aggregates.messages.events import MessageWritten
from aggregates.petition import events as e
from tests.faults.checker.promises import steps
from tests.faults.evidence import Evidence


def figures(evidence: Evidence) -> dict[str, Any]:
    """Counts, and seconds of recovery by kind of fault: least, middle, most."""
    kinds: dict[int, str] = {}
    recoveries: dict[str, list[float]] = defaultdict(list)
    for entry in evidence.entries:
        if entry.said == "fault" and entry.op is not None:
            kinds[entry.op] = entry.detail["kind"]
        elif entry.said == "recovered" and entry.op is not None:
            recoveries[kinds[entry.op]].append(entry.detail["seconds"])
    outcomes = Counter(f"{each.kind} {each.outcome}" for each in evidence.operations)
    topics = Counter(type(record.event) for record in evidence.records)
    return {
        "petitions": len(evidence.petitions),
        "events": evidence.head,
        "operations": dict(sorted(outcomes.items())),
        "steps": sum(1 for _ in steps(evidence)),
        "rung": sum(topics[kind] for kind in (e.PetitionReminded, e.PetitionEscalated, e.ClockBreached, e.ClockWarned)),
        "reminders": topics[e.PetitionReminded],
        "escalations": topics[e.PetitionEscalated],
        "breaches": topics[e.ClockBreached],
        "messages": topics[MessageWritten],
        "recoveries": {kind: _spread(found) for kind, found in sorted(recoveries.items())},
    }


def _spread(seconds: list[float]) -> dict[str, float]:
    return {"faults": len(seconds), "least": min(seconds), "middle": median(seconds), "most": max(seconds)}


def table(found: Mapping[str, Any]) -> str:
    """The figures in lines."""
    lines = [f"{name}: {value}" for name, value in found.items() if name != "recoveries"]
    lines += [
        f"  {kind}: {s['faults']} faults, recovered after {s['least']:.1f} / {s['middle']:.1f} / {s['most']:.1f} s"
        for kind, s in found["recoveries"].items()
    ]
    return "\n".join(lines)
