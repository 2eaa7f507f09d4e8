"""A read model is made anew while the old one serves, and nobody misses or sees anything twice."""

import threading
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from psycopg.rows import tuple_row

from eventstore.log import EventLog
from projections import read_models, rebuild
from projections.generation import Generation, Moved
from projections.read_model import ReadModel
from projections.rebuild import AlreadyRebuilding
from projections.timeline import Timeline
from tests.projections.conftest import Tables, project, tables_of
from tests.projections.town import whole_town
from workers.reading.projection_runner import ProjectionRunner, UnknownProjection

pytestmark = pytest.mark.engine


def from_zero(model: ReadModel, log: EventLog, connection: Connection[Any]) -> Tables:
    """The model's tables as one straight run over the log makes them."""
    reference = Generation(model, connection, f"{model.schema}_reference")
    reference.create()
    events = log.page(0, 1_000_000)
    if events:
        reference.apply(0, events)
    return tables_of(connection, reference.schema)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rebuild in many pages."""
    monkeypatch.setattr(rebuild, "PAGE", 7)


@pytest.mark.usefixtures("small_pages")
def test_every_model_rebuilt_from_zero_equals_the_one_that_served(log: EventLog, connection: Connection[Any]) -> None:
    whole_town().write(log)
    runner = ProjectionRunner(log, read_models())
    for model in read_models():
        project(model, log, connection, page=5)
        served = tables_of(connection, model.schema)
        told: list[tuple[int, int]] = []
        assert runner.rebuild(model.name, lambda *place, told=told: told.append(place)) == log.head()
        assert tables_of(connection, model.schema) == served
        assert told == sorted(told)
        assert told[-1] == (log.head(), log.head())
        assert len(told) > 5
    left = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'view_%'").fetchall()
    assert {name for (name,) in left} == {model.schema for model in read_models()}


def test_an_empty_log_rebuilds_to_empty_tables(log: EventLog, connection: Connection[Any]) -> None:
    runner = ProjectionRunner(log, read_models())
    assert runner.rebuild("ledger") == 0
    assert tables_of(connection, "view_ledger") == {"petitions": []}


def test_an_unknown_name_is_refused_with_the_names_there_are(log: EventLog) -> None:
    with pytest.raises(UnknownProjection, match=r"expected one of ledger, worklist, timeline, .*; found 'leger'"):
        ProjectionRunner(log, read_models()).rebuild("leger")


@pytest.mark.usefixtures("small_pages")
def test_a_rebuild_given_up_leaves_the_old_one_serving_and_the_next_one_succeeds(
    log: EventLog, connection: Connection[Any]
) -> None:
    class Enough(Exception):
        pass

    def give_up(position: int, _head: int) -> None:
        if position > 20:
            raise Enough

    whole_town().write(log)
    runner = ProjectionRunner(log, read_models())
    project(Timeline(), log, connection)
    served = tables_of(connection, "view_timeline")
    with pytest.raises(Enough):
        runner.rebuild("timeline", give_up)
    assert tables_of(connection, "view_timeline") == served
    runner.rebuild("timeline")
    assert tables_of(connection, "view_timeline") == served


@pytest.mark.usefixtures("small_pages")
def test_two_do_not_rebuild_the_same_model_at_once(log: EventLog) -> None:
    whole_town().write(log)
    runner = ProjectionRunner(log, read_models())

    def rival(_position: int, _head: int) -> None:
        with pytest.raises(AlreadyRebuilding):
            runner.rebuild("ledger")

    runner.rebuild("ledger", rival)


def test_a_page_that_waits_while_the_tables_change_places_is_not_written_to_the_new_ones(
    log: EventLog, connection: Connection[Any], database: str
) -> None:
    whole_town().write(log)
    model = Timeline()
    serving, fresh = Generation(model, connection), Generation(model, connection, "view_timeline_rebuilt")
    serving.create()
    serving.apply(0, log.page(0, 10))
    fresh.create()
    fresh.apply(0, log.page(0, 12))
    outcome: list[str] = []

    def late_page() -> None:
        with psycopg.connect(database, autocommit=True) as other:
            try:
                Generation(model, other).apply(10, log.page(10, 5))
            except Moved:
                outcome.append("moved")

    thread = threading.Thread(target=late_page)
    with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
        assert serving.lock(cursor).position == 10
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
        serving.replace_with(fresh, cursor, "view_timeline_replaced")
    thread.join(5)
    assert outcome == ["moved"]
    reached = serving.reached()
    assert reached is not None
    assert reached.position == 12
    assert len(tables_of(connection, "view_timeline")["entries"]) == 12
    assert len(tables_of(connection, "view_timeline_replaced")["entries"]) == 10


@pytest.mark.usefixtures("small_pages")
def test_tables_change_places_while_events_keep_coming(log: EventLog, connection: Connection[Any]) -> None:
    def write() -> None:
        for number in range(12):
            whole_town(f"-{number}").write(log)

    writer = threading.Thread(target=write)
    with ProjectionRunner(log, read_models(), page=9) as runner:
        writer.start()
        while writer.is_alive():
            for model in read_models():
                before = next(status for status in runner.status() if status.name == model.name).position
                assert runner.rebuild(model.name) >= before
        writer.join()
        await_head(runner)
    for model in read_models():
        assert tables_of(connection, model.schema) == from_zero(model, log, connection)


def await_head(runner: ProjectionRunner, seconds: float = 10) -> None:
    """Wait until every model has reached the log's head."""
    ended = threading.Event()
    for _ in range(int(seconds * 50)):
        if all(status.lag == 0 for status in runner.status()):
            return
        ended.wait(0.02)
    raise AssertionError(f"still behind: {runner.status()}")
