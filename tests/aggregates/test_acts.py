"""The acts beside the straight way, each with what it is for and what it refuses."""

from datetime import date

import pytest

from aggregates.event import Actor, Role
from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.petition.agenda import NOTHING, Step, agenda
from aggregates.petition.decisions import explained
from aggregates.petition.state import Stage
from tests.aggregates.office import at, proposal
from tests.aggregates.scenario import Case
from tests.people import CLERK, COORDINATION, LEADER, LEGAL_AID, OFFICER, OTHER_LEADER, SUPERVISOR, somebody_of
from tests.rulebook.books import baiyang


def at_the_district(when: str = "2025-09-22 09:00") -> Case:
    """A petition of the district's, due in three days, accepted there."""
    case = Case(proposes=proposal("public_service", "district")).receive(when).step().step()
    return case.act(c.Accept)


def stability(when: str = "2025-09-22 09:00", **values: object) -> Case:
    """A stability petition of the district's."""
    return Case(proposes=proposal("stability", "district")).receive(when, **values).step().step()


def test_another_unit_helps_and_the_first_stays_responsible() -> None:
    case = at_the_district().act(c.Assist)
    assert (case.state.unit, case.state.assisting) == ("district-works", ("team-care",))
    assert "assists already" in case.refuses("assists-already", c.Assist)
    case.refuses("same-unit", c.Assist, unit="district-works")
    case.refuses("does-not-assist", c.EndAssist, unit="window")
    assert case.act(c.EndAssist).state.assisting == ()


def test_papers_are_carried_and_the_result_is_brought_home() -> None:
    case = at_the_district()
    assert "身份证" in case.refuses("unknown-paper", c.TakePapers, papers=("藏宝图",))
    case.refuses("no-papers", c.CarryPapers)
    case.act(c.TakePapers, papers=("身份证", "户口簿"))
    case.refuses("no-papers", c.BringResult)
    case.refuses("papers-out", c.TakePapers)
    case.act(c.CarryPapers).act(c.Reply).act(c.BringResult)
    assert case.state.papers_stage == "done"


def test_a_hand_over_is_done_when_the_centre_says_so() -> None:
    case = Case(proposes=proposal("legal", "community")).receive("2025-09-22 09:00").step().step()
    assert case.shown(case.state.clocks["hand_over"].clock.due_at) == "2025-09-22 17:30"
    case.refuses("no-centre", c.HandOver, unit="window")
    case.refuses("nothing-to-confirm", c.ConfirmHandOver)
    case.act(c.HandOver)
    assert "legal-aid-centre" in case.refuses("not-your-unit", c.ConfirmHandOver, CLERK)
    case.until("2025-09-22 11:00").act(c.ConfirmHandOver)
    assert case.all_of(e.HandOverConfirmed)[0].on_time
    assert case.state.clocks["hand_over"].stopped_at


def test_a_missed_hand_over_is_on_record_once_and_rises_only_by_the_tiers_clock() -> None:
    case = stability().until("2025-10-30 00:00")
    missed = [(each.clock, each.leader) for each in case.all_of(e.ClockBreached)]
    assert missed == [("hand_over", "district-leader"), ("statutory_accept", "district-leader")]
    assert len(case.all_of(e.PetitionEscalated)) == 2


def test_the_statutory_clocks_ring_beside_the_tiers() -> None:
    case = stability().act(c.Accept)
    due = {name: case.shown(each.clock.due_at) for name, each in case.state.clocks.items()}
    assert due == {
        "tier": "2025-09-25 17:30",
        "statutory_accept": "2025-10-09 17:30",
        "statutory_handle": "2025-11-21 17:30",
        "hand_over": "2025-09-22 17:30",
    }
    assert case.state.clocks["statutory_accept"].stopped_at, "accepted"
    case.until("2025-11-21 17:30")
    assert [each.clock for each in case.all_of(e.ClockBreached)] == ["hand_over", "statutory_handle"]


def test_first_contact_is_owed_where_nobody_spoke_with_the_resident() -> None:
    case = Case(proposes=proposal(tier="beyond")).receive("2025-09-22 09:00", channel="online").step().step()
    assert case.shown(case.state.clocks["first_contact"].clock.due_at) == "2025-09-23 17:30"
    assert "first_contact" not in at_the_district().state.clocks, "at the counter somebody did"
    assert case.act(c.Contact).state.clocks["first_contact"].stopped_at
    case.until("2025-09-24 00:00")
    assert not case.all_of(e.ClockBreached)


