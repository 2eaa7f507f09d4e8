"""The part `service_orders`: what Baiyang has agreed on, and what of it may not contradict the rest."""

from typing import Any

import pytest

from rulebook.model import Rulebook, UnknownName
from rulebook.orders import ServiceOrders, disagreements
from tests.rulebook.books import baiyang, village

Found = list[tuple[tuple[str | int, ...], str, str]]


def agreed() -> ServiceOrders:
    orders = baiyang().service_orders
    assert orders is not None
    return orders


def findings(**changes: Any) -> Found:
    """What is wrong after a change, read as the book reads it."""
    book = baiyang()
    orders = ServiceOrders.model_validate(agreed().model_dump() | changes)
    ids = ([entry.id for entry in part] for part in (book.units, book.tiers, book.staff))
    return list(disagreements(orders, *ids))


def test_baiyang_has_its_lists_its_teams_and_partners_that_signed() -> None:
    orders = agreed()
    providers = orders.providers(baiyang().units)
    assert {"team-repairs", "team-care", "team-mediation", "team-culture", "team-health"} <= set(providers)
    assert sum(provider.partner for provider in providers.values()) >= 6
    assert sum(len(partner.commitments) for partner in orders.partners) >= 6
    assert orders.first.from_age == 70
    assert [rung.does for rung in orders.unclaimed] == ["assign", "escalate"]
    assert findings() == []


def test_a_town_may_have_none() -> None:
    assert village().service_orders is None
    assert isinstance(village(), Rulebook)


def test_a_name_nobody_has_is_told_with_those_there_are() -> None:
    with pytest.raises(UnknownName, match="homework-help"):
        agreed().service("homework")
    with pytest.raises(UnknownName, match="partner-school"):
        agreed().provider("partner-scool", baiyang().units)


@pytest.mark.parametrize(
    ("part", "index", "change", "place"),
    [
        ("services", 0, {"teams": ("team-moon",)}, ("services", 0, "teams", 0)),
        ("resources", 1, {"lent_by": "nobody"}, ("resources", 1, "lent_by")),
        ("unclaimed", 0, {"unit": "nobody"}, ("unclaimed", 0, "unit")),
        ("unclaimed", 1, {"tier": "moon"}, ("unclaimed", 1, "tier")),
        ("partners", 2, {"offers": ("teleport",)}, ("partners", 2, "offers", 0)),
    ],
)
def test_what_is_named_must_be_there(part: str, index: int, change: dict[str, Any], place: tuple[Any, ...]) -> None:
    entries = [dict(entry) for entry in agreed().model_dump()[part]]
    entries[index] |= change
    ((where, expected, _),) = findings(**{part: entries})
    assert where == ("service_orders", *place)
    assert expected.startswith("one of ")


def test_an_id_belongs_to_one_and_a_commitment_ends_after_it_begins() -> None:
    partners = [dict(entry) for entry in agreed().model_dump()["partners"]]
    partners[0]["contacts"] = ("window-1",)
    assert "'window-1'" in str(findings(partners=partners))
    partners = [dict(entry) for entry in agreed().model_dump()["partners"]]
    partners[0]["commitments"] = [{**partners[0]["commitments"][0], "until": "2024-01-01"}]
    ((where, _, found),) = findings(partners=partners)
    assert (where[-1], found) == ("until", "2024-01-01")
