"""Group commit: one thread takes the appends that wait and writes them as one batch, in one commit."""

import queue
import threading
from concurrent.futures import Future
from types import TracebackType
from typing import Self

from eventsourcing.persistence import InterfaceError, OperationalError

from eventstore.clock_guard import ClockWrong
from eventstore.log import Append, EventLog

LARGEST_BATCH = 256


class Closed(RuntimeError):
    """An append after `close`: the office is shutting down."""


class GroupCommit:
    """A thread-safe `EventLog.append`; each caller waits for its own answer only."""

    def __init__(self, log: EventLog) -> None:
        """Start the writing thread; `close` ends it."""
        self._log = log
        self._waiting: queue.SimpleQueue[tuple[Append, Future[bool]] | None] = queue.SimpleQueue()
        self._closed = False
        self._door = threading.Lock()
        self._thread = threading.Thread(target=self._write, name="group-commit", daemon=True)
        self._thread.start()

    def append(self, append: Append) -> bool:
        """Write one append; answers and raises as `EventLog.append`.

        Raises:
            Closed: after `close`.
        """
        answer: Future[bool] = Future()
        with self._door:
            if self._closed:
                raise Closed("the log is closed for writing")
            self._waiting.put((append, answer))
        return answer.result()

    def close(self) -> None:
        """Write the appends that wait, then end the thread. Idempotent."""
        with self._door:
            if not self._closed:
                self._closed = True
                self._waiting.put(None)
        self._thread.join()

    def __enter__(self) -> Self:
        """Use as a context."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def _write(self) -> None:
        kept: list[tuple[Append, Future[bool]]] = []
        closing = False
        while not closing or kept:
            batch, kept = self._first_of_each_stream(kept)
            while len(batch) < LARGEST_BATCH and not closing:
                try:
                    item = self._waiting.get(block=not batch)
                except queue.Empty:
                    break
                if item is None:
                    closing = True
                elif item[0].stream in batch:
                    kept.append(item)
                else:
                    batch[item[0].stream] = item
            if batch:
                self._write_batch(list(batch.values()))

    @staticmethod
    def _first_of_each_stream(
        kept: list[tuple[Append, Future[bool]]],
    ) -> tuple[dict[str, tuple[Append, Future[bool]]], list[tuple[Append, Future[bool]]]]:
        batch: dict[str, tuple[Append, Future[bool]]] = {}
        later = []
        for item in kept:
            if item[0].stream in batch:
                later.append(item)
            else:
                batch[item[0].stream] = item
        return batch, later

    def _write_batch(self, batch: list[tuple[Append, Future[bool]]]) -> None:
        try:
            answers = self._log.append([append for append, _ in batch])
        except (
            OperationalError,
            InterfaceError,
            ClockWrong,
        ) as error:  # lost, or a wrong clock: all of them fail
            for _, future in batch:
                future.set_exception(error)
            return
        except Exception as error:  # noqa: BLE001 - one bad append is its own caller's trouble, not its neighbours'
            if len(batch) == 1:
                batch[0][1].set_exception(error)
            else:
                for item in batch:
                    self._write_batch([item])
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            future.set_result(answer)