def test_after_two_returns_a_leader_says_whose_it_is() -> None:
    case = Case(proposes=proposal("public_service", "district")).receive("2025-09-22 09:00").step().step()
    case.act(c.Return).act(c.Dispatch, CLERK, unit="district-housing").act(c.Return)
    assert case.state.decided_above == "asked"
    assert "leader" in case.refuses("decided-above", c.Dispatch, CLERK, unit="district-works")
    case.refuses("decided-above", c.Triage, CLERK)
    case.act(c.Dispatch, LEADER, unit="district-works")
    assert "tier above decided" in case.refuses("decided-above", c.Return)
    case.until("2025-09-25 17:30")
    assert (case.state.tier, case.state.returns, case.state.decided_above) == ("beyond", 2, None)


def test_a_leader_watches_it_until_it_is_settled() -> None:
    case = at_the_district().act(c.Supervise)
    case.refuses("watches-already", c.Supervise)
    case.refuses("not-a-leader", c.Supervise, leader="window-1")
    case.refuses("unknown-leader", c.Supervise, leader="nobody")
    case.until("2025-09-25 09:00")
    assert case.times(e.LeaderReminded) == ["2025-09-24 08:30"]
    case.act(c.Reply).until("2025-12-01 00:00")
    assert len(case.all_of(e.LeaderReminded)) == 1


def test_an_extension_is_asked_in_time_and_approved_by_somebody_else_once() -> None:
    case = at_the_district()
    assert "at most 3" in case.refuses("too-long", c.RequestExtension, days=4)
    case.refuses("nothing-asked", c.DecideExtension)
    case.refuses("no-such-clock", c.RequestExtension, clock="review")
    case.act(c.RequestExtension, days=3)
    assert case.shown(case.state.due_at) == "2025-09-25 17:30", "asked is not granted"
    case.refuses("asked-already", c.RequestExtension)
    case.act(c.DecideExtension, OTHER_LEADER)
    assert case.shown(case.state.due_at) == "2025-09-28 17:30"
    moved = case.all_of(e.ExtensionDecided)[0].moved
    assert (case.shown(moved.was_due_at), moved.clock.extra_days) == ("2025-09-25 17:30", 3)
    case.refuses("extended-already", c.RequestExtension)


def with_the_communitys_leader() -> Case:
    """At a unit whose lead is a leader, and could approve what the unit asks for."""
    return Case(proposes=proposal("stability", "community")).receive("2025-09-22 09:00").step().step().act(c.Accept)


def test_a_leader_does_not_approve_what_they_asked_for_themselves() -> None:
    own = somebody_of("community-lead")
    case = with_the_communitys_leader().act(c.RequestExtension, own)
    assert "somebody else" in case.refuses("somebody-else", c.DecideExtension, own)
    case = with_the_communitys_leader().act(c.RequestParking, own)
    assert "somebody else" in case.refuses("somebody-else", c.DecideParking, own)


def test_who_decided_something_of_it_does_not_decide_the_review() -> None:
    case = at_the_district().act(c.RequestExtension).act(c.DecideExtension).act(c.Reply).act(c.RequestReview)
    case.refuses("decided-before", c.DecideReview, LEADER)
    case.act(c.DecideReview, OTHER_LEADER)


def test_an_extension_that_a_holiday_has_given_already_is_not_spent() -> None:
    case = at_the_district("2025-09-29 09:00")
    assert case.shown(case.state.due_at) == "2025-10-09 17:30", "the third day fell into the holiday"
    assert "the rule's 3 would not either" in case.refuses("moves-nothing", c.RequestExtension, days=2)
    assert case.state.extension_asked is None


def test_a_refused_extension_moves_nothing_and_a_late_one_is_refused() -> None:
    case = at_the_district().act(c.RequestExtension).act(c.DecideExtension, approved=False)
    assert case.shown(case.state.due_at) == "2025-09-25 17:30"
    case.now = at("2025-09-25 17:30")
    assert "ended 2025-09-25 17:30" in case.refuses("too-late", c.RequestExtension)


