"""A page is written exactly once: whoever crashes, comes late or comes twice."""

from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Connection

from aggregates.record import Recorded
from eventstore.log import EventLog
from projections import prepare, read_models
from projections.cases import Case, OutOfStep, advance
from projections.generation import AnotherShape, Generation, Moved
from projections.ledger import Ledger
from projections.timeline import Timeline
from tests.projections.conftest import project, tables_of
from tests.projections.town import CANARY, whole_town

pytestmark = pytest.mark.engine
RECORDS = whole_town().records()


class Killed(Exception):
    """The process died before the page's commit."""


def test_a_stale_runner_cannot_write_a_page_again(connection: Connection[Any]) -> None:
    generation = Generation(Timeline(), connection)
    generation.create()
    generation.apply(0, RECORDS[:10])
    for expected, page in ((0, RECORDS[:10]), (0, RECORDS[:20]), (10, RECORDS[11:12]), (9, RECORDS[9:12])):
        with pytest.raises(Moved):
            generation.apply(expected, page)
    reached = generation.reached()
    assert reached is not None
    assert reached.position == 10
    assert len(tables_of(connection, "view_timeline")["entries"]) == 10


def test_tables_of_another_version_are_not_written_to(connection: Connection[Any]) -> None:
    class Changed(Ledger):
        version = 2

    Generation(Ledger(), connection).create()
    with pytest.raises(AnotherShape):
        Generation(Changed(), connection).apply(0, RECORDS[:1])


def test_an_event_that_does_not_follow_is_refused() -> None:
    with pytest.raises(OutOfStep, match="version 2 does not follow 0"):
        advance(Case(id=RECORDS[0].stream), RECORDS[0]._replace(version=2))


def apply_and_die(serving: Generation, connection: Connection[Any], position: int, page: list[Recorded]) -> None:
    """Write a page, and never come to its commit."""
    with connection.transaction():
        serving.apply(position, page)
        raise Killed


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.integers(1, 30), st.sampled_from(["written", "killed", "written twice", "overtaken"])), max_size=20
    )
)
def test_any_pages_crashes_and_rivals_give_the_same_tables(database: str, steps: list[tuple[int, str]]) -> None:
    with (
        psycopg.connect(database, autocommit=True) as connection,
        psycopg.connect(database, autocommit=True) as rival,
    ):
        for model in read_models():
            once = Generation(model, connection, f"{model.schema}_once")
            if once.reached() is None:
                once.create()
                once.apply(0, RECORDS)
            serving = Generation(model, connection)
            serving.drop()
            serving.create()
            position = 0
            for size, fate in [*steps, (len(RECORDS), "written")]:
                page = RECORDS[position : position + size]
                if not page:
                    break
                if fate == "killed":
                    with pytest.raises(Killed):
                        apply_and_die(serving, connection, position, page)
                    continue
                if fate == "overtaken":
                    position = Generation(model, rival).apply(position, page[:1])
                    with pytest.raises(Moved):
                        serving.apply(position - 1, page)
                    continue
                before, position = position, serving.apply(position, page)
                if fate == "written twice":
                    with pytest.raises(Moved):
                        serving.apply(before, page)
            assert tables_of(connection, model.schema) == tables_of(connection, f"{model.schema}_once")


def test_no_personal_data_in_any_table(log: EventLog, connection: Connection[Any]) -> None:
    whole_town().write(log)
    plain = ("ciphertext", "commitment", "nonce", CANARY, CANARY[:3], "13800001111")
    for model in read_models():
        project(model, log, connection)
        sealed = str(tables_of(connection, model.schema))
        model_of_plain = Generation(model, connection, f"{model.schema}_plain")
        model_of_plain.create()
        model_of_plain.apply(0, RECORDS)
        for canary in plain:
            assert canary not in sealed
            assert canary not in str(tables_of(connection, f"{model.schema}_plain"))


def test_doors_may_ask_before_any_runner_ran(connection: Connection[Any]) -> None:
    prepare(connection)
    prepare(connection)
    for model in read_models():
        reached = Generation(model, connection).reached()
        assert reached is not None
        assert reached.position == 0
