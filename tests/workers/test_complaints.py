"""Which petitions lists leave out: asked of the log, found by an index, and never guessed."""

from collections.abc import Iterator

import psycopg
import pytest

from aggregates.event import Actor, Role
from eventstore.complaints import NAMING
from eventstore.sealing import MasterKey
from office.composition import Office, office
from office.reading import hidden_from
from tests.messages.conftest import MASTER, NOW, settings_of, submit
from tests.people import CLERK, LEADER

WORKS = Actor(role=Role.OFFICER, id="works-1")


@pytest.fixture
def here(database: str) -> Iterator[Office]:
    """An office whose clock stands still."""
    with office(settings_of(database), now=lambda _=None: NOW, master=MasterKey(MASTER)) as ours:
        yield ours


def hidden(here: Office, reader: Actor | None) -> list[str]:
    with psycopg.connect(here.event_log.datastore.dsn) as connection:
        return hidden_from(connection, reader, here.rules)


def test_what_complains_about_them_is_left_out_at_once_and_for_who_gives_no_name(here: Office) -> None:
    submit(here, "路灯坏了")
    about = submit(here, "城建办推诿", external_id="2", complained_about="district-works")
    assert hidden(here, WORKS) == [about]
    assert hidden(here, None) == [about]
    assert hidden(here, CLERK) == hidden(here, LEADER) == []


def test_what_names_somebody_and_cannot_be_read_is_left_out_for_everybody(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = submit(here, "城建办推诿", complained_about="district-works")
    monkeypatch.setattr("eventstore.codec.TOPICS", {})
    for reader in (None, WORKS, CLERK, LEADER):
        assert hidden(here, reader) == [about]


def test_they_are_found_by_an_index_and_not_by_reading_the_log(here: Office) -> None:
    submit(here, "城建办推诿", complained_about="district-works")
    with psycopg.connect(here.event_log.datastore.dsn) as connection:
        connection.execute("SET enable_seqscan = off")
        plan = "\n".join(row[0] for row in connection.execute(f"EXPLAIN {NAMING}"))
    assert "complaints" in plan, plan