def test_the_head_may_add_thirty_days_to_the_sixty() -> None:
    case = stability().act(c.RequestExtension, days=30, clock="statutory_handle").act(c.DecideExtension)
    assert case.shown(case.state.clocks["statutory_handle"].clock.due_at) == "2025-12-22 17:30"
    case.refuses("not-extendable", c.RequestExtension, clock="hand_over")


def test_waiting_for_the_resident_over_the_holiday_takes_no_time() -> None:
    case = at_the_district("2025-09-26 09:00")
    assert case.shown(case.state.due_at) == "2025-09-29 17:30"
    case.until("2025-09-28 10:00").act(c.Pause)
    assert case.state.due_at is None
    assert case.owed.step is Step.RESUME
    case.until("2025-10-10 10:00").act(c.Resume)
    assert case.shown(case.state.due_at) == "2025-10-11 17:30", "two of three days were left"
    told = explained(case.state.clocks["tier"].clock, baiyang())
    assert [day.date.day for day in told.days if day.why.startswith("paused")] == [28, 29, 30, *range(1, 10)]


def test_a_wait_runs_out_by_itself_and_comes_at_most_twice() -> None:
    case = at_the_district().act(c.Pause, days=2).step()
    assert case.times(e.PetitionResumed) == ["2025-09-24 08:30"]
    assert case.all_of(e.PetitionResumed)[0].cause == "ran_out"
    assert case.state.stage is Stage.ACCEPTED
    case.refuses("too-long", c.Pause, days=11)
    case.act(c.Pause, days=1).act(c.Resume)
    case.refuses("paused-enough", c.Pause)


def test_statutory_clocks_do_not_wait_for_the_resident() -> None:
    case = stability().act(c.Pause)
    assert case.all_of(e.PetitionPaused)[0].clocks == ("tier",)
    assert case.owed.step is Step.BREACH


def test_what_cannot_be_done_now_is_parked_and_never_forgotten() -> None:
    case = at_the_district()
    case.refuses("look-again-date", c.RequestParking, look_again_on=date(2025, 9, 22))
    case.refuses("look-again-date", c.RequestParking, look_again_on=date(2026, 12, 30))
    case.act(c.RequestParking, look_again_on=date(2025, 11, 1))
    case.act(c.DecideParking, OTHER_LEADER)
    assert case.state.stage is Stage.PARKED
    assert (case.owed.step, case.shown(case.owed.due_at)) == (Step.LOOK_AGAIN, "2025-11-03 08:30")  # a Saturday before
    case.step()
    assert case.state.stage is Stage.ACCEPTED
    assert case.shown(case.state.due_at) == "2025-11-05 17:30"


def test_a_merged_petition_never_rings_and_comes_back_with_the_time_it_waited() -> None:
    case = at_the_district().act(c.Merge)
    assert case.owed == NOTHING
    case.refuses("not-now", c.Reply)
    case.until("2025-10-20 09:00").act(c.Unmerge)
    assert case.state.stage is Stage.ACCEPTED
    assert case.shown(case.state.due_at) == "2025-09-25 17:30"
    case.until("2025-10-20 09:00")
    assert case.state.tier == "beyond"
    assert Case().receive("2025-09-22 09:00").refuses("same-petition", c.Merge, into=case.state.id)


def test_residents_join_and_are_counted() -> None:
    case = at_the_district().act(c.AddResident)
    assert (case.state.residents, case.all_of(e.ResidentJoined)[0].number) == (2, 2)
    case.refuses("joined-already", c.AddResident)
    assert "乙某" not in case.state.model_dump_json()


def test_who_asks_confidentially_is_not_shown_to_units() -> None:
    case = at_the_district().act(c.SetConfidential)
    assert "name, phone" in case.refuses("confidential", c.ReadSealedFields, fields=("text", "name", "phone"))
    case.act(c.ReadSealedFields, fields=("text",)).act(c.ReadSealedFields, CLERK, fields=("name",))
    case.refuses("nothing-changes", c.SetConfidential)


