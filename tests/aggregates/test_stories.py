"""Lives of petitions in Baiyang around National Day 2025, with the exact times the office's clock would show.

That autumn: Sunday 28 September is a make-up working day, 1 to 8 October are off, Saturday 11 October is worked.
"""

import pytest

from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.petition.agenda import NOTHING, Step
from aggregates.petition.state import Stage
from tests.aggregates.office import at, proposal, say
from tests.aggregates.scenario import Case, given
from tests.people import CLERK
from tests.rulebook.books import baiyang


def test_a_straight_life() -> None:
    case = Case().receive("2025-09-24 09:00").step().step()
    assert case.state.unit == "window"
    case.until("2025-09-24 10:00").act(c.Accept).until("2025-09-24 11:00").act(c.Reply)
    assert case.all_of(e.PetitionReplied)[0].on_time
    case.until("2025-09-25 12:00").act(c.Confirm).step()
    assert [type(event) for event in case.events] == [
        e.PetitionReceived,
        e.PetitionClassified,
        e.PetitionTriaged,
        e.PetitionDispatched,
        e.PetitionAccepted,
        e.PetitionReplied,
        e.FollowUpAsked,
        e.PetitionConfirmed,
        e.PetitionClosed,
    ]
    assert case.times(e.FollowUpAsked) == ["2025-09-25 08:30"]
    assert case.events[-1] == e.PetitionClosed(
        at=at("2025-09-25 12:00"), by=say(c.Close, case.now).by, rulebook=baiyang().hash, reason="confirmed"
    )
    assert case.owed == NOTHING


def test_silence_closes_after_five_working_days() -> None:
    case = Case().receive("2025-09-26 09:00").step().step().act(c.Reply)
    case.until("2025-11-01 00:00")
    assert case.times(e.FollowUpAsked) == ["2025-09-28 08:30"]  # a Sunday worked for the holiday
    assert case.times(e.PetitionClosed) == ["2025-10-11 08:30"]  # the opening of the fifth
    assert case.all_of(e.PetitionClosed)[0].reason == "unanswered"
    assert case.all_of(e.PetitionClosed)[0].rule == "follow-up.rhythm"


def test_nobody_acts_over_national_day() -> None:
    case = Case().receive("2025-09-30 15:00").until("2025-10-30 00:00")
    rises = case.all_of(e.PetitionEscalated)
    assert [(rise.from_tier, rise.to_tier, rise.unit, rise.cause) for rise in rises] == [
        ("community", "district", "service-station", "deadline"),
        ("district", "beyond", "coordination-desk", "deadline"),
        ("beyond", None, "district-leader", "deadline"),
    ]
    assert case.times(e.PetitionEscalated) == ["2025-09-30 17:30", "2025-10-09 17:30", "2025-10-16 17:30"]
    assert [case.shown(rise.missed_due_at) for rise in rises] == case.times(e.PetitionEscalated)
    assert case.times(e.PetitionReminded) == [
        "2025-09-30 16:15",  # half of what was left of that afternoon
        "2025-09-30 17:00",
        "2025-10-09 13:00",  # the district's three days end with the first day after the holiday
        "2025-10-09 15:42",
        "2025-10-14 08:30",  # Friday, the worked Saturday and Monday are half of six working days
        "2025-10-15 15:42",
        "2025-10-21 08:30",  # the leader, every third working day
        "2025-10-24 08:30",
        "2025-10-29 08:30",
    ]
    assert [reminder.number for reminder in case.all_of(e.PetitionReminded)] == [1, 2, 1, 2, 1, 2, 1, 2, 3]
    assert case.state.with_leader
    assert case.state.assisting == ("window", "service-station", "coordination-desk")
    assert case.owed.step is Step.REMIND
    assert case.shown(case.owed.due_at) == "2025-11-03 08:30"


