"""Keys of the residents, wrapped by the master key, in a schema apart from the events.

A resident's key is made with the first petition and is gone for good once its row is deleted. The master key is
replaced by `rewrap`: from then on no process that still holds the old one can read or make a key.
"""

from collections.abc import Collection
from contextlib import AbstractContextManager, nullcontext

from psycopg import Connection, sql
from psycopg.rows import DictRow

from eventstore.recorder import Datastore
from eventstore.sealing import CannotOpen, MasterKey, key_id, new_key

IDENTITY = "identity"
MASTER = "master"
"""Under this name the secrets keep the id of the master key in use: a process with another one makes no keys."""

LOST = (
    "this store has petitions but its keys are not here: bring them back with `suqiu keys restore FILE`; "
    "without them every personal field stays [erased]"
)
REPLACED = "the master key of this store was replaced: start again with the new one"


class Keyring:
    """Reads and makes keys. No key stays in memory longer than the call that asked for it."""

    def __init__(self, datastore: Datastore, master: MasterKey | None) -> None:
        """Use a datastore whose schema exists. Without a master key nothing sealed can be read or written."""
        self._datastore = datastore
        self._given = master

    @property
    def _master(self) -> MasterKey:
        if self._given is None:
            raise CannotOpen("no master key is given: personal fields can be neither read nor written here")
        return self._given

    def keys_of(self, residents: Collection[str], connection: Connection[DictRow] | None = None) -> dict[str, bytes]:
        """Unwrapped keys by resident; a resident without a key, as after an erasure, is left out.

        Uses `connection`, or one of its own.

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
        """Keys of all these residents, created where missing; durable when this returns. `connection`: as `keys_of`.

        Raises:
            CannotOpen: see `keys_of`; or the store's master key was replaced.
        """
        wanted = sorted(set(residents))
        wrapped = [self._master.wrap(new_key(), resident) for resident in wanted]
        with self._on(connection) as used:
            rows = used.execute(
                "WITH made AS (INSERT INTO suqiu_keys.residents SELECT * FROM unnest(%s::text[], %s::bytea[]) "
                "WHERE NOT EXISTS (SELECT 1 FROM suqiu_keys.secrets WHERE name = %s AND wrapped <> %s) "
                "ON CONFLICT DO NOTHING RETURNING resident, wrapped) "
                "SELECT * FROM made UNION ALL "
                "SELECT resident, wrapped FROM suqiu_keys.residents WHERE resident = ANY(%s)",
                (wanted, wrapped, MASTER, self._master.id.encode(), wanted),
                prepare=True,
            ).fetchall()
        keys = {row["resident"]: self._master.unwrap(bytes(row["wrapped"]), row["resident"]) for row in rows}
        lost = [resident for resident in wanted if resident not in keys]
        if lost:
            keys |= self.keys_of(lost, connection)
        if len(keys) < len(wanted):
            raise CannotOpen(REPLACED)
        return keys

    def _on(self, connection: Connection[DictRow] | None) -> AbstractContextManager[Connection[DictRow]]:
        return nullcontext(connection) if connection is not None else self._datastore.get_connection()

    def identity_secret(self) -> bytes:
        """The secret that petition ids, receipts and pseudonyms are derived with; created on first use.

        Raises:
            CannotOpen: see `keys_of`; or the store has petitions, but its keys are gone.
        """
        with self._datastore.get_connection() as connection:
            self._check_not_lost(connection)
            connection.execute(
                "INSERT INTO suqiu_keys.secrets VALUES (%s, %s) ON CONFLICT DO NOTHING",
                (IDENTITY, self._master.wrap(new_key(), IDENTITY)),
            )
            row = connection.execute("SELECT wrapped FROM suqiu_keys.secrets WHERE name = %s", (IDENTITY,)).fetchone()
            assert row is not None
            secret = self._master.unwrap(bytes(row["wrapped"]), IDENTITY)
            connection.execute(
                "INSERT INTO suqiu_keys.secrets VALUES (%s, %s) ON CONFLICT DO NOTHING",
                (MASTER, self._master.id.encode()),
            )
        return secret

    @staticmethod
    def _check_not_lost(connection: Connection[DictRow]) -> None:
        """Refuse a new secret to a store restored without its keys: no receipt would find its petition."""
        row = connection.execute(
            "SELECT EXISTS (SELECT 1 FROM suqiu_keys.secrets WHERE name = %s) OR NOT EXISTS "
            "(SELECT 1 FROM suqiu.events WHERE topic = 'petition.received') AS well",
            (IDENTITY,),
        ).fetchone()
        if row is None or not row["well"]:
            raise CannotOpen(LOST)

    def residents(self) -> frozenset[str]:
        """Ids of all residents who have a key."""
        with self._datastore.get_connection() as connection:
            return frozenset(row["resident"] for row in connection.execute("SELECT resident FROM suqiu_keys.residents"))

    def name_of(self, resident: str) -> str | None:
        """The `key_id` of a resident's key; None: the resident has no key.

        Raises:
            CannotOpen: see `keys_of`.
        """
        key = self.keys_of([resident]).get(resident)
        return key_id(key) if key is not None else None

    def destroy(self, resident: str, name: str) -> bool:
        """Delete a resident's key if its `key_id` is `name`, their codes and links; returns whether it was deleted.

        The row is overwritten first. Copies that PostgreSQL may keep (free space, write-ahead log, older backups) are
        wrapped by the master key, and unreadable once that is replaced: `rewrap`.

        Raises:
            CannotOpen: see `keys_of`.
        """
        with self._datastore.get_connection() as connection, connection.transaction():
            row = connection.execute(
                "SELECT wrapped FROM suqiu_keys.residents WHERE resident = %s FOR UPDATE", (resident,)
            ).fetchone()
            if row is None or key_id(self._master.unwrap(bytes(row["wrapped"]), resident)) != name:
                return False
            nothing = bytes(len(row["wrapped"]))
            connection.execute("UPDATE suqiu_keys.residents SET wrapped = %s WHERE resident = %s", (nothing, resident))
            connection.execute("DELETE FROM suqiu_keys.residents WHERE resident = %s", (resident,))
            connection.execute("DELETE FROM suqiu_keys.codes WHERE resident = %s", (resident,))
            connection.execute("DELETE FROM suqiu_keys.persons WHERE resident = %s", (resident,))
        return True

    def rewrap(self, new: MasterKey) -> int:
        """Wrap every key with another master key, in one transaction; returns how many.

        Keys wrapped with the old master key become unreadable. Idempotent: with the same new key it returns 0.

        Raises:
            CannotOpen: this keyring's master key is not the store's, and neither is the new one.
        """
        with self._datastore.get_connection() as connection:
            with connection.transaction():
                connection.execute("LOCK TABLE suqiu_keys.residents, suqiu_keys.secrets IN ACCESS EXCLUSIVE MODE")
                if self._in_use(connection, new):
                    return 0
                done = 0
                for table, purpose in (("residents", "resident"), ("secrets", "name")):
                    done += self._rewrap_table(connection, table, purpose, new)
                connection.execute(
                    "INSERT INTO suqiu_keys.secrets VALUES (%s, %s) "
                    "ON CONFLICT (name) DO UPDATE SET wrapped = EXCLUDED.wrapped",
                    (MASTER, new.id.encode()),
                )
            # VACUUM FULL writes new files: no key wrapped by the old master key stays in the old ones.
            connection.execute("VACUUM (FULL) suqiu_keys.residents")
            connection.execute("VACUUM (FULL) suqiu_keys.secrets")
        return done

    def _rewrap_table(self, connection: Connection[DictRow], table: str, purpose: str, new: MasterKey) -> int:
        name, column = sql.Identifier("suqiu_keys", table), sql.Identifier(purpose)
        rows = connection.execute(sql.SQL("SELECT {}, wrapped FROM {}").format(column, name)).fetchall()
        theirs = [(row[purpose], bytes(row["wrapped"])) for row in rows if row[purpose] != MASTER]
        wrapped = [(new.wrap(self._master.unwrap(key, whose), whose), whose) for whose, key in theirs]
        connection.execute(
            sql.SQL(
                "UPDATE {} AS t SET wrapped = n.wrapped FROM unnest(%s::bytea[], %s::text[]) AS n (wrapped, whose) "
                "WHERE t.{} = n.whose"
            ).format(name, column),
            ([key for key, _ in wrapped], [whose for _, whose in wrapped]),
        )
        return len(wrapped)

    @staticmethod
    def _in_use(connection: Connection[DictRow], master: MasterKey) -> bool:
        row = connection.execute("SELECT wrapped FROM suqiu_keys.secrets WHERE name = %s", (MASTER,)).fetchone()
        return row is not None and bytes(row["wrapped"]) == master.id.encode()

    def sweep(self) -> None:
        """Run VACUUM, so that PostgreSQL reuses the space of deleted keys; it blocks nobody."""
        with self._datastore.get_connection() as connection:
            connection.execute("VACUUM suqiu_keys.residents")
