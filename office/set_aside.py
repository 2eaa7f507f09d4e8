"""Every stream set aside, by readers of the log and by read models."""

from typing import Any, NamedTuple

import psycopg

from aggregates.record import Waiting
from eventstore.set_aside import readers_with_streams_aside, waiting
from projections import read_models
from projections.generation import Generation


class SetAside(NamedTuple):
    """The name of a reader or read model (`projection ledger`), and a stream it has set aside."""

    reader: str
    waiting: Waiting


def everything_set_aside(connection: psycopg.Connection[Any]) -> list[SetAside]:
    """Every stream that a reader of the log or a read model has set aside. The connection is in autocommit.

    Raises:
        psycopg.Error: the database was lost.
    """
    found = [
        SetAside(f"projection {model.name}", each)
        for model in read_models()
        for each in Generation(model, connection).waiting()
    ]
    names = readers_with_streams_aside(connection)
    return [*(SetAside(name, each) for name in names for each in waiting(connection, name)), *found]
