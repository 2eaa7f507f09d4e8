"""What stands at the end of each file of decisions: its commands, what decides them, and the event each leads to."""

from collections.abc import Callable
from typing import Any, NamedTuple

from aggregates.event import Event
from aggregates.petition import commands as c
from aggregates.petition.state import Petition
from rulebook.model import Rulebook


def _never(_: Petition) -> bool:
    return False


class Decision(NamedTuple):
    """How a command is decided, and the event it leads to (first, where it leads to several).

    `nothing_to_do`: when there is nothing to begin or to end, of acts beside the straight way. It is asked before
    anybody tries (`who_may`); the function refuses by itself.
    """

    decide: Callable[[Petition, Any, Rulebook], tuple[Event, ...]]
    event: type[Event]
    nothing_to_do: Callable[[Petition], bool] = _never


Decisions = dict[type[c.Command], Decision]
