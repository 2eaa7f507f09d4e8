"""What a wrong clock did, put right: steps before their time set aside, and where the petition stands without them."""

from typing import ClassVar

from aggregates.event import Event
from aggregates.personal import Personal
from aggregates.petition.standing import Standing


class StepsSetAside(Event):
    """A leader set aside what the engine did before its time, by a clock that was ahead; what is owed is owed again.

    `versions`: the steps that count no more; `noted`: other events of the petition whose recorded time is known to be
    wrong, and which stand. `standing`: where it stands afterwards; None where everything stands and is only noted.
    """

    TOPIC: ClassVar[str] = "petition.steps_set_aside"

    versions: tuple[int, ...]
    noted: tuple[int, ...]
    standing: Standing | None
    resident: str
    reason: Personal
