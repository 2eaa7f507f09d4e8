"""Scenarios a clerk can read: what had happened, what somebody then asks, what follows and when it is due.

`written` is the shape of a file, `reading` turns its text into that, `playing` lets people and the engine act on a
fake clock through `decide` and `agenda`, `comparing` says where the rules do otherwise than expected. Pure: the caller
reads the files. May import `aggregates` and `rulebook`. A new expectation goes into `written.Then` and `comparing`.
"""

from aggregates.scenarios.comparing import Difference, differences
from aggregates.scenarios.reading import ScenarioFile, read_scenarios, rulebook_of

__all__ = ["Difference", "ScenarioFile", "differences", "read_scenarios", "rulebook_of"]
