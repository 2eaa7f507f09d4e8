"""Residents order, the community posts, teams and partner units claim: told as stories."""

import pytest

from aggregates.event import Actor, Role
from aggregates.orders import commands as c
from aggregates.orders import events as e
from aggregates.orders.agenda import NOTHING, Step
from aggregates.orders.state import Stage
from tests.aggregates.office import at
from tests.aggregates.orders.market import MONDAY, NEIGHBOUR, Errand, brought_to, say
from tests.people import CARE, CLERK, SCHOOL
from tests.rulebook.books import baiyang


def test_ordered_claimed_delivered_in_time_rated_closed() -> None:
    errand = Errand().act(c.Post)
    errand.at("2025-09-22 10:00").act(c.Claim).at("2025-09-24 15:00").act(c.Start)
    errand.at("2025-09-26 16:59").act(c.Deliver).act(c.Rate).step()
    assert [topic for topic, _ in errand.told()] == ["posted", "claimed", "started", "delivered", "rated", "closed"]
    (promise,) = errand.state.promises
    assert (promise.outcome, promise.partner, promise.score, promise.satisfied) == ("kept", True, 5, True)
    assert errand.owed == NOTHING


def test_nobody_claims_it_and_it_rises_by_itself() -> None:
    """Two whole working days: assigned to the team of its service; three more, across the holiday: the district."""
    errand = Errand().act(c.Post).until("2025-10-14 12:00")
    assert errand.told() == [
        ("posted", "09-22 09:00"),
        ("assigned", "09-25 08:30"),
        ("escalated", "09-30 08:30"),
        ("reminded", "10-10 08:30"),
        ("reminded", "10-13 08:30"),
    ]
    state = errand.state
    assert (state.tier, state.unit, state.climbed) == ("district", "service-station", 2)
    assert errand.events[1].unit == "team-culture"  # type: ignore[attr-defined]
    assert errand.owed.step is Step.REMIND, "it is reminded of until somebody has it"


def test_a_broken_commitment_is_recorded_once_and_stays() -> None:
    errand = Errand().act(c.Post).act(c.Claim).until("2025-09-30 18:00")
    broken = [event for event in errand.events if isinstance(event, e.CommitmentBroken)]
    assert [event.at for event in broken] == [at("2025-09-26 17:00")]
    assert [topic for topic, _ in errand.told()] == [
        "posted",
        "claimed",
        *["reminded"] * 2,
        "commitment_broken",
        "reminded",
    ]
    errand.act(c.Deliver)
    assert errand.state.promises[-1].outcome == "late"
    assert len([event for event in errand.events if isinstance(event, e.CommitmentBroken)]) == 1


@pytest.mark.parametrize("kind", [c.Deliver, c.Release, c.Withdraw])
def test_what_comes_too_late_breaks_the_commitment_though_the_engine_slept(kind: type[c.Post]) -> None:
    errand = Errand().act(c.Post).act(c.Claim).at("2025-09-26 17:01").act(kind)
    assert [topic for topic, _ in errand.told()][2] == "commitment_broken"
    assert errand.state.promises[-1].outcome in {"broken", "late"}


def test_delivered_in_time_and_entered_after_the_engine_had_noted_it_late_stays_late() -> None:
    errand = Errand().act(c.Post).act(c.Claim).until("2025-09-29 09:00").at("2025-09-26 16:00").act(c.Deliver)
    assert not errand.events[-1].kept  # type: ignore[attr-defined]


def test_given_back_it_waits_again_at_the_tier_it_had_reached() -> None:
    errand = Errand().act(c.Post).until("2025-09-25 09:00").act(c.Claim).at("2025-09-25 15:00").act(c.Release)
    assert errand.state.promises[-1].outcome == "released"
    assert errand.state.unit is None
    errand.until("2025-10-14 09:00")
    assert ("escalated", "09-30 08:30") in errand.told()
    assert [topic for topic, _ in errand.told()].count("assigned") == 1
    errand.act(c.Claim, promised_by=at("2025-10-16 12:00"))
    assert errand.state.promises[-1].number == 2


def test_assigned_by_hand_it_rises_when_it_would_have_risen() -> None:
    errand = Errand().act(c.Post).act(c.Assign)
    rises = errand.owed
    assert rises.step is Step.ESCALATE
    errand.at("2025-09-24 16:00").act(c.Assign, unit="convenience-team")
    assert errand.owed == rises


def test_silence_closes_after_five_working_days() -> None:
    errand = Errand().act(c.Post).act(c.Claim).act(c.Deliver).step()
    assert errand.told()[-1] == ("closed", "09-28 08:30")  # the 28th, a Sunday, is worked
    assert errand.events[-1].reason == "unrated"  # type: ignore[attr-defined]


