"""An order raised while who asks was kept secret keeps it so, also when the petition's confidence is lifted."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from aggregates.known import BY_CODE
from aggregates.orders import commands as oc
from aggregates.petition import commands as c
from aggregates.petition.decisions import Refused
from eventstore.sealing import MasterKey
from office.composition import Office, office
from office.order_handling import OrderDesk
from tests.messages.conftest import MASTER, NOW, settings_of, submit
from tests.people import CLERK, LEADER, RESIDES, SCHOOL


@pytest.fixture
def here(database: str) -> Iterator[Office]:
    """An office whose clock stands still."""
    with office(settings_of(database), now=lambda _=None: NOW, master=MasterKey(MASTER)) as ours:
        yield ours


@pytest.mark.parametrize("confidential", [True, False])
def test_a_lift_tells_the_unit_that_comes_nothing_of_before(here: Office, confidential: bool) -> None:
    assert here.intake is not None
    petition = submit(here, "孩子想有人教数学，别说是我家", confidential=True)
    if not confidential:
        lift = c.SetConfidential(at=NOW, by=RESIDES, known=BY_CODE, confidential=False)
        here.handler.execute(petition, lift, "lift")
    desk = OrderDesk(here.handler, here.orders, here.intake, community=here.rules.id)
    receipt, said = here.handler.load(petition).receipt, {"kind": "service", "service": "homework-help"}
    posted = desk.post("once", CLERK, petition=receipt, text="教数学", name="甲某", phone="13800000001", **said)
    claim = oc.Claim(at=NOW, by=SCHOOL, unit="partner-school", promised_by=NOW + timedelta(days=1))
    here.orders.execute(posted.order, claim, "claim")

    def read(by: object, *fields: str) -> None:
        look = oc.ReadFields(at=NOW, by=by, fields=fields, reason="上门前核对")
        here.orders.execute(posted.order, look, f"read {by} {fields}")

    with pytest.raises(Refused, match="confidential here"):
        read(SCHOOL, "name")
    read(SCHOOL, "text", "address")
    read(LEADER, "name")
