"""The store's address, and the error for a server that cannot be reached."""

from office.run_info import read_run
from office.settings import Settings
from rulebook.problems import Expected

CONNECT_SECONDS = 5


class NotReachable(Expected):
    """A server cannot be reached, or its address is not known; the message says what to do."""


def database_of(settings: Settings) -> str:
    """The DSN of the store: `SUQIU_DATABASE_URL`, else the one that a running `up` has written to the data folder.

    Raises:
        NotReachable: neither gives one.
    """
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    run = read_run(settings.data)
    if run is None:
        raise NotReachable(
            f"nothing runs on {settings.data}: start `suqiu up --data {settings.data}`, or set SUQIU_DATABASE_URL"
        )
    return run.database
