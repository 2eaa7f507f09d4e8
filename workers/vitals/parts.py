"""Which of the parts that an office needs are running, by their heartbeats in the store."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from psycopg import Connection

from eventstore.parts.register import Part, parts
from projections import read_models
from workers.reading.projection_loop import reader_name
from workers.vitals.log_readers import ACTING

SIDE_BY_SIDE = ("worker", "rhythm", "message worker")
"""Parts that work in any number of processes at once; of every other, one holds the lock and the rest are standbys."""


class Running(NamedTuple):
    """One part that an office needs. `working`: processes that do its work, with a fresh heartbeat.
    `silent_seconds`: age of the last heartbeat of any of them, None: nobody is on record. `who`: `host:pid` of that
    one.
    """

    name: str
    working: int
    standing_by: int
    silent_seconds: float | None
    who: str | None


def running(connection: Connection[Any]) -> tuple[list[Running], list[Part]]:
    """Each part that an office needs, running or not; and every heartbeat. The connection is in autocommit.

    Raises:
        psycopg.Error: the database was lost.
    """
    beats = parts(connection)
    names = (*SIDE_BY_SIDE, *ACTING, *(reader_name(model) for model in read_models()))
    return [_of(name, [beat for beat in beats if beat.name == name]) for name in names], beats


def _of(name: str, beats: Iterable[Part]) -> Running:
    able = [beat for beat in beats if beat.holding or name in SIDE_BY_SIDE]
    others = [beat for beat in beats if beat not in able and not beat.silent]
    last = min(able, key=lambda beat: beat.silent_seconds, default=None)
    return Running(
        name,
        sum(not beat.silent for beat in able),
        len(others),
        last.silent_seconds if last else None,
        f"{last.host}:{last.pid}" if last else None,
    )
