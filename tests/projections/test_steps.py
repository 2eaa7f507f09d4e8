"""Overdue steps, asked of the read models, are those of the agendas."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import Connection

from aggregates.orders.agenda import agenda as agenda_of_order
from aggregates.orders.state import fold as fold_order
from aggregates.petition.agenda import agenda
from aggregates.petition.state import fold
from aggregates.streams import is_order, is_petition
from eventstore.log import EventLog
from projections.orders import Orders
from projections.steps import Overdue, OverdueStep, overdue_steps
from projections.worklist import Worklist
from tests.projections.conftest import project
from tests.projections.test_orders import market
from tests.projections.town import MONDAY, whole_town

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def steps(postgres: Any, short_folder: Any) -> Any:  # noqa: ARG001
    """Read models of a town and a market, and what each stream's own fold says is next."""
    import os

    import psycopg

    from eventstore.recorder import Datastore
    from eventstore.sealing import MasterKey

    postgres.make_database("steps")
    datastore = Datastore(postgres.dsn("steps"))
    log = EventLog(datastore, MasterKey(os.urandom(32)))
    whole_town().write(log)
    for append in market():
        assert log.append([append]) == [True]
    with psycopg.connect(postgres.dsn("steps"), autocommit=True) as connection:
        for model in (Worklist(), Orders()):
            project(model, log, connection, page=9)
        yield connection, sorted(owed(log))
    datastore.close()


def owed(log: EventLog) -> list[tuple[datetime, str, str]]:
    """Due time, stream and step of every stream that owes one, folded from the log."""
    found = []
    for stream in {record.stream for record in log.page(0, 100_000)}:
        events = [record.event for record in log.read(stream)]
        if is_petition(stream):
            step, due_at = agenda(fold(stream, events))
        elif is_order(stream):
            step, due_at = agenda_of_order(fold_order(stream, events))
        else:
            continue
        if step and due_at:
            found.append((due_at, stream, step.value))
    return found


@settings(max_examples=60, deadline=None)
@given(minutes=st.integers(-600, 60 * 24 * 200), limit=st.integers(1, 30))
def test_what_is_overdue_is_what_the_agendas_say(
    steps: tuple[Connection[Any], list[tuple[datetime, str, str]]], minutes: int, limit: int
) -> None:
    connection, every = steps
    before = MONDAY + timedelta(minutes=minutes) - timedelta(days=180)
    late = [each for each in every if each[0] < before]
    orders = sum(is_order(stream) for _, stream, _ in late)
    expected = tuple(OverdueStep(stream, step, due_at) for due_at, stream, step in late[:limit])
    assert overdue_steps(connection, before, limit) == Overdue(len(late) - orders, orders, expected)


def test_the_question_is_answered_from_an_index(
    steps: tuple[Connection[Any], list[tuple[datetime, str, str]]],
) -> None:
    connection, _ = steps
    with connection.transaction():
        connection.execute("SET LOCAL enable_seqscan = off")
        for table in ("view_worklist.petitions", "view_orders.orders"):
            plan = connection.execute(f"EXPLAIN SELECT count(*) FROM {table} WHERE step_at < now()").fetchall()  # noqa: S608
            assert any("step_at_idx" in str(line) for line in plan), plan
