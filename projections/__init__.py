"""What people see: one read model a file — its table, what it takes from events, its queries.

`read_model.py` says what a read model is, `generation.py` keeps its tables and the position they have reached in one
transaction, `rebuild.py` makes them anew while the old ones serve. A change of a table or of what a row means: edit the
model's file; its shape changes (raise `version` where only the meaning did) and the runner rebuilds it by itself.

May import `aggregates` and `rulebook`. Disposable: each can be dropped and rebuilt from the log. Nothing decides here.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import Connection

    from projections.read_model import ReadModel

__all__ = ["prepare", "read_models"]


def read_models() -> "tuple[ReadModel, ...]":
    """Every read model there is, in the order they are shown."""
    # Here and not above: the words of this room are for commands too that need no database, `--help` first of all.
    from projections.erasures import Erasures
    from projections.ledger import Ledger
    from projections.orders import Orders
    from projections.outbox import Outbox
    from projections.recurring import Recurring
    from projections.reports import Reports
    from projections.stays import Stays
    from projections.timeline import Timeline
    from projections.worklist import Worklist

    return (Ledger(), Worklist(), Timeline(), Outbox(), Stays(), Recurring(), Orders(), Reports(), Erasures())


def prepare(connection: "Connection[Any]") -> None:
    """Create the tables that are missing, empty, so that a door can ask before any runner ran.

    Safe to run by many processes at once. The connection is in autocommit.
    """
    from projections.generation import Generation

    for model in read_models():
        Generation(model, connection).create()
