"""Units and their staff, and the grid's sections, buildings and entrances with their leads."""

from typing import Literal

from rulebook.roster import Roster
from rulebook.source import Id, Name, Record, Text


class Unit(Record):
    """Who handles. `calendar` is its own: a duty window may be open every day."""

    id: Id
    name: Name
    tier: Id
    kind: Id
    staff: tuple[Id, ...] = ()
    calendar: Roster = "working"


class Staff(Record):
    """A person who acts, in a role."""

    id: Id
    name: Text
    role: Literal["clerk", "officer", "leader", "supervisor"]


class Entrance(Record):
    """An entrance (单元) of a building and its responsible person."""

    id: Id
    name: Text
    lead: Id


class Building(Record):
    """A building (楼) of the grid and its responsible person; `entrances` where somebody answers for each."""

    id: Id
    name: Text
    lead: Id
    entrances: tuple[Entrance, ...] = ()


class Section(Record):
    """A section (片) of the grid, its lead and its buildings."""

    id: Id
    name: Name
    lead: Id
    buildings: tuple[Building, ...]
