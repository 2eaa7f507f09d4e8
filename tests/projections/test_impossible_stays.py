"""A wrong clock leaves stays whose times cannot be: they are counted apart, and no command stands still over them."""

import re
import subprocess
import sys
import textwrap
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection
from psycopg.rows import tuple_row
from psycopg.sql import SQL

from aggregates.record import Recorded
from projections.generation import Generation
from projections.long_answers import rows_of
from projections.scorecard import explained, scorecards, together
from projections.stays import Stays, walk
from tests.projections.test_scorecard import LATER, YEAR
from tests.projections.town import whole_town
from tests.rooms import ROOMS

ROOT = Path(__file__).parents[2]
AHEAD = timedelta(days=2)


def test_the_driver_s_own_stream_is_used_nowhere() -> None:
    """It holds the connection's lock as long as its generator lives: an exception in its reader waits for itself."""
    used = [
        f"{file}:{number}"
        for room in ROOMS
        for file in (ROOT / room).rglob("*.py")
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if re.search(r"(?<!recorder)\.stream\(", line)
    ]
    assert used == []


@pytest.mark.engine
def test_an_exception_in_the_middle_of_a_long_answer_comes_out(database: str) -> None:
    """Given a reader that fails on an open answer, then its process ends with that error instead of standing still."""
    program = """
        import sys, psycopg
        from psycopg.rows import tuple_row
        from psycopg.sql import SQL
        from projections.long_answers import rows_of
        def read(rows):  # its frame, and so the open answer, lives on in the traceback
            for (number,) in rows:
                if number == 3:
                    raise ValueError("the reader's own trouble")
        with psycopg.connect(sys.argv[1], autocommit=True) as connection:
            read(rows_of(connection, SQL("SELECT generate_series(1, 100000)"), (), row_factory=tuple_row))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), database],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip().endswith("ValueError: the reader's own trouble")


@pytest.mark.engine
def test_a_long_answer_comes_whole_and_leaves_the_connection_free(connection: Connection[Any]) -> None:
    seen = []
    for (number,) in rows_of(connection, SQL("SELECT generate_series(1, 5000)"), (), row_factory=tuple_row):
        seen.append(number)
        if number == 2_500:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    assert seen == list(range(1, 5_001))


def shifted(records: list[Recorded], topic: str) -> tuple[list[Recorded], str]:
    """The records, of which those of an answered petition up to the first of a topic were written two days ahead."""
    wrong = next(record.stream for record in records if record.event.TOPIC == "petition.replied")
    last = next(record.version for record in records if record.stream == wrong and topic == record.event.TOPIC)
    moved = [
        record._replace(
            recorded_at=record.recorded_at + AHEAD,
            event=record.event.model_copy(update={"at": record.event.at + AHEAD}),
        )
        if record.stream == wrong and record.version <= last
        else record
        for record in records
    ]
    return moved, wrong


def begun(records: list[Recorded], as_of: datetime) -> set[tuple[str, int]]:
    """Petition and number of the stays of the year on record by then."""
    return {
        (fact.petition, fact.stay)
        for fact in walk({}, records)
        if fact.recorded_at <= as_of and YEAR.starts <= fact.began_at < YEAR.ends
    }


@pytest.mark.engine
@pytest.mark.parametrize("topic", ["petition.received", "petition.dispatched"])
def test_a_stay_that_a_clock_ahead_began_is_counted_apart_and_the_others_as_ever(
    connection: Connection[Any], topic: str
) -> None:
    """Given acts of a worker two days ahead and honest ones after them, then the figures of all other stays stand."""
    records, wrong = shifted(whole_town().records(), topic)
    Generation(Stays(), connection).create()
    Generation(Stays(), connection).apply(0, records)
    last_act = max(record.event.at for record in records if record.stream == wrong)
    for as_of in (last_act, LATER):
        cards = scorecards(connection, YEAR, as_of)
        whole = together(cards)
        assert whole.impossible > 0
        assert sum(card.received for card in cards) + whole.impossible == len(begun(records, as_of))
        honest = [record for record in records if record.stream != wrong]
        assert sum(card.received for card in cards) >= len(begun(honest, as_of))
        listed = [each for card in cards for each in explained(connection, YEAR, as_of, card.unit)]
        assert len({(each.petition, each.stay) for each in listed}) == sum(card.received for card in cards)
