"""Which promises are not under the rules that were in force when their events were decided."""

from collections.abc import Collection, Sequence

from aggregates.record import Recorded
from aggregates.replay.dispute import Finding
from evidence.dossiers.verify import NO_CLOCK


def outside_of(finding: Finding, records: Sequence[Recorded], wrong: Collection[int]) -> list[int]:
    """Versions of a promise's events, of `wrong`: those not decided under the rules that were in force then."""
    first, end = finding.promise.given_by.version, finding.promise.ended_by
    return [
        each.version
        for each in records
        if each.version in wrong
        and first <= each.version <= (end.version if end else each.version)
        and each.event.TOPIC.partition(".")[2] not in NO_CLOCK
    ]
