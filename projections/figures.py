"""The figures of reports: pure functions of a prefix of the log, a period and a rulebook, reproducible years later.

Counts are integers; rates are computed by whoever shows them, so that a figure has one form.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import rfc8785

from aggregates.record import Recorded
from projections.lives import fold_lives
from projections.office_reports import digest, feedback, review, scorecard, situation
from projections.publication import publication
from projections.tables import Asked, Table, Told
from rulebook.rhythm import ReportKind

COUNTED_BY = 1
"""Version of the way of counting: raise it when a figure's meaning changes, so that old reports are not compared."""

KINDS: dict[ReportKind, Callable[[Told, Asked], Iterator[Table]]] = {
    "digest": digest,
    "situation": situation,
    "scorecard": scorecard,
    "publication": publication,
    "review": review,
    "feedback": feedback,
}


def figures_of(kind: ReportKind, asked: Asked, records: Iterable[Recorded]) -> str:
    """The figures of a report from a prefix of the log, as canonical JSON (RFC 8785), over which the hash is taken.

    Reads all of the prefix: minutes for millions of events.
    """
    lives, facts = fold_lives(records)
    body: dict[str, Any] = {
        "kind": kind,
        "period": asked.period.label,
        "tables": [
            {"name": table.name, "columns": list(table.columns), "rows": [list(row) for row in table.rows]}
            for table in KINDS[kind](Told(list(lives.values()), facts), asked)
        ],
    }
    return rfc8785.dumps(body).decode()


def hash_of(figures: str) -> str:
    """SHA-256 of canonical figures, in hex."""
    return hashlib.sha256(figures.encode()).hexdigest()
