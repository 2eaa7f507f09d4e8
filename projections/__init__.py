"""Read models, one a file: its table, how events change it, its queries.

`read_model.py` defines a read model, `generation.py` writes its tables and the position they have reached in one
transaction, `rebuild.py` fills new tables while the old ones serve. To change a table or what a row means, edit the
model's file; its shape changes (raise `version` where only the meaning did) and the runner rebuilds it by itself.

May import `aggregates` and `rulebook`. Disposable: each can be dropped and rebuilt from the log. Nothing decides here.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import Connection

    from projections.read_model import ReadModel

__all__ = ["prepare", "read_models"]


def read_models() -> "tuple[ReadModel, ...]":
    """Every read model, in the order they are shown."""
    # Imported here: commands that need no database, as `--help`, import this room for its words.
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
    """Create missing tables, empty, so that commands can query before any runner ran.

    Idempotent, safe for many processes at once. The connection is in autocommit.
    """
    from projections.generation import Generation

    for model in read_models():
        Generation(model, connection).create()
