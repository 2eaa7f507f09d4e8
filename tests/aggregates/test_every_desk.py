"""Every matter of every town reaches a desk: the engine is never owed a dispatch that would be refused."""

from pathlib import Path

import pytest

from aggregates.petition.agenda import Step
from aggregates.petition.state import Stage
from office.rules.rulebooks import read_rulebook
from rulebook.model import Rulebook
from tests.aggregates.office import proposal
from tests.aggregates.scenario import Case

TOWNS = [read_rulebook(Path(__file__).parents[2] / "rulebook" / town) for town in ("baiyang", "linhe")]


@pytest.mark.parametrize("book", TOWNS, ids=lambda book: book.id)
def test_each_matter_is_dispatched_at_its_tier(book: Rulebook) -> None:
    for matter in book.matters:
        case = Case(book, proposal(matter.category, matter.tier, matter.id))
        case.receive("2025-09-24 09:00", section=None, channel="online").step()
        assert case.owed.step is Step.DISPATCH, matter.id
        case.step()
        assert case.state.stage is Stage.DISPATCHED, matter.id
        assert case.state.unit != book.leader.unit, matter.id
        case.until("2025-10-10 09:00")
