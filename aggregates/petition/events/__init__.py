"""Every event of a petition.

The topics are the storage format: permanent once released. An additive change gets a default; a changed shape a new
VERSION and an upcast in `eventstore/upcasts.py`; a changed meaning is a new event. `docs/events.md` lists them.
By subject: `door`, `routing`, `waiting`, `answers`, `looking`, `setting_aside`. A new event stands in its file, as a
class and in the union at the file's end; nothing is listed here again.
"""

from typing import get_args

from aggregates.event import Actor as Actor
from aggregates.event import Event as Event
from aggregates.event import Moment as Moment
from aggregates.event import Pause as Pause
from aggregates.petition.events.answers import *
from aggregates.petition.events.answers import AnswerEvent
from aggregates.petition.events.door import *
from aggregates.petition.events.door import DoorEvent
from aggregates.petition.events.looking import *
from aggregates.petition.events.looking import LookingEvent
from aggregates.petition.events.routing import *
from aggregates.petition.events.routing import RoutingEvent
from aggregates.petition.events.setting_aside import *
from aggregates.petition.events.setting_aside import SettingAsideEvent
from aggregates.petition.events.waiting import *
from aggregates.petition.events.waiting import WaitingEvent
from aggregates.petition.standing import ClockStanding as ClockStanding
from aggregates.petition.standing import Standing as Standing

AnyEvent = DoorEvent | RoutingEvent | WaitingEvent | AnswerEvent | LookingEvent | SettingAsideEvent
"""One of them: what `evolve` must know without exception."""

EVENTS: tuple[type[Event], ...] = get_args(AnyEvent)
"""Every event of a petition: the catalogue, the codec and the golden files are held to this list."""
