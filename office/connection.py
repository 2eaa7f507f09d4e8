"""Where the store is, and what is said when it cannot be reached."""

from office.run_info import read_run
from office.settings import Settings
from rulebook.problems import Expected

CONNECT_SECONDS = 5


class NotReachable(Expected):
    """A server is not there, or nothing says where it is; the message says what to do."""


def database_of(settings: Settings) -> str:
    """The DSN of the store: `SUQIU_DATABASE_URL`, else what a running `up` announces in the data folder.

    Raises:
        NotReachable: neither says where.
    """
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    run = read_run(settings.data)
    if run is None:
        raise NotReachable(
            f"nothing runs on {settings.data}: start `suqiu up --data {settings.data}`, or set SUQIU_DATABASE_URL"
        )
    return run.database
