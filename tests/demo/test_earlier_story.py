"""A demo's folder of a version that marked no story is still verified, and nothing else is taken for a story."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from demo.earlier_story import mark_earlier_story
from eventstore.clock_guard import ClockGuard
from eventstore.log import EventLog
from eventstore.recorder import Datastore
from evidence.untimely_events import untimely_events
from tests.eventstore.conftest import MASTER, receive

BEGINS = datetime(2025, 9, 24, 1, 0, tzinfo=UTC)


def told(database: str) -> None:
    """Two weeks that go to and fro, as an earlier version left them; then somebody comes today."""
    datastore = Datastore(database)
    story = EventLog(datastore, MASTER, ClockGuard(story=True))
    for number, minutes in enumerate((0, 30, 10, 40)):
        asked = receive(f"p-{number}")._replace(recorded_at=BEGINS + timedelta(minutes=minutes))
        assert story.append([asked]) == [True]
    assert EventLog(datastore, MASTER).append([receive("p-9")._replace(recorded_at=datetime.now(UTC))]) == [True]
    with datastore.get_connection() as connection:
        connection.execute("DELETE FROM suqiu.stories")
    datastore.close()


def ahead(database: str) -> list[int]:
    with psycopg.connect(database) as connection:
        return [event.position for event in untimely_events(connection).events if event.ahead]


def test_the_story_is_marked_once_and_what_came_afterwards_is_judged(database: str, tmp_path: Path) -> None:
    told(database)
    assert ahead(database) == [2]
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "demo.log").touch()
    assert mark_earlier_story(tmp_path, database)
    assert ahead(database) == []
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT first, until FROM suqiu.stories").fetchall() == [(1, 4)]
    assert not mark_earlier_story(tmp_path, database)


def test_where_no_demo_was_told_nothing_is_marked(database: str, tmp_path: Path) -> None:
    told(database)
    assert not mark_earlier_story(tmp_path, database)
    assert ahead(database) == [2]
