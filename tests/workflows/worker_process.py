"""A worker in a process of its own, for tests that kill it: `python -m tests.workflows.worker_process JSON`.

With `offset` it tells a story of another time. With `clock`, a file of seconds, its clock is this machine's and off by
what the file says at each moment; with `agreeing`, the database's clock, as this process is told of it, is off alike:
only the engine's differs.
"""

import json
import sys
from datetime import timedelta
from pathlib import Path

from eventstore import clock_guard
from eventstore.clock_guard import RawClock, system_clock
from eventstore.sealing import MasterKey
from machine.interpreter_exit import asked_to_stop, run_and_leave
from office.composition import office
from office.logs import configure_logs
from tests.workflows.town import EngineClock, test_settings
from workers.engine.connecting import connect
from workers.engine.temporal_profile import Profile, load_profile
from workers.processes import working


def off(file: Path) -> RawClock:
    """A clock that is as many seconds off as the file says."""
    return lambda: system_clock() + timedelta(seconds=float(file.read_text()))


async def work(given: dict[str, str]) -> int:
    """Work until asked to stop."""
    configure_logs("info")
    base = load_profile(None, "local", {}).at(given["address"], "default")
    settings = base.worker.model_copy(update={"task_queue": given["queue"], "deployment_name": given["queue"]})
    clock = EngineClock(timedelta(seconds=float(given["offset"]))) if "offset" in given else None
    client = await connect(Profile(base.name, base.client, settings))
    master = MasterKey(bytes.fromhex(given["master"]))
    raw = off(Path(given["clock"])) if "clock" in given else system_clock
    if "agreeing" in given:
        clock_guard.time_of = lambda _connection: raw()
    with office(test_settings(given["database"]), now=clock, pool_size=8, master=master, raw=raw) as here:
        async with working(here, client, settings, promote=True):
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            await asked_to_stop()
    return 0


if __name__ == "__main__":
    run_and_leave(work(json.loads(sys.argv[1])))
