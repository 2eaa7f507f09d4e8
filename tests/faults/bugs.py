"""Bugs seeded into a process of the town, to try the checker: each patches one function of the program.

They are what somebody might write by mistake: what the name says is left out, done twice, or done too soon.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from temporalio import workflow

from aggregates.messages.outbox import Outbox, fold_outbox
from aggregates.record import Recorded
from eventstore.group_commit import GroupCommit
from eventstore.keyring import Keyring
from eventstore.log import Append
from office.handling import StreamHandler
from projections.generation import Generation
from tests.faults.clock import TownClock
from workers import petition_worker
from workers.activities import PetitionActivities
from workers.keeping import keeper
from workers.keeping.behind import Behind
from workers.messaging import messenger
from workers.reading import page_reader, relay
from workflows.petition import PetitionWorkflow

BUGS: dict[str, Callable[[], None]] = {}


def seed(names: str) -> None:
    """Break this process so; several names with commas between."""
    for name in names.split(","):
        BUGS[name]()


def _bug(change: Callable[[], None]) -> Callable[[], None]:
    BUGS[change.__name__.replace("_", "-")] = change
    return change


@_bug
def dropped_wake() -> None:
    """The relay wakes nobody whose id ends in an even digit."""
    right = relay.to_wake
    relay.to_wake = lambda page: [petition for petition in right(page) if int(petition[-1], 16) % 2]


@_bug
def nobody_repairs() -> None:
    """The engine's keeper sees no difference: what was dropped stays dropped."""

    async def nothing(*_: Any) -> Behind:
        return Behind(Counter())

    keeper.look_behind = nothing


@_bug
def place_before_page() -> None:
    """The messenger moves its place before it does a page, and every third page is lost on the way."""
    pages = itertools.count(1)

    async def read_page(self: Any, connection: Any, *_: Any) -> bool:
        place = page_reader.place_of(connection, self.name)
        page = self._petitions.page(place, page_reader.PAGE)
        if not page:
            return False
        page_reader.move_to(connection, self.name, page[-1].position)
        if self.name != "messenger" or next(pages) % 3:
            await self.handle(page)
        return True

    page_reader.PageReader._read_page = read_page


@_bug
def message_twice() -> None:
    """The messenger does not look for what is written already, and does each page twice."""
    right = messenger.Messenger.write

    def forgets(records: Any) -> Outbox:
        return Outbox(fold_outbox(records).version, {})

    def twice(self: messenger.Messenger, page: Sequence[Recorded]) -> None:
        right(self, page)
        right(self, page)

    messenger.fold_outbox = forgets
    messenger.Messenger.write = twice


@_bug
def skipped_page() -> None:
    """Every fourth page of every read model is passed over; its place moves on."""
    right, pages = Generation.apply, itertools.count(1)

    def apply(self: Generation, expected: int, page: Sequence[Recorded]) -> int:
        if next(pages) % 4:
            return right(self, expected, page)
        with self._connection.transaction():
            self._connection.execute(f"UPDATE {self.schema}.progress SET position = %s", (page[-1].position,))
        return page[-1].position

    Generation.apply = apply


@_bug
def command_id_forgotten() -> None:
    """A command's id is made anew at each call: a repeat is decided again."""
    right, calls = StreamHandler.decide_once, itertools.count(1)

    def decide_once(self: Any, petition: str, command_id: str, *rest: Any) -> Any:
        return right(self, petition, f"{command_id}.{next(calls)}", *rest)

    StreamHandler.decide_once = decide_once


@_bug
def acknowledged_before_it_is_written() -> None:
    """Every fifth append is answered without being written."""
    right, calls = GroupCommit.append, itertools.count(1)
    GroupCommit.append = lambda self, append: True if next(calls) % 5 == 0 else right(self, append)


@_bug
def double_append() -> None:
    """Every third append is written once more, at the next version."""
    right, calls = GroupCommit.append, itertools.count(1)

    def append(self: GroupCommit, given: Append) -> bool:
        done = right(self, given)
        if done and next(calls) % 3 == 0 and len(given.events) == 1:
            right(self, given._replace(expected_version=given.expected_version + 1))
        return done

    GroupCommit.append = append


@_bug
def key_kept() -> None:
    """An erasure is noted and the key stays."""
    Keyring.destroy = lambda *_: True


@_bug
def waits_too_long() -> None:
    """Every wait is a day longer than it should be."""
    right = PetitionActivities._owed

    def owed(self: PetitionActivities, *given: Any) -> Any:
        answer = right(self, *given)
        return (
            answer.model_copy(update={"wait_seconds": answer.wait_seconds + 86_400}) if answer.wait_seconds else answer
        )

    PetitionActivities._owed = owed


@_bug
def clock_ahead() -> None:
    """The process takes the time to be an hour later, and nobody compares."""
    right = TownClock.__call__
    TownClock.__call__ = lambda self, engine=None: right(self, engine) + timedelta(hours=1)


@workflow.defn(name="petition", sandboxed=False)
class ImpatientWorkflow(PetitionWorkflow):
    """It sleeps before it reads: no history of it can be replayed on the right one."""

    @workflow.init
    def __init__(self, petition: str) -> None:
        super().__init__(petition)

    @workflow.run
    async def run(self, petition: str) -> None:
        """Sleep, then go on."""
        await workflow.sleep(timedelta(milliseconds=1))
        await super().run(petition)


@_bug
def other_workflow() -> None:
    """The worker carries out a workflow that is not the one of the program."""
    petition_worker.PetitionWorkflow = ImpatientWorkflow
