"""The read model of orders: needs, promises per unit, what partners signed; the same from zero, page by page."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from psycopg import Connection

from aggregates.command import Command
from aggregates.event import Actor
from aggregates.known import BY_CODE
from aggregates.orders import commands as c
from aggregates.orders.agenda import agenda
from aggregates.orders.decisions import command_for, decide
from aggregates.orders.state import Order, evolve
from eventstore.log import Append, EventLog
from projections.cases import OutOfStep
from projections.commitments import commitments, units
from projections.generation import Generation
from projections.order_sentences import SENTENCES, order_names_of, says
from projections.orders import Filter, Orders, list_orders, needs
from tests.eventstore.order_examples import ORDER_EXAMPLES
from tests.people import CLERK, SCHOOL
from tests.projections.conftest import project, tables_of
from tests.projections.town import CANARY, RULES, whole_town

BEGINS = datetime(2025, 9, 22, 9, 0, tzinfo=RULES.zone)


class Life:
    """One order's appends, in order."""

    def __init__(self, order: str, **posted: Any) -> None:
        self.state = Order(id=f"o-{order}")
        self.now = BEGINS
        self.appends: list[Append] = []
        said = {"kind": "service", "service": "homework-help", "text": CANARY, "address": CANARY, **posted}
        given = {"receipt": f"R-{order}", "resident": f"resident-{order}", "community": "baiyang"}
        self.does(c.Post(at=self.now, by=Actor.resident(), **given, **said))

    def does(self, command: Command) -> "Life":
        events = decide(self.state, command, RULES)
        name = f"{self.state.id}:{self.state.version}"
        self.appends.append(Append(self.state.id, self.state.version, events, name, self.now))
        for event in events:
            self.state = evolve(self.state, event)
        return self

    def claimed(self, days: int = 3) -> "Life":
        promised_by = self.now + timedelta(days=days)
        return self.does(c.Claim(at=self.now, by=SCHOOL, unit="partner-school", promised_by=promised_by))

    def delivered(self, score: int | None = None) -> "Life":
        self.does(c.Deliver(at=self.now, by=SCHOOL, words=CANARY))
        return self.does(c.Rate(at=self.now, by=CLERK, score=score, words=CANARY)) if score else self

    def engine(self, steps: int = 1) -> "Life":
        for _ in range(steps):
            step, due_at = agenda(self.state)
            assert step is not None
            assert due_at is not None
            self.now = max(self.now, due_at)
            self.does(command_for(step, self.now))
        return self


def market() -> list[Append]:
    """Orders in every place the lists show, their appends mixed."""
    lives = [
        *(Life(f"kept-{n}").claimed().delivered(4 + n % 2) for n in range(4)),
        Life("late").claimed().engine(4).delivered(1).engine(),
        Life("unrated").claimed().delivered().engine(),
        Life("released").claimed().does(c.Release(at=BEGINS, by=SCHOOL, reason=CANARY)),
        Life("running").claimed(),
        Life("broken").claimed().engine(3),
        Life("waits"),
        Life("waits-first", kind="micro_wish", service=None, age=80),
        Life("risen").engine(3),
        Life("withdrawn").claimed().does(c.Withdraw(at=BEGINS, by=Actor.resident(), known=BY_CODE)),
    ]
    return sorted((append for life in lives for append in life.appends), key=lambda append: append.recorded_at)


@pytest.fixture
def shown(log: EventLog, connection: Connection[Any]) -> Connection[Any]:
    """The market and a town of petitions, projected in small pages."""
    whole_town().write(log)
    for append in market():
        assert log.append([append]) == [True]
    project(Orders(), log, connection, page=7)
    return connection


def test_needs_show_who_comes_first_then_who_waits_longest(shown: Connection[Any]) -> None:
    assert [row.order_id for row in needs(shown)] == ["o-waits-first", "o-released", "o-risen", "o-waits"]


def test_orders_are_listed_page_by_page_and_filtered(shown: Connection[Any]) -> None:
    first = list_orders(shown, limit=9)
    rest = list_orders(shown, limit=9, cursor=first.next)
    assert (first.total, len(first.rows), len(rest.rows), rest.next) == (13, 9, 4, None)
    assert [row.order_id for row in list_orders(shown, Filter(late=True)).rows] == ["o-broken"]
    assert [row.order_id for row in list_orders(shown, Filter(tier="district")).rows] == ["o-risen"]
    assert list_orders(shown, Filter(status="closed", open=True)).total == 0


def test_a_unit_s_promises_are_counted_and_its_mean_shown_from_enough_ratings_on(shown: Connection[Any]) -> None:
    (school,) = units(shown, RULES)
    counted = (school.claimed, school.running, school.kept, school.broken, school.released, school.withdrawn)
    assert counted == (10, 1, 5, 2, 1, 1)
    assert (school.rated, school.satisfied, school.scores, school.mean) == (5, 4, 5, 3.8)
    assert RULES.service_orders is not None
    rating = RULES.service_orders.rating.model_copy(update={"shown_from": 6})
    agreed = RULES.service_orders.model_copy(update={"rating": rating})
    assert units(shown, RULES.model_copy(update={"service_orders": agreed}))[0].mean is None


def test_what_a_partner_signed_is_counted_within_its_days(shown: Connection[Any]) -> None:
    (running,) = commitments(shown, RULES, BEGINS, "partner-school")
    assert (running.times, running.delivered, running.state) == (40, 6, "running")
    (missed,) = commitments(shown, RULES, BEGINS.replace(year=2026), "partner-school")
    assert missed.state == "missed"
    assert len(commitments(shown, RULES, BEGINS)) >= 6


def test_from_zero_the_tables_are_the_same_and_hold_nothing_personal(shown: Connection[Any], log: EventLog) -> None:
    served = tables_of(shown, "view_orders")
    again = Generation(Orders(), shown, "view_orders_again")
    again.create()
    again.apply(0, log.page(0, 10_000))
    assert tables_of(shown, "view_orders_again") == served
    assert len(served["orders"]) == 13
    assert CANARY not in str(served)


def test_an_event_out_of_step_stops_the_model(log: EventLog, connection: Connection[Any]) -> None:
    for append in Life("one").claimed().appends:
        log.append([append])
    model = Generation(Orders(), connection)
    model.create()
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path TO view_orders")
        with pytest.raises(OutOfStep):
            Orders().apply(cursor, log.page(1, 10))


@pytest.mark.parametrize("example", ORDER_EXAMPLES, ids=lambda example: example.TOPIC)
def test_every_event_has_a_sentence_without_ids_of_units_or_personal_data(example: Any) -> None:
    sentence = says(example, order_names_of(RULES))
    for text in sentence:
        assert text
        assert "{" not in text
        assert "金丝雀" not in text
        assert "partner-school" not in text
    assert set(SENTENCES) == {each.TOPIC for each in ORDER_EXAMPLES}
