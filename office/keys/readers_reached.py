"""How far everybody who reads the log has come: the read models, and the readers that do something with it."""

from aggregates.erasures.events import Reached
from eventstore.log import EventLog
from eventstore.readers import places
from projections import read_models
from projections.generation import Generation


def readers_reached(petitions: EventLog) -> tuple[Reached, ...]:
    """Name and position of each, as they are now; a read model that was never made stands at 0.

    Raises:
        PersistenceError: the database was lost.
    """
    with petitions.datastore.get_connection() as connection:
        found = []
        for model in read_models():
            place = Generation(model, connection).reached()
            found.append(Reached(reader=model.name, position=place.position if place else 0))
        readers = places(connection)
    return (*found, *(Reached(reader=name, position=position) for name, position in readers))