def test_what_a_later_event_holds_is_looked_at_as_what_came_first_is() -> None:
    case = at_the_district().act(c.AddResident).act(c.SetConfidential)
    joined, other = next((n, each) for n, each in enumerate(case.events, 1) if isinstance(each, e.ResidentJoined))
    whose = {"event": joined, "event_topic": other.TOPIC, "resident": other.resident}
    assert "phone" in case.refuses("confidential", c.ReadSealedFields, fields=("phone",), **whose)
    case.refuses("unknown-field", c.ReadSealedFields, CLERK, fields=("text",), **whose)
    case.act(c.ReadSealedFields, CLERK, fields=("phone",), **whose)
    (look,) = case.all_of(e.SealedFieldsRead)
    assert (look.event, look.event_topic, look.fields) == (joined, "petition.resident_joined", ("phone",))
    assert look.resident == other.resident != case.state.resident, "the reason is sealed with their own key"
    why = {"event": joined + 2, "event_topic": e.SealedFieldsRead.TOPIC, "fields": ("reason",)}
    assert "committee only" in case.refuses("not-yours", c.ReadSealedFields, CLERK, **why)
    case.act(c.ReadSealedFields, SUPERVISOR, **why).act(c.ReadSealedFields, LEADER, **why)
    dispatched = {"event": 3, "event_topic": e.PetitionDispatched.TOPIC, "fields": ()}
    assert "petition.dispatched" in case.refuses("nothing-sealed", c.ReadSealedFields, CLERK, **dispatched)


def test_the_unit_complained_about_has_no_part_in_it() -> None:
    case = Case(proposes=proposal()).receive("2025-09-22 09:00", complained_about="window").step().step()
    assert (case.state.tier, case.state.unit) == ("district", "service-station")
    assert case.all_of(e.PetitionEscalated)[0].cause == "complaint"
    assert "complained about" in case.refuses("complained-about", c.Assist, unit="window")
    case.refuses("complained-about", c.ReadSealedFields, CLERK)
    case.refuses(
        "complained-about", c.Triage if case.state.stage is Stage.PROPOSED else c.Transfer, CLERK, unit="window"
    )
    case.act(c.Reclassify, Actor(role=Role.CLERK, id="window-3"), category=None, complained_about="service-station")
    assert case.state.stage is Stage.TRIAGED
    assert case.step().state.unit == "coordination-desk"


def test_what_is_complained_of_the_leader_goes_to_who_stands_in() -> None:
    case = Case().receive("2025-09-22 09:00", complained_about="district-leader").until("2025-10-30 00:00")
    assert (case.state.with_leader, case.state.unit) == (True, "city-petition-office")


def test_a_correction_after_the_dispatch_carries_the_time_used() -> None:
    case = Case(proposes=proposal(tier="beyond")).receive("2025-09-22 09:00").step().step().act(c.Accept)
    case.until("2025-09-23 10:00").act(c.Reclassify, category="public_service", tier="district")
    assert case.state.stage is Stage.TRIAGED, "another tier: another unit"
    assert case.shown(case.state.due_at) == "2025-09-25 17:30", "three days from the receipt, not from now"
    case.step().act(c.Reclassify, category="legal")
    assert (case.state.stage, case.state.unit) == (Stage.DISPATCHED, "district-works")
    assert "hand_over" in case.state.clocks
    case.refuses("nothing-changes", c.Reclassify, category="legal")


def test_pause_extend_and_correct_in_any_order_end_the_same_day() -> None:
    def told(*order: str) -> str:
        case = Case(proposes=proposal("public_service", "district")).receive("2025-09-22 09:00").step().step()
        case.until("2025-09-23 09:00")
        for each in order:
            if each == "extend":
                case.act(c.RequestExtension, days=2).act(c.DecideExtension)
            elif each == "correct":
                case.act(c.Reclassify, tier="beyond").step()
            else:
                case.act(c.Pause).until("2025-09-24 09:00").act(c.Resume)
        return case.shown(case.state.due_at)

    ways = [("extend", "correct", "pause"), ("correct", "extend", "pause"), ("extend", "pause", "correct")]
    assert {told(*way) for way in [*ways, ("pause", "correct", "extend"), ("pause", "extend", "correct")]} == {
        "2025-10-09 17:30"
    }


def test_a_team_on_duty_every_day_is_held_to_its_own_days() -> None:
    case = Case(proposes=proposal("public_service")).receive("2025-10-03 10:00").step()
    assert case.shown(case.state.due_at) == "2025-10-09 17:30"
    case.act(c.Dispatch, unit="team-repairs")
    assert case.shown(case.state.due_at) == "2025-10-03 17:30"
    assert case.shown(case.all_of(e.PetitionDispatched)[0].moved[0].was_due_at) == "2025-10-09 17:30"


