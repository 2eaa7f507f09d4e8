"""What must agree within a rulebook: every reference, order and date. All findings at once."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rulebook.calendar import SATURDAY, CalendarYear
from rulebook.catalogue import CATEGORIES
from rulebook.model import Rulebook
from rulebook.orders import disagreements
from rulebook.problems import one_of
from rulebook.promises import ClockRule


class Finding(NamedTuple):
    """A place in the book (`matters`, 12, `tier`), what belongs there and what is there."""

    path: tuple[str | int, ...]
    expected: str
    found: str


def findings(book: Rulebook) -> Iterator[Finding]:
    """Everything in `book` that contradicts something else in it; nothing for a sound book."""
    yield from _ids(book)
    yield from _promises(book)
    yield from _categories(book)
    yield from _catalogue(book)
    yield from _people(book)
    yield from _access(book)
    yield from _calendars(book.calendars)
    yield from _service_orders(book)


def _ids(book: Rulebook) -> Iterator[Finding]:
    for part in ("tiers", "categories", "matters", "units", "staff", "sections"):
        yield from _once((part,), [item.id for item in getattr(book, part)], "an id")
    yield from _once(("staff",), [person.name for person in book.staff], "a name")
    places: list[tuple[tuple[str | int, ...], str]] = [
        (("sections", s, "buildings", b), building.id)
        for s, section in enumerate(book.sections)
        for b, building in enumerate(section.buildings)
    ]
    places += [
        (("sections", s, "buildings", b, "entrances", n), entrance.id)
        for s, section in enumerate(book.sections)
        for b, building in enumerate(section.buildings)
        for n, entrance in enumerate(building.entrances)
    ]
    counts = Counter(name for _, name in places)
    for path, name in places:
        if counts[name] > 1:
            yield Finding((*path, "id"), "an id no other building or entrance has", repr(name))


def _once(path: tuple[str, ...], names: list[str], what: str) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for n, name in enumerate(names):
        if first.setdefault(name, n) != n:
            expected = f"{what} of its own ({path[-1]}[{first[name]}] has it)"
            yield Finding((*path, n, what.rsplit(maxsplit=1)[-1]), expected, repr(name))


def _known(path: tuple[str | int, ...], name: str, known: Iterable[str]) -> Iterator[Finding]:
    if name not in (names := dict.fromkeys(known)):
        yield Finding(path, one_of(names, name), repr(name))


def _promises(book: Rulebook) -> Iterator[Finding]:
    hours = book.office_hours
    if not hours.opens < hours.closes:
        yield Finding(
            ("office_hours", "closes"), f"a time after opening at {hours.opens:%H:%M}", f"{hours.closes:%H:%M}"
        )
    if not hours.opens <= hours.same_day_cutoff <= hours.closes:
        expected = f"a time between {hours.opens:%H:%M} and {hours.closes:%H:%M}"
        yield Finding(("office_hours", "same_day_cutoff"), expected, f"{hours.same_day_cutoff:%H:%M}")
    if not book.tiers:
        yield Finding(("tiers",), "at least one tier", "none")
    yield from _clocks(book)
    at = book.reminders.at
    for n, fraction in enumerate(at):
        if not 0 < fraction < 1 or (n and fraction <= at[n - 1]):
            yield Finding(("reminders", "at", n), "fractions between 0 and 1, ascending", str(fraction))
    units = [unit.id for unit in book.units]
    yield from _known(("leader", "unit"), book.leader.unit, units)
    yield from _known(("leader", "stands_in"), book.leader.stands_in, units)
    if book.leader.stands_in == book.leader.unit:
        yield Finding(("leader", "stands_in"), "another unit than the leader's", repr(book.leader.unit))
    for n, centre in enumerate(book.hand_over.centres):
        yield from _known(("hand_over", "centres", n), centre, units)


def _clocks(book: Rulebook) -> Iterator[Finding]:
    """Every clock has days or is of the same day, an id of its own, and a place among those beside the tier's."""
    places: list[tuple[tuple[str | int, ...], ClockRule]] = [
        *((("tiers", n, "clock"), tier.clock) for n, tier in enumerate(book.tiers)),
        *((("clocks", n), beside) for n, beside in enumerate(book.clocks)),
        (("reviews", "first"), book.reviews.first),
        (("reviews", "second"), book.reviews.second),
    ]
    first: dict[str, str] = {}
    for place, clock in places:
        if (clock.kind == "days") != (clock.days is not None):
            expected = "a number of days" if clock.kind == "days" else "no days with kind same_day"
            yield Finding((*place, "days"), expected, str(clock.days or "nothing"))
        shown = ".".join(str(part) for part in place)
        if first.setdefault(clock.rule, shown) != shown:
            yield Finding((*place, "rule"), f"a rule id of its own ({first[clock.rule]} has it)", repr(clock.rule))
    names = [beside.name for beside in book.clocks]
    categories = [category.id for category in book.categories]
    for n, beside in enumerate(book.clocks):
        if beside.name in names[:n]:
            yield Finding(("clocks", n, "name"), "a clock that is not listed yet", repr(beside.name))
        for m, category in enumerate(beside.categories):
            yield from _known(("clocks", n, "categories", m), category, categories)


