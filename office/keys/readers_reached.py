"""The positions that all readers of the log have reached, read models included."""

from aggregates.erasures.events import Reached
from eventstore.log import EventLog
from eventstore.readers import places
from projections import read_models
from projections.generation import Generation


def readers_reached(event_log: EventLog) -> tuple[Reached, ...]:
    """Each reader's name and position; a read model that was never built is at 0.

    Raises:
        PersistenceError: the database was lost.
    """
    with event_log.datastore.get_connection() as connection:
        found = []
        for model in read_models():
            place = Generation(model, connection).reached()
            found.append(Reached(reader=model.name, position=place.position if place else 0))
        readers = places(connection)
    return (*found, *(Reached(reader=name, position=position) for name, position in readers))