def test_several_parties_mediate_and_the_meeting_decides() -> None:
    case = at_the_district()
    assert "police" in case.refuses("unknown-party", c.OpenMediation, parties=("circus",))
    case.refuses("no-mediation", c.EndMediation)
    case.act(c.OpenMediation)
    case.refuses("mediated-already", c.OpenMediation)
    case.act(c.EndMediation)
    case.refuses("not-referred", c.DecideReferral)
    case.act(c.Refer)
    case.refuses("referred-already", c.Refer)
    assert case.act(c.DecideReferral).state.referred_to is None


def test_danger_to_life_is_served_first() -> None:
    case = Case().receive("2025-09-22 09:00")
    assert case.state.priority == 3
    assert case.act(c.SetUrgency, cause="life").state.priority == 1
    case.refuses("nothing-changes", c.SetUrgency, cause="life")
    assert Case().receive("2025-09-22 09:00", urgent="minor").state.priority == 2


def closed(when: str = "2025-09-22 09:00") -> Case:
    """Answered at the community, confirmed and closed the same morning."""
    return Case().receive(when).step().step().act(c.Accept).act(c.Reply).act(c.Confirm).step()


def test_a_closed_petition_is_disputed_within_its_window_and_begins_anew_above() -> None:
    case = closed()
    assert case.owed == NOTHING
    case.now = at("2025-10-09 17:30")
    case.act(c.Dispute)
    assert (case.state.stage, case.state.tier, case.state.unit) == (Stage.DISPATCHED, "district", "service-station")
    late = closed()
    late.now = at("2025-10-09 17:31")
    assert "review" in late.refuses("window-closed", c.Dispute)


def test_a_review_is_decided_above_by_somebody_new_and_the_second_one_is_final() -> None:
    case = closed()
    case.now = at("2025-10-15 09:00")
    case.act(c.RequestReview)
    assert (case.state.stage, case.state.review_unit) == (Stage.UNDER_REVIEW, "service-station")
    assert case.shown(case.state.due_at) == "2025-11-14 17:30"
    case.refuses("not-your-unit", c.DecideReview, Actor(role=Role.OFFICER, id="repairs-1"))
    case.refuses("not-your-unit", c.DecideReview, LEGAL_AID)
    case.act(c.DecideReview, OFFICER, outcome="changed")
    assert case.state.stage is Stage.CLOSED
    case.refuses("review-decided", c.Dispute)
    case.until("2025-10-20 09:00").act(c.RequestReview)
    assert (case.state.stage, case.state.review_unit) == (Stage.UNDER_SECOND_REVIEW, "coordination-desk")
    case.refuses("not-your-unit", c.DecideReview, OFFICER)
    case.act(c.DecideReview, COORDINATION)
    assert case.state.final
    case.refuses("final", c.RequestReview)
    assert case.owed == NOTHING


def test_a_late_review_is_on_record_and_the_unit_hears_of_it_until_it_decides() -> None:
    case = closed()
    case.act(c.RequestReview).until("2025-11-05 00:00")
    assert [each.clock for each in case.all_of(e.ClockBreached)] == ["review"]
    assert case.times(e.ClockBreached) == ["2025-10-22 17:30"]
    late = [case.shown(each.at) for each in case.all_of(e.ClockWarned) if each.next_at]
    assert late == ["2025-10-27 08:30", "2025-10-30 08:30", "2025-11-04 08:30"]
    assert not case.act(c.DecideReview).all_of(e.ReviewDecided)[0].on_time


def test_a_revoked_reply_is_handled_anew_above() -> None:
    case = closed()
    case.act(c.RequestReview).act(c.DecideReview, outcome="revoked")
    assert (case.state.stage, case.state.tier, case.state.unit) == (Stage.DISPATCHED, "district", "service-station")
    assert case.all_of(e.PetitionEscalated)[0].cause == "review"
    case.act(c.Reply).act(c.RequestReview)
    assert case.state.review_level == 1, "the new reply has its own remedies"


def test_thirty_days_to_ask_for_a_review() -> None:
    case = closed()
    case.now = at("2025-10-22 17:31")
    assert "new petition" in case.refuses("window-closed", c.RequestReview)