def _categories(book: Rulebook) -> Iterator[Finding]:
    tiers, units = [tier.id for tier in book.tiers], [unit.id for unit in book.units]
    present = [category.id for category in book.categories]
    for name in CATEGORIES:
        if name not in present:
            yield Finding(("categories",), f"the category {name}", ", ".join(present) or "nothing")
    for n, category in enumerate(book.categories):
        for tier in tiers:
            if tier not in category.desks:
                yield Finding(("categories", n, "desks", tier), f"a unit for the tier {tier}", "nothing")
        for tier, unit in category.desks.items():
            if tier not in tiers:
                yield Finding(("categories", n, "desks", tier), one_of(tiers, tier), repr(tier))
            yield from _known(("categories", n, "desks", tier), unit, units)


def _catalogue(book: Rulebook) -> Iterator[Finding]:
    categories, tiers = [category.id for category in book.categories], [tier.id for tier in book.tiers]
    unit_tiers = {unit.id: unit.tier for unit in book.units}
    for n, matter in enumerate(book.matters):
        yield from _known(("matters", n, "category"), matter.category, categories)
        yield from _known(("matters", n, "tier"), matter.tier, tiers)
        yield from _known(("matters", n, "desk"), matter.desk, unit_tiers)
        if matter.tier in tiers and (sits := unit_tiers.get(matter.desk, matter.tier)) != matter.tier:
            expected = f"a unit of the matter's tier {matter.tier}"
            yield Finding(("matters", n, "desk"), expected, f"{matter.desk!r} of the tier {sits}")
    for category, terms in book.terms.items():
        yield from _known(("terms", category), category, categories)
        yield from _once(("terms", category), [term.term for term in terms], "a term")


def _people(book: Rulebook) -> Iterator[Finding]:
    tiers, staff = [tier.id for tier in book.tiers], [person.id for person in book.staff]
    for n, unit in enumerate(book.units):
        yield from _known(("units", n, "tier"), unit.tier, tiers)
        for m, person in enumerate(unit.staff):
            yield from _known(("units", n, "staff", m), person, staff)
    for n, section in enumerate(book.sections):
        yield from _known(("sections", n, "lead"), section.lead, staff)
        for m, building in enumerate(section.buildings):
            yield from _known(("sections", n, "buildings", m, "lead"), building.lead, staff)
            for k, entrance in enumerate(building.entrances):
                yield from _known(("sections", n, "buildings", m, "entrances", k, "lead"), entrance.lead, staff)


def _access(book: Rulebook) -> Iterator[Finding]:
    """A book written from now on says who keeps the door; only one in the log may be without (`docs/decisions`)."""
    if book.access is None:
        yield Finding(("access",), "who keeps the door (`door`) and who notes for a tier (`notes_for`)", "nothing")
        return
    tiers, units = [tier.id for tier in book.tiers], [unit.id for unit in book.units]
    lists = {("door",): book.access.door} | {
        ("notes_for", tier): desks for tier, desks in book.access.notes_for.items()
    }
    for tier in book.access.notes_for:
        yield from _known(("access", "notes_for", tier), tier, tiers)
    for place, named in lists.items():
        for n, unit in enumerate(named):
            yield from _known(("access", *place, n), unit, units)
    if not any(unit.staff for unit in book.units if unit.id in book.access.door):
        yield Finding(("access", "door"), "a unit with staff", ", ".join(book.access.door))


def _calendars(years: tuple[CalendarYear, ...]) -> Iterator[Finding]:
    if not years:
        yield Finding(("calendars",), "a file with a calendar", "none")
    for n, year in enumerate(years):
        if n and year.year != years[n - 1].year + 1:
            expected = f"the year after {years[n - 1].year}: calendars are listed in order, without a gap"
            yield Finding(("calendars", n, "year"), expected, str(year.year))
        for field, days in (("holidays", year.holidays), ("make_up_days", year.make_up_days)):
            for day in days:
                if day.year != year.year:
                    yield Finding(("calendars", n, field, str(day)), f"a day of {year.year}", str(day))
        for day in year.make_up_days:
            place = ("calendars", n, "make_up_days", str(day))
            if day.weekday() < SATURDAY:
                yield Finding(place, "a Saturday or Sunday", f"a {day:%A}")
            if day in year.holidays:
                yield Finding(place, "a day that is not a holiday too", str(day))


def _service_orders(book: Rulebook) -> Iterator[Finding]:
    if book.service_orders is not None:
        ids = ([entry.id for entry in part] for part in (book.units, book.tiers, book.staff))
        yield from (Finding(*finding) for finding in disagreements(book.service_orders, *ids))
