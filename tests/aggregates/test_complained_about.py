"""Who is complained about stays out of it: whoever is named after them, wherever they work by then."""

from hypothesis import given, settings
from hypothesis import strategies as st

from aggregates.event import Actor, Role
from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.petition.decisions import decide
from aggregates.petition.state import fold
from aggregates.record import Recorded
from aggregates.replay.steps import replay
from rulebook.model import Rulebook
from tests.aggregates.office import PETITION, proposal, say
from tests.aggregates.scenario import Case
from tests.people import CLERK, LEADER, somebody_of
from tests.replay.lives import books
from tests.rulebook.books import baiyang

OTHER_DOOR = Actor(role=Role.CLERK, id="window-3")


def complains_about(unit: str) -> Case:
    """Of the district's kind, dispatched; taken in at another door than the one complained about."""
    case = Case(proposes=proposal("administrative", "district"))
    return case.receive("2025-09-22 09:00", by=OTHER_DOOR, complained_about=unit).step().step()


def without(unit: str) -> Rulebook:
    """A book that does not have the unit any more."""
    book = baiyang()
    return book.model_copy(update={"units": tuple(each for each in book.units if each.id != unit)})


def moved(person: str, unit: str) -> Rulebook:
    """A book in which somebody works in another unit."""
    book = baiyang()
    staff = {each.id: tuple(id_ for id_ in each.staff if id_ != person) for each in book.units}
    staff[unit] = (*staff[unit], person)
    units = tuple(each.model_copy(update={"staff": staff[each.id]}) for each in book.units)
    return book.model_copy(update={"units": units})


def test_naming_another_unit_does_not_let_the_first_one_in_again() -> None:
    case = complains_about("window")
    case.act(c.Reclassify, OTHER_DOOR, complained_about="district-works", category="administrative")
    case.refuses("complained-about", c.ReadSealedFields, CLERK)
    case.refuses("complained-about", c.ReadSealedFields, somebody_of("district-works"))
    case.refuses("complained-about", c.Assist, LEADER, unit="window")
    assert case.state.complained_about == ("window", "district-works")


def test_who_leaves_the_unit_stays_out_of_it() -> None:
    case = complains_about("window")
    case.rules = moved("window-1", "service-station")
    assert case.state.unit == "service-station"
    case.refuses("complained-about", c.ReadSealedFields, CLERK)
    case.act(c.ReadSealedFields, somebody_of("service-station"))


def test_who_comes_to_the_unit_later_is_out_of_it_too() -> None:
    case = complains_about("window")
    case.rules = moved("station-1", "window")
    case.refuses("complained-about", c.ReadSealedFields, Actor(role=Role.OFFICER, id="station-1"))


def test_the_people_of_a_unit_that_leaves_the_book_stay_out_of_it() -> None:
    case = complains_about("district-works")
    leaver = somebody_of("district-works")
    case.rules = moved(leaver.id, "service-station").model_copy(
        update={"units": tuple(u for u in moved(leaver.id, "service-station").units if u.id != "district-works")}
    )
    case.refuses("complained-about", c.ReadSealedFields, leaver)


def test_a_leader_of_a_unit_that_left_the_book_neither_watches_it_nor_fails_it() -> None:
    case = complains_about("district-works")
    case.rules = without("district-works")
    case.act(c.Supervise, LEADER)


UNITS = ("window", "district-works", "team-repairs", "city-water", "district-housing")


@settings(max_examples=60, deadline=None)
@given(named=st.lists(st.sampled_from(UNITS), min_size=2, max_size=5, unique=True), leaves=st.sampled_from(UNITS))
def test_whatever_order_units_are_named_in_all_of_them_stay_out(named: list[str], leaves: str) -> None:
    case = complains_about(named[0])
    for unit in named[1:]:
        case.act(c.Reclassify, OTHER_DOOR, complained_about=unit, category="administrative")
    people = [person for unit in named for person in baiyang().unit(unit).staff]
    case.rules = without(leaves)
    for person in people:
        role = Role(baiyang().staff_member(person).role)
        case.refuses("complained-about", c.ReadSealedFields, Actor(role=role, id=person))
    assert case.state.unit not in named
    assert not {*case.state.assisting} & {*named}


def as_version_1(event: e.Event) -> e.Event:
    """An event as it was written before it recorded who was recused."""
    kinds = (e.PetitionReceived, e.PetitionTriaged, e.PetitionReclassified)
    return event.model_copy(update={"recused": None}) if isinstance(event, kinds) else event


def test_a_petition_of_before_keeps_its_units_out_from_now_on_and_replays_as_it_was() -> None:
    case = complains_about("window")
    case.act(c.Reclassify, OTHER_DOOR, complained_about="district-works", category="administrative")
    old = [as_version_1(event) for event in case.events]
    then = fold(PETITION, old).model_copy(update={"complained_about": ("district-works",)})
    old += decide(then, say(c.Contact, case.now, CLERK), case.rules)
    records = [
        Recorded(number, PETITION, number, event.at, f"c-{number}", event) for number, event in enumerate(old, 1)
    ]
    told = replay(PETITION, records, books(case.rules))
    assert not [each for each in told.differences if each.step == "contact"], [str(each) for each in told.differences]
    case.events = old
    case.refuses("complained-about", c.Contact, CLERK)


def test_an_act_of_who_was_recused_on_record_is_named_by_a_replay() -> None:
    case = complains_about("window")
    case.act(c.Reclassify, OTHER_DOOR, complained_about="district-works", category="administrative")
    forged = fold(PETITION, case.events).model_copy(update={"complained_about": (), "recused": ()})
    events = [*case.events, *decide(forged, say(c.Contact, case.now, CLERK), case.rules)]
    records = [
        Recorded(number, PETITION, number, event.at, f"c-{number}", event) for number, event in enumerate(events, 1)
    ]
    (told,) = [each for each in replay(PETITION, records, books(case.rules)).differences if each.step == "contact"]
    assert "complained about" in told.now
