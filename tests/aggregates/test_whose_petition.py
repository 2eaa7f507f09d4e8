"""Every pair of what somebody has to do with a petition and a command: what they may, and what they are refused.

What each may is written down here a second time, by person; the program has it by command, in `what_may_follow.py`. An
act that is not written down here is for those who have a part that its row names.
"""

from functools import cache

import pytest

from aggregates.event import Actor, Role
from aggregates.petition import commands as c
from aggregates.petition.decisions import Refused, decide
from aggregates.petition.events import SealedFieldsRead
from aggregates.petition.for_whom import Part
from aggregates.petition.state import fold
from aggregates.petition.what_may_follow import STAFF, TABLE
from rulebook.model import Rulebook
from tests.aggregates.office import AFTER, PETITION, proposal, say
from tests.aggregates.scenario import Case
from tests.people import LEADER, somebody_of
from tests.rulebook.books import baiyang

BY_HAND = [kind for kind in TABLE if TABLE[kind].roles & STAFF]

ON: dict[type[c.Command], tuple[type[c.Command], ...]] = {
    c.Triage: (c.Return,),
    c.Dispatch: (c.Return,),
    c.EndAssist: (),
    c.CarryPapers: (),
    c.BringResult: (),
    c.ConfirmHandOver: (),
    c.EndMediation: (c.OpenMediation,),
    c.DecideReferral: (c.Refer,),
    c.DecideExtension: (c.RequestExtension,),
    c.DecideParking: (c.RequestParking,),
    c.Resume: (c.Pause,),
    c.Unpark: (c.RequestParking, c.DecideParking),
    c.Unmerge: (c.Merge,),
    c.AskFollowUp: (c.Reply,),
    c.Confirm: (c.Reply,),
    c.Dispute: (c.Reply,),
    c.RequestReview: (c.Reply,),
    c.Close: (c.Reply,),
    c.DecideReview: (c.Reply, c.RequestReview),
}
"""What happens before a command can follow, where these petitions are not so far or have come further: else `AFTER`."""


def acts(names: str) -> frozenset[str]:
    """The acts of a line of names."""
    return frozenset(names.split())


WORDS = acts("receive contact hand-over resume join dispute request-review")
"""What anybody of the staff is told by a resident, takes in, or does for one."""
DOOR = WORDS | acts(
    "triage dispatch reclassify proxy carry bring-result refer merge unmerge confidential urgent follow-up confirm "
    "withdraw close"
)
UNITS = acts("accept return transfer assist end-assist extend pause park unpark reply mediate end-mediation")
HELPS = WORDS | acts("proxy carry bring-result mediate end-mediation urgent read")
LEADS = DOOR - {"proxy", "carry", "bring-result"} | acts(
    "transfer assist end-assist decide-referral supervise set-aside decide-extension decide-parking unpark recompute "
    "decide-review read"
)

NAMED = WORDS | DOOR | UNITS | HELPS | LEADS | {"accept", "confirm-hand-over"}
"""The acts of those lines."""

RISEN: dict[str, tuple[str, frozenset[str]]] = {
    "another unit": ("education-1", WORDS),
    "the door, which did not take it in": ("window-3", DOOR),
    "a colleague of who took it in": ("window-2", DOOR | {"read"}),
    "the unit in charge": ("legal-aid-1", HELPS | UNITS | {"refer"}),
    "the unit below that keeps working": ("legal-liaison-1", HELPS | {"reply"}),
    "a unit that assists": ("care-1", HELPS),
    "the unit the papers are for": ("housing-1", WORDS | {"carry", "bring-result"}),
    "the centre the resident is brought to": ("petition-1", WORDS | {"confirm-hand-over"}),
    "a leader above": ("leader-2", LEADS),
    "a leader of a lower tier": ("community-lead-1", WORDS),
    "who notes for another tier, and would review it": ("coordination-1", WORDS | {"decide-review"}),
    "the section lead of the place": ("lead-section-1", WORDS),
    "a building lead of the place": ("lead-b-101", WORDS),
}
"""Of a petition that rose to the district; assisted, with papers under way and the resident on the way to a centre."""

