"""Correcting what a wrong clock did: steps that came too early are set aside, and the state without them restored."""

from typing import Annotated, ClassVar

from aggregates.event import Event, Told
from aggregates.personal import Personal, Readers
from aggregates.petition.standing import Standing


class StepsSetAside(Event):
    """A leader set aside steps that the engine took too early, by a clock that was ahead; they are due again.

    `versions`: the void steps; `noted`: other events whose recorded time is known to be wrong, and which stay valid.
    `standing`: the state afterwards; None: nothing is void, times are only noted.
    """

    TOPIC: ClassVar[str] = "petition.steps_set_aside"
    RESTS_ON_NOTHING: ClassVar[bool] = True
    TOLD: ClassVar[Told] = Told(
        "撤除时钟有误时提前的步骤：{versions}；仅注明：{noted}",
        "Steps before their time, by a wrong clock, count no more: {versions}; noted only: {noted}",
        counts="acted",
    )

    versions: tuple[int, ...]
    noted: tuple[int, ...]
    standing: Standing | None
    resident: str
    reason: Annotated[Personal, Readers.UNIT]


SettingAsideEvent = StepsSetAside
