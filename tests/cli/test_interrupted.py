"""Ctrl-C ends a command whenever it comes: also while the engine's client, or the threads below it, only begin."""

import signal
import subprocess
import sys
import textwrap
import time

import pytest

from tests.cli.conftest import PROGRAM, Shell

MOMENTS = [0.25 + 0.06 * number for number in range(16)]
"""From before anything is loaded until it has answered, on a machine of today; seconds."""
AT_ONCE = 4


@pytest.mark.engine
def test_a_command_that_talks_to_the_engine_ends_whenever_it_is_interrupted(suqiu: Shell) -> None:
    codes = set()
    for first in range(0, len(MOMENTS), AT_ONCE):
        begun = [
            (
                moment,
                subprocess.Popen(
                    [PROGRAM, "schedules"], env=suqiu.env(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
                ),
            )
            for moment in MOMENTS[first : first + AT_ONCE]
        ]
        began = time.monotonic()
        for moment, process in begun:
            time.sleep(max(0.0, began + moment - time.monotonic()))
            process.send_signal(signal.SIGINT)
        for moment, process in begun:
            _, said = process.communicate(timeout=60)
            assert b"panicked" not in said, (moment, said.decode())
            if b"Fatal Python error: init_import_site" not in said:  # Python itself had not begun
                codes.add(process.returncode)
    assert codes <= {0, 130, -signal.SIGINT}, "done, broken off, or before Python itself had begun"


def test_it_leaves_before_threads_it_does_not_know_of_are_waited_for() -> None:
    """Given a thread that never ends, begun by what Ctrl-C broke off."""
    program = """
        import sys, threading, time
        from office import composition
        from cli.main import main

        def office(*_, **__):
            threading.Thread(target=time.sleep, args=(3600,)).start()
            raise KeyboardInterrupt

        composition.office = office
        sys.argv = ["suqiu", "audit", "checkpoint"]
        main()
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=False, timeout=60)
    assert ended.returncode == 130