ON_THE_STAIRS: dict[str, tuple[str, frozenset[str]]] = {
    "a lead who took it in": (
        "lead-b-205",
        WORDS | acts("proxy carry bring-result confidential urgent accept reply confirm withdraw read"),
    ),
    "the section lead of the place": ("lead-section-1", WORDS | {"urgent", "accept", "reply", "confirm"}),
    "a building lead of the place": ("lead-b-101", WORDS | {"urgent", "accept", "reply", "confirm"}),
    "the lead of another place": ("lead-section-6", WORDS),
    "who notes for this tier": ("window-2", DOOR | UNITS),
    "the door, which notes for nobody": ("window-3", DOOR),
    "a unit of this tier": ("care-1", WORDS),
    "a leader of this tier": ("community-lead-1", LEADS - {"decide-review"}),
}
"""Of a petition a building lead took in on the stairs of another section, which a team of the community has."""


PARTS: dict[str, frozenset[Part]] = {
    "window-3": frozenset({Part.DOOR}),
    "legal-aid-1": frozenset({Part.IN_CHARGE}),
    "legal-liaison-1": frozenset({Part.BELOW}),
    "housing-1": frozenset({Part.PAPERS}),
    "petition-1": frozenset({Part.CENTRE}),
    "leader-2": frozenset({Part.LEADER}),
    "lead-b-205": frozenset({Part.TOOK_IN, Part.ON_THE_SPOT}),
}
PARTS_RISEN = PARTS | {"window-2": frozenset({Part.DOOR, Part.TOOK_IN}), "care-1": frozenset({Part.ASSISTING})}
PARTS_ON_THE_STAIRS = PARTS | {
    "window-2": frozenset({Part.DOOR, Part.NOTES}),
    "lead-section-1": frozenset({Part.ON_THE_SPOT}),
    "lead-b-101": frozenset({Part.ON_THE_SPOT}),
    "community-lead-1": frozenset({Part.LEADER}),
}
"""What those people have to do with the two petitions, beside being of the staff."""


def expected(kind: type[c.Command], may: frozenset[str], parts: frozenset[Part]) -> bool:
    """Whether somebody may: as it is written down, or by the parts of an act that is not."""
    by_parts = bool({Part.ANYBODY, *parts} & TABLE[kind].parts)
    return kind.NAME in may if kind.NAME in NAMED else by_parts


@cache
def risen(kind: type[c.Command]) -> Case:
    case = Case(proposes=proposal("legal", "community")).receive("2025-09-22 09:00", section="section-1")
    case.until("2025-09-23 08:30").act(c.Assist).act(c.TakePapers, unit="district-housing")
    case.act(c.HandOver, unit="petition-centre").act(c.Assist, unit="team-health")
    assert (case.state.tier, case.state.in_charge, case.state.below) == (
        "district",
        "legal-aid-centre",
        ("community-officer",),
    )
    return on(case, kind)


@cache
def on_the_stairs(kind: type[c.Command]) -> Case:
    lead = Actor(role=Role.CLERK, id="lead-b-205")
    case = Case(proposes=proposal("public_service", "community"))
    case.receive("2025-09-22 09:00", by=lead, section="section-1").step().step()
    case.act(c.Transfer, unit="team-repairs").act(c.TakePapers, lead).act(c.HandOver).act(c.Assist, unit="team-health")
    return on(case, kind)


def on(case: Case, kind: type[c.Command]) -> Case:
    """The case, where this command can follow; of what only a new petition knows, a new one."""
    if kind is c.Receive:
        return Case()
    for earlier in ON.get(kind, AFTER.get(kind, ())):
        case.act(earlier)
    assert case.state.stage in TABLE[kind].stages
    return case


def refusal(case: Case, kind: type[c.Command], person: str) -> tuple[str, str]:
    """Asked in a role that may ask; the code and the sentence of the refusal, if any."""
    role = Role(case.rules.staff_member(person).role)
    roles = TABLE[kind].roles & STAFF
    who = Actor(role=role if role in roles else min(roles), id=person)
    try:
        decide(case.state, say(kind, case.now, who), case.rules)
    except Refused as refused:
        return refused.code, str(refused)
    return "", ""