def test_every_reminder_and_rise_names_its_rule() -> None:
    case = Case().receive("2025-09-30 15:00").until("2025-10-22 00:00")
    assert [event.rule for event in case.all_of(e.PetitionEscalated)] == [
        "clock.district",
        "clock.beyond",
        "leader.supervision",
    ]
    assert {event.rule for event in case.all_of(e.PetitionReminded)} == {
        "reminders.before-deadline",
        "leader.supervision",
    }
    assert {event.rulebook for event in case.events} == {baiyang().hash}


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2025-09-26 15:59", "2025-09-26 17:30"),
        ("2025-09-26 16:00", "2025-09-28 17:30"),  # Friday after the cut-off: the worked Sunday
        ("2025-09-27 10:00", "2025-09-28 17:30"),
        ("2025-10-11 10:00", "2025-10-11 17:30"),  # the make-up Saturday itself
        ("2025-10-03 10:00", "2025-10-09 17:30"),
    ],
)
def test_same_day_at_the_door(received: str, due: str) -> None:
    assert Case().receive(received).shown(Case().receive(received).state.due_at) == due


def test_the_leader_answers_late_and_it_shows() -> None:
    case = Case().receive("2025-09-30 15:00").until("2025-10-20 10:00").act(c.Reply)
    assert not case.all_of(e.PetitionReplied)[0].on_time
    assert case.state.due_at is None


def test_with_the_leader_there_is_nobody_to_return_it_to() -> None:
    case = Case().receive("2025-09-30 15:00").until("2025-10-17 10:00")
    assert "nobody" in case.refuses("nobody-above", c.Return)


def test_a_return_within_the_window_and_a_new_dispatch() -> None:
    case = Case(proposes=proposal("public_service", "district")).receive("2025-09-24 09:00").step().step()
    assert case.state.unit == "district-works"
    case.until("2025-09-24 15:00").act(c.Return)
    assert case.state.stage is Stage.RETURNED
    assert case.owed.step is Step.REMIND, "the clock did not stop"
    due = case.state.due_at
    case.act(c.Dispatch, CLERK, unit="district-housing")
    assert (case.state.unit, case.state.returns, case.state.due_at) == ("district-housing", 1, due)


def test_a_return_after_the_window_is_refused_with_its_end() -> None:
    case = Case(proposes=proposal("public_service", "beyond")).receive("2025-09-24 09:00").step().step()
    case.until("2025-09-26 08:29").act(c.ReadSealedFields)
    given(*case.events).when(say(c.Return, case.now, case.usual(c.Return))).then(e.PetitionReturned)
    case.until("2025-09-26 08:30")
    assert "2025-09-26 08:30" in case.refuses("window-closed", c.Return)


def test_a_returned_petition_nobody_takes_rises_and_the_unit_it_is_not_for_does_not_assist() -> None:
    case = Case().receive("2025-09-24 09:00").step().step().act(c.Return).until("2025-09-24 18:00")
    assert case.times(e.PetitionEscalated) == ["2025-09-24 17:30"]
    assert case.state.stage is Stage.DISPATCHED
    assert case.state.unit == "service-station"
    assert case.state.assisting == ()


def test_a_second_triage_without_a_tier_keeps_the_tier_it_was_corrected_to() -> None:
    case = Case(proposes=proposal(needs_human=True)).receive("2025-09-24 09:00").step()
    case.act(c.Triage, tier="district").step().act(c.Return)
    case.act(c.Triage, category="public_service")
    assert (case.state.tier, case.state.category) == ("district", "public_service")
    case.step()
    assert case.state.unit == "district-works"


def test_a_transfer_stays_within_the_tier_and_the_clock_runs_on() -> None:
    case = Case().receive("2025-09-24 09:00").step().step()
    due = case.state.due_at
    reason = case.refuses("unit-of-another-tier", c.Transfer, unit="district-works")
    assert "window-housing" in reason
    assert "district-works" not in reason.split("found")[0]
    case.until("2025-09-24 11:00").act(c.Transfer, unit="window-housing")
    assert (case.state.unit, case.state.due_at) == ("window-housing", due)


def test_nothing_is_sent_to_the_leader_past_the_ladder() -> None:
    case = Case(proposes=proposal(tier="beyond")).receive("2025-09-24 09:00").step().step()
    reason = case.refuses("unit-of-another-tier", c.Transfer, unit="district-leader")
    assert "district-leader" not in reason.split("found")[0]


