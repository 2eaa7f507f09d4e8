"""The smallest `up`: servers on a folder until asked to stop. Run as `python -m tests.workers.up DIR [OPTION…]`.

`--hasty`: a server that hangs is given up after two questions, where an office has patience for six.
"""

import sys
from pathlib import Path

from machine import looking_after
from machine.data_folder import FolderInUse
from machine.interpreter_exit import asked_to_stop, run_and_leave
from machine.servers import servers
from office.logs import configure_logs


async def main(folder: Path, options: list[str]) -> int:
    """Return 0 when stopped, 1 when the folder is in use."""
    configure_logs()
    if "--hasty" in options:
        options.remove("--hasty")
        looking_after.ASK_EVERY, looking_after.SILENT_TIMES = 1.0, 2
    try:
        async with servers(folder, port=0, temporal_options=options):
            await asked_to_stop()
    except FolderInUse as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    run_and_leave(main(Path(sys.argv[1]), sys.argv[2:]))
