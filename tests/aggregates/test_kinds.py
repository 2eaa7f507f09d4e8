"""One value a kind of stream: what everybody asks who works on any of them."""

import pytest

from aggregates.kinds import ORDERS, PETITIONS, kind_of
from aggregates.streams import BESIDE, ERASURE, MESSAGES, OFFICE, ORDER, PETITION, RULEBOOK, is_attended
from workflows.petition_contract import ORDER_WORKFLOW, PETITION_WORKFLOW


def test_the_kinds_name_the_workflows_that_attend_to_them() -> None:
    assert (PETITIONS.workflow, ORDERS.workflow) == (PETITION_WORKFLOW, ORDER_WORKFLOW)


@pytest.mark.parametrize("stream", [f"{first}x" for first in (PETITION, *BESIDE)])
def test_whatever_has_an_agenda_has_a_kind_and_nothing_else(stream: str) -> None:
    assert (kind_of(stream) is not None) == is_attended(stream)


def test_each_stream_is_of_its_kind_and_begins_with_nothing_owed_to_anybody() -> None:
    assert kind_of(f"{PETITION}x") is PETITIONS
    assert kind_of(f"{ORDER}x") is ORDERS
    for stream in (f"{RULEBOOK}b", f"{MESSAGES}x", f"{OFFICE}log", f"{ERASURE}r"):
        assert kind_of(stream) is None
    for kind, stream in ((PETITIONS, "p-x"), (ORDERS, "o-x")):
        assert kind.fold(stream, ()) == kind.new(stream)