def test_a_dispute_goes_to_the_tier_above_with_a_clock_of_its_own() -> None:
    case = Case().receive("2025-09-24 09:00").step().step().until("2025-09-24 11:00").act(c.Reply)
    case.until("2025-09-25 10:00").act(c.Dispute)
    rise = case.all_of(e.PetitionEscalated)[0]
    assert (rise.cause, rise.to_tier, rise.missed_due_at) == ("dispute", "district", None)
    assert case.state.stage is Stage.DISPATCHED
    assert case.state.unit == "service-station"
    assert case.state.assisting == ("window",)
    assert case.shown(case.state.due_at) == "2025-09-28 17:30"
    case.until("2025-09-26 09:00").act(c.Reply).until("2025-09-29 09:00").act(c.Dispute)
    case.act(c.Reply).until("2025-10-10 09:00").act(c.Dispute)
    assert case.state.with_leader
    assert case.state.disputes == 3
    assert case.owed.step is Step.REMIND
    case.act(c.Reply).act(c.Dispute)
    assert case.state.with_leader, "above the leader there is nobody"


def test_an_untriaged_petition_rises_while_it_waits_for_a_person() -> None:
    case = Case(proposes=proposal("legal", needs_human=True)).receive("2025-09-24 09:00")
    case.until("2025-09-25 10:00")
    assert case.times(e.PetitionReminded) == ["2025-09-24 13:15", "2025-09-24 15:48"]
    assert case.all_of(e.PetitionReminded)[0].unit == "community-officer"
    assert case.times(e.PetitionEscalated) == ["2025-09-24 17:30"]
    assert (case.state.stage, case.state.tier, case.state.unit) == (Stage.PROPOSED, "district", "legal-aid-centre")
    clock = case.state.clock
    case.act(c.Triage)
    triaged = case.all_of(e.PetitionTriaged)[0]
    assert (triaged.basis, triaged.tier, triaged.clock) == ("confirmed", "district", clock)
    case.step()
    assert case.state.unit == "legal-aid-centre"
    assert case.state.reminders_given == 0


def test_an_untriaged_petition_reaches_the_leader_and_goes_on_from_there() -> None:
    case = Case(proposes=proposal("stability", needs_human=True)).receive("2025-09-24 09:00").until("2025-10-21 09:00")
    assert case.state.with_leader
    assert case.state.stage is Stage.PROPOSED
    case.act(c.Triage, category="administrative", matter="temporary-aid").step()
    assert (case.state.stage, case.state.unit, case.state.tier) == (Stage.DISPATCHED, "district-leader", "beyond")


def test_a_corrected_tier_moves_the_clock_which_starts_at_the_receipt() -> None:
    case = Case(proposes=proposal(needs_human=True)).receive("2025-09-24 09:00").step()
    assert case.shown(case.state.due_at) == "2025-09-24 17:30"
    case.until("2025-09-24 14:00")
    assert case.state.reminders_given == 1
    case.act(c.Triage, tier="district")
    triaged = case.all_of(e.PetitionTriaged)[0]
    assert triaged.basis == "corrected"
    assert case.shown(triaged.clock.started_at) == "2025-09-24 09:00"
    assert case.shown(triaged.clock.due_at) == "2025-09-28 17:30"  # Saturday moves to the worked Sunday
    assert case.state.reminders_given == 0, "a new clock begins its own reminders"


def test_a_confirmed_triage_keeps_the_clock_and_the_reminders_given() -> None:
    case = Case(proposes=proposal(needs_human=True)).receive("2025-09-24 09:00").until("2025-09-24 14:00")
    clock = case.state.clock
    case.act(c.Triage)
    assert case.state.clock == clock
    assert case.state.reminders_given == 1


def test_a_matter_goes_to_its_own_desk() -> None:
    case = Case(proposes=proposal(needs_human=True)).receive("2025-09-24 09:00").step()
    case.act(c.Triage, matter="temporary-aid").step()
    assert case.state.unit == "window-civil-affairs"
    case = Case(proposes=proposal(needs_human=True)).receive("2025-09-24 09:00").step()
    case.act(c.Triage, matter="minimum-living-allowance").step()
    assert (case.state.tier, case.state.unit) == ("district", "service-station")