@pytest.mark.parametrize("kind", BY_HAND, ids=lambda kind: kind.NAME)
@pytest.mark.parametrize("who", RISEN)
def test_of_a_petition_that_rose(who: str, kind: type[c.Command]) -> None:
    person, may = RISEN[who]
    code, reason = refusal(risen(kind), kind, person)
    told = expected(kind, may, PARTS_RISEN.get(person, frozenset()))
    assert (code != "not-your-unit") == told, reason or "it was not refused"


@pytest.mark.parametrize("kind", BY_HAND, ids=lambda kind: kind.NAME)
@pytest.mark.parametrize("who", ON_THE_STAIRS)
def test_of_a_petition_taken_in_on_the_stairs(who: str, kind: type[c.Command]) -> None:
    person, may = ON_THE_STAIRS[who]
    code, reason = refusal(on_the_stairs(kind), kind, person)
    told = expected(kind, may, PARTS_ON_THE_STAIRS.get(person, frozenset()))
    assert (code != "not-your-unit") == told, reason or "it was not refused"


def test_what_is_written_down_is_what_the_rows_say_by_part() -> None:
    """But of a review: who decides it has that part from the day it is asked for."""
    for people, parts_of in ((RISEN, PARTS_RISEN), (ON_THE_STAIRS, PARTS_ON_THE_STAIRS)):
        for person, may in people.values():
            parts = {Part.ANYBODY, *parts_of.get(person, frozenset())}
            by_rows = {kind.NAME for kind in BY_HAND if parts & TABLE[kind].parts and kind.NAME in NAMED}
            assert by_rows ^ may <= {"decide-review"}, person


def test_every_command_stands_in_the_table_with_its_reason_and_the_engines_alone_are_for_nobody() -> None:
    assert {kind for kind, row in TABLE.items() if row.parts} == set(BY_HAND)
    assert all(row.why for row in TABLE.values())


def test_a_refusal_names_who_may() -> None:
    _, reason = refusal(risen(c.Transfer), c.Transfer, "education-1")
    assert reason == (
        "transfer: this is not for education-1; "
        "it is for the unit in charge: legal-aid-centre (legal-aid-1, legal-aid-2); "
        "a leader of its tier or above (leader-1, leader-2)"
    )


def at_the_district() -> Case:
    return Case(proposes=proposal("administrative", "district")).receive("2025-09-22 09:00").step().step().act(c.Accept)


def test_the_unit_that_reviews_reads_and_decides_while_it_reviews() -> None:
    reviewer = somebody_of("coordination-desk")
    case = at_the_district().act(c.Reply)
    case.refuses("not-your-unit", c.ReadSealedFields, reviewer)
    case.act(c.RequestReview).act(c.ReadSealedFields, reviewer).act(c.DecideReview, reviewer)
    case.refuses("not-your-unit", c.ReadSealedFields, reviewer)


def test_the_door_reads_while_it_sorts_and_when_it_asks_back_and_not_between() -> None:
    another = Actor(role=Role.CLERK, id="window-3")
    case = Case(proposes=proposal("administrative", "district")).receive("2025-09-22 09:00")
    case.act(c.ReadSealedFields, another).step().step()
    case.refuses("not-your-unit", c.ReadSealedFields, another)
    case.act(c.Reply).act(c.ReadSealedFields, another, fields=("phone",))


def test_what_residents_handed_in_themselves_came_through_every_door() -> None:
    case = Case(proposes=proposal("administrative", "district"))
    case.receive("2025-09-22 09:00", by=Actor.resident(), channel="online").step().step()
    case.act(c.ReadSealedFields, Actor(role=Role.CLERK, id="window-6"))
    case.refuses("not-your-unit", c.ReadSealedFields, Actor(role=Role.CLERK, id="repairs-2"))


def test_a_unit_that_gave_it_back_has_no_part_in_it_any_more() -> None:
    case = at_the_district().act(c.Return)
    case.refuses("not-your-unit", c.ReadSealedFields, somebody_of("service-station"))


