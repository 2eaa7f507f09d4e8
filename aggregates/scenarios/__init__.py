"""Scenarios a clerk can read: what had happened, what somebody then asks, what follows and when it is due.

`written` is the shape of a file, `reading` turns its text into that, `playing` lets people and the engine act on a
fake clock through `decide` and `agenda`, `comparing` says where the rules do otherwise than expected and whether it is
still the same story, `rewriting` writes that down. Pure: the caller reads the files. May import `aggregates` and
`rulebook`. A new expectation goes into `written.Then` and `comparing`.
"""

from aggregates.scenarios.comparing import Difference, corrections, differences
from aggregates.scenarios.reading import ScenarioFile, read_scenarios, rulebook_of
from aggregates.scenarios.rewriting import Correction, rewrite

__all__ = [
    "Correction",
    "Difference",
    "ScenarioFile",
    "corrections",
    "differences",
    "read_scenarios",
    "rewrite",
    "rulebook_of",
]
