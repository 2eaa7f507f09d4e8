"""The database: whether it answers, and writes to disk what is committed."""

import psycopg

from eventstore.server import keeps_what_it_is_given
from machine.diagnosis.check import START_UP, Check
from office.run_info import RunInfo
from office.settings import Settings


def check_database(settings: Settings, run: RunInfo | None) -> Check:
    """The configured database answers, or that of the running `up`."""
    if settings.database_url is not None:
        dsn, remedy = (
            settings.database_url.get_secret_value(),
            "correct SUQIU_DATABASE_URL, or start that server",
        )
    elif run is not None:
        dsn, remedy = run.database, START_UP
    else:
        return Check("database", True, "the embedded one, started by `suqiu up`")
    try:
        with psycopg.connect(dsn, connect_timeout=5) as connection:
            version = connection.info.server_version // 10000
            durable = keeps_what_it_is_given(connection)
    except psycopg.Error as error:
        return Check("database", False, str(error).strip().splitlines()[0], remedy)
    if not durable:
        return Check("database", False, f"PostgreSQL {version}: fsync is off", "turn fsync on: facts get lost")
    return Check("database", True, f"PostgreSQL {version} answers")