def test_what_was_handed_in_two_days_ago_counts_from_then() -> None:
    case = Case().receive("2025-09-26 10:00", submitted_at=at("2025-09-24 10:00"))
    received = case.all_of(e.PetitionReceived)[0]
    assert (case.shown(received.at), received.counted_from) == ("2025-09-24 10:00", "submission")
    assert case.shown(case.state.due_at) == "2025-09-24 17:30"
    case.until("2025-09-26 10:00")
    assert case.times(e.PetitionEscalated) == ["2025-09-26 10:00"], "the missed day shows at once"


@pytest.mark.parametrize(
    ("submitted", "counted"),
    [("2025-08-27 10:00", "submission"), ("2025-08-27 09:59", "entry"), ("2022-09-26 10:00", "entry")],
)
def test_what_was_handed_in_long_ago_counts_from_its_entry(submitted: str, counted: str) -> None:
    case = Case().receive("2025-09-26 10:00", submitted_at=at(submitted))
    received = case.all_of(e.PetitionReceived)[0]
    assert received.counted_from == counted
    assert case.shown(received.submitted_at) == submitted
    assert case.shown(received.at) == (submitted if counted == "submission" else "2025-09-26 10:00")


@pytest.mark.parametrize("steps", range(14))
def test_a_withdrawn_petition_never_rings(steps: int) -> None:
    case = Case().receive("2025-09-30 15:00")
    for _ in range(steps):
        case.step()
    case.act(c.Withdraw)
    assert case.owed == NOTHING
    assert not case.state.open
    count = len(case.events)
    case.until("2026-06-01 00:00")
    assert len(case.events) == count


def test_it_can_be_withdrawn_after_the_reply_and_after_the_question() -> None:
    case = Case().receive("2025-09-24 09:00").step().step().act(c.Reply)
    given(*case.events).when(say(c.Withdraw, case.now, reason=None)).then(e.PetitionWithdrawn)
    case.step()
    given(*case.events).when(say(c.Withdraw, case.now)).then(e.PetitionWithdrawn)


def test_a_clock_that_reaches_past_the_last_known_calendar_is_provisional() -> None:
    case = Case(proposes=proposal(tier="beyond")).receive("2026-12-30 09:00").step()
    clock = case.state.clock
    assert clock is not None
    assert clock.provisional
    assert case.shown(clock.due_at) == "2027-01-06 17:30"
    assert not Case().receive("2026-11-30 09:00").all_of(e.PetitionReceived)[0].clock.provisional


def test_before_the_first_calendar_no_clock_is_promised() -> None:
    case = Case()
    case.now = at("2024-06-01 10:00")
    assert "2025" in case.refuses("no-calendar", c.Receive)


def test_under_other_rules_the_same_life_rings_at_other_times() -> None:
    book = baiyang()
    weekly = book.model_copy(update={"leader": book.leader.model_copy(update={"remind_every_days": 5})})
    assert weekly.hash != book.hash
    case = Case(weekly).receive("2025-09-30 15:00").until("2025-11-01 00:00")
    assert case.times(e.PetitionReminded)[6:] == ["2025-10-23 08:30", "2025-10-30 08:30"]


def test_the_looking_is_on_record_even_after_the_end() -> None:
    case = Case().receive("2025-09-24 09:00").act(c.Withdraw).act(c.ReadSealedFields, CLERK, fields=("name", "phone"))
    looked = case.events[-1]
    assert isinstance(looked, e.SealedFieldsRead)
    assert (looked.fields, looked.by) == (("name", "phone"), CLERK)
    assert case.state.stage is Stage.WITHDRAWN
    assert case.owed == NOTHING


def test_looking_moves_no_clock() -> None:
    case = Case().receive("2025-09-24 09:00").until("2025-09-24 10:00")
    owed = case.owed
    case.act(c.ReadSealedFields, CLERK)
    assert case.owed == owed
