"""Stretches of the log recomputed by several processes at once, yielded in order."""

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue

import psycopg

from eventstore.proofs.rows import STRETCH, Stretch, read_stretch
from rulebook.problems import Expected

WORTH_A_PROCESS = 4 * STRETCH
"""Number of events below which starting processes takes longer than it saves."""
MOST = 8
AHEAD = 3
"""Stretches queued for each process."""


class ReaderLost(Expected):
    """A process that read rows ended before it answered."""


def stretches(dsn: str, size: int, cuts: Sequence[int], processes: int | None = None) -> Iterator[tuple[int, Stretch]]:
    """(last position before it, what was found) for each stretch of the first `size` events, in order.

    Segments end at `cuts`, the checkpoints' sizes, too.

    Raises:
        psycopg.Error: the database was lost.
        ReaderLost: a process ended before it answered.
    """
    begins = range(0, size, STRETCH)
    jobs = [(begin, min(begin + STRETCH, size), _within(cuts, begin, begin + STRETCH)) for begin in begins]
    count = processes or min(MOST, os.cpu_count() or 1)
    if count == 1 or (processes is None and size < WORTH_A_PROCESS):
        with psycopg.connect(dsn, autocommit=True) as connection:
            for job in jobs:
                yield job[0], read_stretch(connection, *job)
        return
    yield from _in_processes(dsn, jobs, min(count, len(jobs) or 1))


def _within(cuts: Sequence[int], begin: int, end: int) -> list[int]:
    return [cut for cut in cuts if begin < cut < end]


Job = tuple[int, int, list[int]]


def _in_processes(dsn: str, jobs: Sequence[Job], count: int) -> Iterator[tuple[int, Stretch]]:
    command = [sys.executable, "-m", "eventstore.proofs.row_reader"]
    free: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
    readers = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(count)]
    try:
        for reader in readers:
            assert reader.stdin is not None
            pickle.dump(dsn, reader.stdin)
            free.put(reader)

        def ask(job: Job) -> Stretch:
            reader = free.get()
            try:
                assert reader.stdin is not None
                assert reader.stdout is not None
                pickle.dump(job, reader.stdin)
                reader.stdin.flush()
                answer: Stretch = pickle.load(reader.stdout)  # noqa: S301 - from our own child
            except (EOFError, BrokenPipeError) as error:
                raise ReaderLost("a process that reads rows ended: see above; is the database still there?") from error
            finally:
                free.put(reader)
            return answer

        with ThreadPoolExecutor(count) as threads:
            waiting: deque[tuple[int, Future[Stretch]]] = deque()
            for job in jobs:
                waiting.append((job[0], threads.submit(ask, job)))
                if len(waiting) >= count * AHEAD:
                    begin, answer = waiting.popleft()
                    yield begin, answer.result()
            while waiting:
                begin, answer = waiting.popleft()
                yield begin, answer.result()
    finally:
        for reader in readers:
            reader.kill()
            reader.communicate()