def test_residents_of_seventy_come_first_and_their_age_is_not_kept() -> None:
    old, young = (Errand().act(c.Post, kind="micro_wish", service=None, age=age) for age in (70, 69))
    assert (old.state.first, young.state.first) == (True, False)
    assert old.events[0].rule == "orders.elderly-first"
    assert '"age"' not in old.events[0].model_dump_json()


def test_the_community_posts_a_need_and_the_charge_is_the_service_s() -> None:
    need = Errand().act(c.Post, CLERK, kind="need", service=None)
    assert (need.state.source, need.state.charge) == ("community", "free")
    assert Errand().act(c.Post, CLERK).state.source == "resident"
    assert Errand().act(c.Post, service="home-help").state.charge == "low_price"
    assert Errand().act(c.Post, kind="micro_wish", service=None, charge="low_price").state.charge == "low_price"


def test_a_collective_wish_is_supported_and_inspected_once_by_each() -> None:
    wish = {"kind": "collective_wish", "service": None}
    errand = Errand().act(c.Post, **wish).act(c.Support)
    errand.refuses("already-said", c.Support)
    errand.act(c.Support, supporter="r-" + "1" * 32)
    errand.act(c.Claim).act(c.Deliver).act(c.Inspect, satisfied=False)
    errand.refuses("already-said", c.Inspect)
    assert (len(errand.state.supporters), len(errand.state.inspectors), errand.state.found_good) == (2, 1, 0)
    brought_to(Stage.POSTED).refuses("not-collective", c.Support)


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("service-missing", {"service": None}),
        ("unknown-service", {"service": "teleport"}),
    ],
)
def test_what_cannot_be_ordered(code: str, values: dict[str, str]) -> None:
    Errand().refuses(code, c.Post, **values)


@pytest.mark.parametrize(
    ("code", "by", "values"),
    [
        ("unknown-unit", SCHOOL, {"unit": "city-hall"}),
        ("unknown-unit", CLERK, {"unit": "city-water"}),
        ("not-your-unit", SCHOOL, {"unit": "partner-clinic"}),
        ("not-offered", CARE, {"unit": "team-care"}),
        ("promise-out-of-bounds", SCHOOL, {"promised_by": at(MONDAY)}),
        ("promise-out-of-bounds", SCHOOL, {"promised_by": at("2025-12-31 12:00")}),
    ],
)
def test_who_cannot_claim(code: str, by: Actor, values: dict[str, str]) -> None:
    brought_to(Stage.POSTED).refuses(code, c.Claim, by, **values)


def test_a_unit_claims_what_it_was_assigned_though_it_does_not_offer_it() -> None:
    errand = brought_to(Stage.POSTED).act(c.Assign, unit="team-care")
    errand.act(c.Claim, CARE, unit="team-care")
    assert errand.state.unit == "team-care"


def test_only_the_unit_at_it_delivers_and_reads_and_nobody_rates_their_own() -> None:
    errand = brought_to(Stage.CLAIMED)
    errand.refuses("not-your-unit", c.Deliver, CARE)
    errand.refuses("not-your-unit", c.ReadFields, CARE)
    errand.act(c.ReadFields, SCHOOL, fields=("address",))
    errand.act(c.Deliver)
    errand.refuses("not-your-unit", c.ReadFields, SCHOOL)
    errand.refuses("not-your-unit", c.Rate, Actor(role=Role.CLERK, id="contact-school-1"))
    errand.refuses("rating-missing", c.Rate, score=None)
    errand.act(c.Rate, score=3)
    assert errand.state.promises[-1].satisfied is False


def test_who_took_it_in_and_delivers_it_does_not_note_how_it_was() -> None:
    taker = Actor(role=Role.CLERK, id="culture-2")
    errand = Errand().act(c.Post, taker).act(c.Claim, taker, unit="team-culture").act(c.Deliver, taker)
    errand.refuses("own-rating", c.Rate, taker)


def test_a_field_nobody_has_and_a_time_before_the_claim() -> None:
    errand = brought_to(Stage.CLAIMED)
    errand.refuses("unknown-field", c.ReadFields, fields=("diary",))
    assert "before the order was claimed" in errand.at(MONDAY).refuses("too-early", c.Deliver)
    assert "before the order was posted" in brought_to(Stage.POSTED).at("2025-09-21 09:00").refuses(
        "too-early", c.Claim
    )


def test_a_book_without_service_orders_says_so() -> None:
    errand = Errand(baiyang().model_copy(update={"service_orders": None}))
    assert "service_orders" in errand.refuses("no-service-orders", c.Post)


def test_an_order_says_nothing_personal() -> None:
    shown = brought_to(Stage.RATED).state.model_dump_json()
    for personal in ("数学", "甲某", "13800000001", "三号楼", "清楚"):
        assert personal not in shown
    command = say(c.Post, at(MONDAY))
    assert "甲某" not in repr(command)
    assert NEIGHBOUR not in shown
