"""The rulebook as one frozen value. Every id is data: nothing of any one place is known here."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from typing import Any, Self, TypeVar
from zoneinfo import ZoneInfo

import rfc8785
from pydantic import field_validator

from rulebook.access import Access
from rulebook.calendar import CalendarYear, EveryDayCalendar, OfficeDays, WorkingCalendar
from rulebook.catalogue import Category, Matter, Term
from rulebook.community import Community, Recurring
from rulebook.orders import ServiceOrders
from rulebook.people import Building, Section, Staff, Unit
from rulebook.problems import UnknownName
from rulebook.promises import (
    LATE_ENTRY,
    ClockBeside,
    ClockRule,
    FollowUp,
    HandOver,
    Intake,
    LateEntries,
    Leader,
    Mediation,
    OfficeHours,
    Parking,
    Pauses,
    Reminders,
    Returns,
    Reviews,
    Supervision,
    Tier,
    TriageRules,
    Urgency,
)
from rulebook.retention import Retention
from rulebook.rhythm import Rhythm
from rulebook.roster import Roster
from rulebook.source import Day, Id, Name, Record, Sourced

__all__ = [
    "Building",
    "CalendarYear",
    "Category",
    "ClockRule",
    "FollowUp",
    "Intake",
    "Leader",
    "Matter",
    "Name",
    "OfficeHours",
    "Record",
    "Reminders",
    "Returns",
    "Rulebook",
    "Section",
    "Sourced",
    "Staff",
    "Term",
    "Tier",
    "TriageRules",
    "Unit",
    "UnknownName",
]

T = TypeVar("T")
BookT = TypeVar("BookT", bound="Rulebook")

ADDED = ("access", "late_entries")
"""Parts added after books had been adopted: a book adopted without one keeps its hash."""


class Rulebook(Record):
    """Everything the offices have agreed on, from a date. Look-ups are O(1) and raise UnknownName."""

    id: Id
    name: Name
    effective_from: Day
    time_zone: str
    office_hours: OfficeHours
    tiers: tuple[Tier, ...]
    leader: Leader
    reminders: Reminders
    returns: Returns
    triage: TriageRules
    follow_up: FollowUp
    intake: Intake
    clocks: tuple[ClockBeside, ...] = ()
    late_entries: LateEntries | None = None
    hand_over: HandOver
    pauses: Pauses
    parking: Parking
    supervision: Supervision
    reviews: Reviews
    urgency: Urgency
    mediation: Mediation
    access: Access | None = None
    categories: tuple[Category, ...]
    matters: tuple[Matter, ...]
    units: tuple[Unit, ...]
    staff: tuple[Staff, ...]
    sections: tuple[Section, ...] = ()
    community: Community | None = None
    recurring: Recurring | None = None
    rhythm: Rhythm | None = None
    retention: Retention | None = None
    terms: dict[str, tuple[Term, ...]]
    calendars: tuple[CalendarYear, ...]
    service_orders: ServiceOrders | None = None

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, OSError, ValueError):
            raise ValueError("a time zone, as Asia/Shanghai") from None
        return value

    @cached_property
    def hash(self) -> str:
        """`sha256:` and hex over the canonical JSON of the whole book: its name in events."""
        return "sha256:" + hashlib.sha256(self.canonical).hexdigest()

    @cached_property
    def canonical(self) -> bytes:
        """The whole book as RFC 8785 canonical JSON, as it is adopted; parts of `ADDED` that it lacks are left out."""
        without = {part for part in ADDED if getattr(self, part) is None}
        return rfc8785.dumps(self.model_dump(mode="json", exclude=without))

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def late_entry(self) -> timedelta:
        """How late an act that stops or moves a clock may be entered and still count from when it was done."""
        return timedelta(minutes=self.late_entries.counts_within_minutes) if self.late_entries else LATE_ENTRY

    @cached_property
    def calendar(self) -> WorkingCalendar:
        return WorkingCalendar(self.calendars)

    def days(self, roster: Roster = "working") -> OfficeDays:
        """The calendar a unit works by: the office's, or every day of the year."""
        return self._every_day if roster == "every_day" else self.calendar

    def tier(self, id: str) -> Tier:  # noqa: A002  the catalogue's own word
        return find("tier", self._tiers, id)

    def tier_after(self, id: str) -> Tier | None:  # noqa: A002
        """The tier above, or None above the last one (there the leader supervises)."""
        above = self.tiers.index(self.tier(id)) + 1
        return self.tiers[above] if above < len(self.tiers) else None

    def clock_rule(self, rule: str) -> ClockRule | None:
        """The clock whose rule has this id; None where the book has none."""
        return self._clock_rules.get(rule)

    def units_of(self, person: str) -> tuple[Unit, ...]:
        """The units a member of staff works in."""
        return tuple(unit for unit in self.units if person in unit.staff)

    def category(self, id: str) -> Category:  # noqa: A002
        return find("category", self._categories, id)

    def matter(self, id: str) -> Matter:  # noqa: A002
        return find("matter", self._matters, id)

    def unit(self, id: str) -> Unit:  # noqa: A002
        return find("unit", self._units, id)

    def staff_member(self, id_or_name: str) -> Staff:
        return find("staff member", self._staff, id_or_name)

    def section_of(self, place: str) -> Section:
        """The section with this id, or the one with the building or entrance of this id."""
        return find("section or building", self._places, place)

    @cached_property
    def grid_leads(self) -> frozenset[str]:
        """The leads of all sections, buildings and entrances of the grid."""
        buildings = [building for section in self.sections for building in section.buildings]
        entrances = [entrance for building in buildings for entrance in building.entrances]
        sections = {section.lead for section in self.sections}
        return frozenset(sections | {each.lead for each in buildings} | {each.lead for each in entrances})

    def desk(self, category: str, tier: str) -> str:
        """The id of the unit that receives `category` at `tier`."""
        return find(f"desk of {category}", self.category(category).desks, self.tier(tier).id)

    @cached_property
    def _every_day(self) -> EveryDayCalendar:
        return EveryDayCalendar()

    @cached_property
    def _clock_rules(self) -> dict[str, ClockRule]:
        rules = (*(tier.clock for tier in self.tiers), *self.clocks, self.reviews.first, self.reviews.second)
        return {rule.rule: rule for rule in rules}

    @cached_property
    def _tiers(self) -> dict[str, Tier]:
        return {tier.id: tier for tier in self.tiers}

    @cached_property
    def _categories(self) -> dict[str, Category]:
        return {category.id: category for category in self.categories}

    @cached_property
    def _matters(self) -> dict[str, Matter]:
        return {matter.id: matter for matter in self.matters}

    @cached_property
    def _units(self) -> dict[str, Unit]:
        return {unit.id: unit for unit in self.units}

    @cached_property
    def _places(self) -> dict[str, Section]:
        places: dict[str, Section] = {}
        for section in self.sections:
            for building in section.buildings:
                places |= dict.fromkeys((building.id, *(entrance.id for entrance in building.entrances)), section)
        return places | {section.id: section for section in self.sections}

    @cached_property
    def _staff(self) -> dict[str, Staff]:
        return {person.name: person for person in self.staff} | {person.id: person for person in self.staff}

    def __copy__(self) -> Self:
        return _without_cached(super().__copy__())

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return _without_cached(super().__deepcopy__(memo))


def find(what: str, known: Mapping[str, T], name: str) -> T:
    """`known[name]`, or UnknownName with a sentence that names what exists."""
    try:
        return known[name]
    except KeyError:
        raise UnknownName(what, name, known) from None


def _without_cached(book: BookT) -> BookT:
    """Drop cached values: a copy with other values (`model_copy(update=…)`) must not inherit a hash or an index."""
    for name in set(book.__dict__) - set(type(book).model_fields):
        del book.__dict__[name]
    return book
