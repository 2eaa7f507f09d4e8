"""What a reader sees: each person of the town, by what has happened, field by field; alike to who may open it."""

from itertools import product

import pytest

from aggregates.event import Actor, Role
from aggregates.orders import commands as oc
from aggregates.orders.decisions import decide as decide_order
from aggregates.orders.state import Origin
from aggregates.orders.state import Stage as OrderStage
from aggregates.petition import commands as c
from aggregates.petition.decisions import Refused, decide
from aggregates.petition.state import Stage
from aggregates.readers import Field, Seen, complaint_in, complaint_of, sees
from tests.aggregates.office import proposal, say
from tests.aggregates.orders.market import brought_to
from tests.aggregates.orders.market import say as ask
from tests.aggregates.scenario import Case
from tests.aggregates.test_what_may_follow import made_ready
from tests.people import CLERK, LEADER, SUPERVISOR
from tests.rulebook.books import baiyang

BOOK = baiyang()
EVERYBODY = [Actor(role=Role(person.role), id=person.id) for person in BOOK.staff]
SOME = [*EVERYBODY[::7], CLERK, LEADER, SUPERVISOR]
READ = {Field.TEXT: "text", Field.IDENTITY: "phone", Field.ADDRESS: "address"}


def complained(unit: str = "district-works") -> Case:
    case = Case(proposes=proposal("administrative", "district"))
    return case.receive("2025-09-22 09:00", by=CLERK, complained_about=unit, confidential=True).step().step()


def test_the_unit_complained_about_and_who_gives_no_name_know_nothing_of_it() -> None:
    case = complained()
    case.act(c.Reclassify, CLERK, complained_about="team-repairs", category="administrative")
    theirs = {*BOOK.unit("district-works").staff, *BOOK.unit("team-repairs").staff}
    for reader, field in product([None, *EVERYBODY], Field):
        seen = sees(reader, case.state, field, BOOK)
        assert (seen is Seen.UNKNOWN) == (reader is None or reader.id in theirs), (reader, field, seen)


def test_what_is_not_for_everybody_is_masked_and_where_it_stands_is_shown_to_all() -> None:
    case = Case(proposes=proposal("administrative", "district")).receive("2025-09-22 09:00", by=CLERK).step().step()
    for reader in [None, *EVERYBODY]:
        assert sees(reader, case.state, Field.CASE, BOOK) is Seen.SHOWN
        for field in set(Field) - {Field.CASE}:
            assert sees(reader, case.state, field, BOOK) in (Seen.SHOWN, Seen.MASKED)
            assert reader is not None or sees(reader, case.state, field, BOOK) is Seen.MASKED
    stranger = Actor(role=Role.CLERK, id="care-2")
    assert {sees(stranger, case.state, field, BOOK) for field in set(Field) - {Field.CASE}} == {Seen.MASKED}
    assert {sees(SUPERVISOR, case.state, field, BOOK) for field in Field} == {Seen.SHOWN}


@pytest.mark.parametrize("lifted", [False, True])
@pytest.mark.parametrize("confidential", [False, True])
@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.NEW])
def test_a_petition_s_sealed_fields_are_shown_to_whom_reading_them_is_not_refused(
    stage: Stage, confidential: bool, lifted: bool
) -> None:
    case = made_ready(stage, c.ReadSealedFields)
    said = {"confidential": confidential, "said_in_confidence": ((1, 2),) if lifted else ()}
    state = case.state.model_copy(update={**said, "complained_about": ("team-care",)})
    for reader, field in product(SOME, READ):
        command = say(c.ReadSealedFields, case.now, reader, fields=(READ[field],))
        try:
            decide(state, command, BOOK)
            opened = Seen.SHOWN
        except Refused as refused:
            opened = Seen.UNKNOWN if refused.code == "complained-about" else Seen.MASKED
        assert sees(reader, state, field, BOOK) is opened, (reader, field)


@pytest.mark.parametrize("confidential", [False, True])
@pytest.mark.parametrize("stage", [stage for stage in OrderStage if stage is not OrderStage.NEW])
def test_an_order_s_sealed_fields_are_shown_to_whom_reading_them_is_not_refused(
    stage: OrderStage, confidential: bool
) -> None:
    errand = brought_to(stage)
    origin = Origin(confidential=confidential, complained_about=("team-care",), recused=("culture-1",))
    state = errand.state.model_copy(update={"origin": origin})
    contacts = [Actor(role=Role.OFFICER, id=f"contact-{whose}-1") for whose in ("school", "clinic")]
    for reader, field in product([*SOME, *contacts, Actor(role=Role.OFFICER, id="culture-1")], READ):
        command = ask(oc.ReadFields, errand.now, reader, fields=(READ[field],))
        try:
            decide_order(state, command, BOOK)
            opened = Seen.SHOWN
        except Refused as refused:
            opened = Seen.UNKNOWN if refused.code == "complained-about" else Seen.MASKED
        assert sees(reader, state, field, BOOK) is opened, (reader, field)


def test_an_order_from_a_complaint_is_as_unknown_as_the_complaint() -> None:
    origin = Origin(confidential=False, complained_about=("district-works",), recused=("works-1",))
    state = brought_to(OrderStage.CLAIMED).state.model_copy(update={"origin": origin})
    theirs = {*BOOK.unit("district-works").staff, "works-1"}
    for reader, field in product([None, *EVERYBODY], Field):
        assert (sees(reader, state, field, BOOK) is Seen.UNKNOWN) == (reader is None or reader.id in theirs)


def test_whom_lists_leave_out_is_whom_the_whole_fold_keeps_out() -> None:
    case = complained()
    case.act(c.Reclassify, CLERK, complained_about="team-repairs", category="administrative")
    assert complaint_in(case.events) == complaint_of(case.state)
    assert complaint_of(case.state).units == ("district-works", "team-repairs")
    assert set(complaint_of(case.state).people) >= {"works-1", "works-2", "repairs-1", "repairs-2"}
