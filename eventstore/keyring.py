"""Keys of the residents, wrapped by the master key, in a schema apart from the events.

A resident's key is made with the first petition and is gone for good once its row is deleted.
"""

from collections.abc import Collection
from contextlib import AbstractContextManager, nullcontext

from psycopg import Connection
from psycopg.rows import DictRow

from eventstore.recorder import Datastore
from eventstore.sealing import CannotOpen, MasterKey, new_key

IDENTITY = "identity"


class Keyring:
    """Reads and makes keys. No key stays in memory longer than the call that asked for it."""

    def __init__(self, datastore: Datastore, master: MasterKey | None) -> None:
        """Use a datastore whose schema exists. Without a master key, only what is not sealed can be read."""
        self._datastore = datastore
        self._given = master

    @property
    def _master(self) -> MasterKey:
        if self._given is None:
            raise CannotOpen("no master key is given: personal fields can be neither read nor written here")
        return self._given

    def keys_of(self, residents: Collection[str], connection: Connection[DictRow] | None = None) -> dict[str, bytes]:
        """Keys of residents who have one; an erased resident is missing in the answer.

        On the given connection, or one of its own.

        Raises:
            CannotOpen: the master key is not the one these keys were wrapped with.
        """
        with self._on(connection) as used:
            rows = used.execute(
                "SELECT resident, wrapped FROM suqiu_keys.residents WHERE resident = ANY(%s)",
                (list(residents),),
                prepare=True,
            ).fetchall()
        return {row["resident"]: self._master.unwrap(bytes(row["wrapped"]), row["resident"]) for row in rows}

    def make_keys(self, residents: Collection[str], connection: Connection[DictRow] | None = None) -> dict[str, bytes]:
        """Keys of all these residents, made where missing; durable when this returns. The connection: as `keys_of`.

        Raises:
            CannotOpen: see `keys_of`.
        """
        wanted = sorted(set(residents))
        wrapped = [self._master.wrap(new_key(), resident) for resident in wanted]
        with self._on(connection) as used:
            rows = used.execute(
                "WITH made AS (INSERT INTO suqiu_keys.residents SELECT * FROM unnest(%s::text[], %s::bytea[]) "
                "ON CONFLICT DO NOTHING RETURNING resident, wrapped) "
                "SELECT * FROM made UNION ALL "
                "SELECT resident, wrapped FROM suqiu_keys.residents WHERE resident = ANY(%s)",
                (wanted, wrapped, wanted),
                prepare=True,
            ).fetchall()
        keys = {row["resident"]: self._master.unwrap(bytes(row["wrapped"]), row["resident"]) for row in rows}
        lost = [resident for resident in wanted if resident not in keys]
        return keys if not lost else keys | self.keys_of(lost, connection)

    def _on(self, connection: Connection[DictRow] | None) -> AbstractContextManager[Connection[DictRow]]:
        return nullcontext(connection) if connection is not None else self._datastore.get_connection()

    def identity_secret(self) -> bytes:
        """The secret that petition ids, receipts and pseudonyms are derived with; made on first use.

        Raises:
            CannotOpen: see `keys_of`.
        """
        with self._datastore.get_connection() as connection:
            connection.execute(
                "INSERT INTO suqiu_keys.secrets VALUES (%s, %s) ON CONFLICT DO NOTHING",
                (IDENTITY, self._master.wrap(new_key(), IDENTITY)),
            )
            row = connection.execute("SELECT wrapped FROM suqiu_keys.secrets WHERE name = %s", (IDENTITY,)).fetchone()
        assert row is not None
        return self._master.unwrap(bytes(row["wrapped"]), IDENTITY)