def test_a_unit_only_proposed_has_no_part_in_it_yet() -> None:
    case = Case(proposes=proposal("administrative", "district", needs_human=True)).receive("2025-09-22 09:00").step()
    assert case.state.unit is not None
    case.until("2025-09-25 09:00")
    assert case.state.escalations, "it rose before anybody sorted it"
    case.refuses("not-your-unit", c.ReadSealedFields, somebody_of(case.state.unit))


def test_whose_answer_was_disputed_helps_and_does_not_answer_again() -> None:
    first = somebody_of("service-station")
    case = at_the_district().act(c.Reply).act(c.Dispute)
    assert case.state.assisting == ("service-station",)
    case.act(c.ReadSealedFields, first)
    assert "coordination-1" in case.refuses("not-your-unit", c.Reply, first)


def test_the_unit_complained_about_is_never_named_nor_let_in() -> None:
    case = Case(proposes=proposal("administrative", "community"))
    case.receive("2025-09-22 09:00", by=Actor(role=Role.CLERK, id="window-3"), complained_about="window").step()
    for person in ("window-1", "window-2"):
        case.refuses("complained-about", c.ReadSealedFields, Actor(role=Role.CLERK, id=person))
    reason = case.refuses("not-your-unit", c.ReadSealedFields, Actor(role=Role.OFFICER, id="care-1"))
    assert "window-3" in reason
    assert not {"window-1", "window-2"} & set(reason.replace(",", " ").replace(")", " ").replace("(", " ").split())


def test_where_all_leaders_above_are_complained_about_another_leader_stands_in() -> None:
    case = Case(proposes=proposal("administrative", "beyond")).receive(
        "2025-09-22 09:00", complained_about="district-leader"
    )
    case.step().step()
    case.refuses("complained-about", c.Supervise, LEADER)
    case.act(c.Supervise, somebody_of("community-lead"))


def test_who_asks_confidentially_is_known_to_no_clerk_of_the_unit_either() -> None:
    case = Case(proposes=proposal("administrative", "district")).receive("2025-09-22 09:00", confidential=True)
    case.step().step()
    clerk = Actor(role=Role.CLERK, id="station-3")
    case.refuses("confidential", c.ReadSealedFields, clerk, fields=("name",))
    case.act(c.ReadSealedFields, clerk, fields=("text",))
    case.refuses("not-your-unit", c.SetConfidential, clerk, confidential=False)
    case.act(c.ReadSealedFields, Actor(role=Role.CLERK, id="window-1"), fields=("name", "phone"))
    case.act(c.ReadSealedFields, Actor(role=Role.SUPERVISOR, id="supervisor-1"), fields=("name",))


def test_a_unit_the_book_in_force_does_not_know_any_more_lets_leaders_move_the_petition() -> None:
    case = at_the_district()
    book = baiyang()
    case.rules = book.model_copy(update={"units": tuple(unit for unit in book.units if unit.id != "service-station")})
    case.refuses("not-your-unit", c.Reply, Actor(role=Role.OFFICER, id="station-1"))
    case.act(c.Transfer, LEADER, unit="district-housing").act(c.Reply, somebody_of("district-housing"))


def without_access() -> Rulebook:
    """The book as it was before it said whose petition it is."""
    return baiyang().model_copy(update={"access": None})


def test_a_case_decided_before_the_book_said_so_is_decided_the_same_again() -> None:
    case = Case(without_access(), proposal("administrative", "district")).receive("2025-09-22 09:00").step().step()
    anybody = Actor(role=Role.OFFICER, id="education-1")
    case.act(c.Accept, anybody).act(c.ReadSealedFields, anybody).act(c.Reply, anybody)
    assert len(case.all_of(SealedFieldsRead)) == 1
    state = fold(PETITION, case.events[:-1])
    reply = say(c.Reply, case.now, anybody)
    assert decide(state, reply, without_access()) == (case.events[-1],)
    with pytest.raises(Refused, match="station-1"):
        decide(state, reply, baiyang())


def test_a_book_without_the_part_keeps_the_hash_it_was_adopted_with() -> None:
    before = without_access()
    assert b'"access"' not in before.canonical
    assert Rulebook.model_validate_json(before.canonical).hash == before.hash != baiyang().hash
    assert Rulebook.model_validate_json(baiyang().canonical).hash == baiyang().hash