@pytest.mark.parametrize("follows", [True, False])
def test_a_new_calendar_and_rules_that_running_cases_follow_or_not(follows: bool) -> None:
    book = baiyang()
    tiers = tuple(
        each.model_copy(update={"clock": each.clock.model_copy(update={"days": 5, "keep_old_rule": not follows})})
        if each.id == "district"
        else each
        for each in book.tiers
    )
    case = at_the_district()
    case.refuses("unchanged", c.Recompute)
    case.rules = book.model_copy(update={"tiers": tiers})
    if not follows:
        case.refuses("unchanged", c.Recompute)
        return
    case.act(c.Recompute)
    assert case.shown(case.state.due_at) == "2025-09-28 17:30"
    assert case.shown(case.all_of(e.ClocksRecomputed)[0].moved[0].was_due_at) == "2025-09-25 17:30"
    assert agenda(case.state).step is Step.REMIND


def test_the_calendar_of_another_year_moves_only_the_clocks_that_reach_it() -> None:
    """Given a petition of November, when next year's calendar comes, then its sixty days move and nothing else."""
    whole = baiyang()
    this_year = whole.model_copy(update={"calendars": tuple(each for each in whole.calendars if each.year == 2025)})
    case = Case(rules=this_year, proposes=proposal("stability", "district")).receive("2025-11-20 10:00").step().step()
    assert case.state.clocks["statutory_handle"].clock.provisional
    case.refuses("unchanged", c.Recompute)
    case.rules = whole
    case.act(c.Recompute)
    (counted,) = case.all_of(e.ClocksRecomputed)
    assert [each.clock.name for each in counted.moved] == ["statutory_handle"]
    assert not counted.moved[0].clock.provisional
    case.refuses("unchanged", c.Recompute)


def test_corrected_away_and_back_a_clock_goes_on_from_where_it_began_and_is_missed_once() -> None:
    case = stability().until("2025-09-23 09:00")
    case.act(c.Reclassify, category="administrative")
    assert not case.state.clocks["statutory_handle"].owed
    case.act(c.Reclassify, category="stability").until("2025-11-30 00:00")
    missed = [each.clock for each in case.all_of(e.ClockBreached)]
    assert missed == ["hand_over", "statutory_accept", "statutory_handle"]
    assert case.times(e.ClockBreached)[2] == "2025-11-21 17:30"


def test_one_of_several_residents_does_not_take_it_back_for_all() -> None:
    case = at_the_district().act(c.AddResident)
    assert "staff note it" in case.refuses("joint", c.Withdraw)
    assert case.act(c.Withdraw, CLERK).state.stage is Stage.WITHDRAWN


def test_a_second_review_goes_to_whom_the_case_is_new() -> None:
    """The leader's two people replied and decided the first review: whoever stands in decides the second."""
    rules = baiyang()
    case = at_the_district()
    case.act(c.Reply).act(c.Dispute).act(c.Reply).act(c.Dispute)  # it has risen beyond the district's last tier
    first, second = rules.unit(rules.leader.unit).staff
    case.act(c.Reply, Actor(role=Role.LEADER, id=first))
    case.act(c.RequestReview)
    assert case.state.review_unit == rules.leader.unit
    case.act(c.DecideReview, Actor(role=Role.LEADER, id=second))
    case.act(c.RequestReview)
    assert case.state.review_unit == rules.leader.stands_in
    (judge,) = rules.unit(rules.leader.stands_in).staff
    case.refuses("decided-before", c.DecideReview, Actor(role=Role.LEADER, id=first))
    case.act(c.DecideReview, Actor(role=Role.OFFICER, id=judge))
    assert case.state.final


def test_a_leader_of_the_units_own_tier_does_not_decide_whose_it_is_after_two_returns() -> None:
    own = Actor(role=Role.LEADER, id="community-lead-1")
    case = Case(proposes=proposal("public_service", "community")).receive("2025-09-22 09:00").step().step()
    case.act(c.Return).act(c.Dispatch, CLERK, unit="team-care").act(c.Return)
    said = case.refuses("decided-above", c.Dispatch, own, unit="team-repairs")
    assert "leader-1, leader-2" in said
    case.refuses("decided-above", c.Triage, own)
    assert case.act(c.Dispatch, LEADER, unit="team-repairs").state.unit == "team-repairs"
