"""A store with an office's parts on it, and residents who bring petitions."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import psycopg
import pytest
from psycopg import sql

from aggregates.event import Actor
from aggregates.known import BY_CODE
from aggregates.petition import commands as c
from aggregates.petition.decisions import decide
from aggregates.petition.state import Petition
from eventstore.clock_guard import ClockGuard
from eventstore.group_commit import GroupCommit
from eventstore.leaf import leaf_hash
from eventstore.log import Append, EventLog
from eventstore.recorder import Datastore
from eventstore.sealing import MasterKey
from machine.embedded_postgres import EmbeddedPostgres
from office.handling import Handler
from office.intake import Intake, Offered, Taken, submission
from office.keys.erasing import Eraser
from office.rules.rulebooks import STANDARD, read_messages
from office.submission import Submission
from tests.aggregates.office import at
from tests.people import AT_THE_COUNTER, CLERK, LEADER
from tests.rulebook.books import baiyang
from workers.messaging.gateways import Outbox
from workers.messaging.messenger import Messenger

MASTER = MasterKey(b"\x07" * 32)
CANARY = "金丝雀Canary7f3a9"


@dataclass
class Place:
    """One store and what works on it; its clock stands until it is moved."""

    dsn: str
    event_log: EventLog
    commit: GroupCommit
    time: datetime = field(default_factory=lambda: at("2025-09-24 09:00"))
    numbers: dict[int, tuple[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Put the parts together."""
        self.rules = baiyang()
        self.handler = Handler(self.event_log, self.commit, self.rules, self.now)
        self.intake = Intake(self.event_log, self.rules, self.now, community="baiyang")
        self.eraser = Eraser(self.event_log, lambda: self.rules, self.now)
        self.messenger = Messenger(self.event_log, lambda: self.rules, read_messages(STANDARD), Outbox(), self.now)

    def now(self, _: datetime | None = None) -> datetime:
        """The standing clock."""
        return self.time

    def comes(self, number: int, what: str = "路灯坏了") -> tuple[str, str]:
        """A resident brings a petition full of canaries; its stream and the resident's pseudonym.

        Who comes again with something else has the same pseudonym, as before petitions had one of their own each.
        """
        row = submission(
            {
                "text": f"{what} {CANARY} {number}",
                "title": f"{CANARY}标题",
                "name": CANARY,
                "phone": f"139{number:08}",
                "address": f"{CANARY}小区",
                "external_id": f"{number} {what}",
            }
        )
        first, whose = self.numbers.setdefault(number, (what, ""))
        if whose and what != first:
            return self._as_before(row, whose), whose
        petition = self.brings(row).petition
        assert petition is not None
        resident: str = self.event_log.read(petition)[0].event.resident  # type: ignore[attr-defined]
        self.numbers[number] = (what, resident)
        return petition, resident

    def brings(self, row: Submission) -> Taken:
        """Somebody submits something today."""
        (taken,) = self.intake.take_in([Offered(1, row, None)], CLERK)
        return taken

    def _as_before(self, row: Submission, resident: str) -> str:
        """A petition as the version before took it in, under a pseudonym that has another one, too."""
        receipt = self.intake.identities.receipt(f"external\n{row.external_id}")
        petition = self.intake.identities.petition(receipt)
        said = row.model_dump(exclude={"external_id"})
        command = c.Receive(at=self.time, by=CLERK, receipt=receipt, resident=resident, community="baiyang", **said)
        events = decide(Petition(id=petition), command, self.rules)
        self.event_log.append([Append(petition, 0, events, f"receive:{petition}", self.time)])
        return petition

    def withdraws(self, petition: str) -> None:
        """The resident takes it back; it is closed for good."""
        command = c.Withdraw(at=self.time, by=Actor.resident(), known=BY_CODE, reason=CANARY)
        self.handler.execute(petition, command, f"withdraw {petition}")

    def tells(self) -> None:
        """The messenger writes what is to be told."""
        self.messenger.write(self.event_log.page(0, 10_000))

    def erases(self, resident: str) -> None:
        """The whole way, by two people."""
        self.eraser.ask(resident, CLERK, "resident_asked", known=AT_THE_COUNTER)
        self.eraser.decide(resident, LEADER, approved=True)
        self.eraser.carry_out(resident)

    def words(self, petition: str, number: int = 0) -> dict[str, str | None]:
        """What can still be read of an event."""
        fields = ("title", "text", "name", "phone", "address") if number == 0 else ("reason",)
        return self.event_log.unseal(self.event_log.read(petition)[number], fields)

    def later(self, **by: float) -> None:
        """Move the clock."""
        self.time += timedelta(**by)

    def leaves(self) -> list[bytes]:
        """The leaf of every row as it is stored."""
        with self.event_log.datastore.get_connection() as connection:
            rows = connection.execute("SELECT leaf_hash FROM suqiu.events ORDER BY position").fetchall()
        return [bytes(row["leaf_hash"]) for row in rows]

    def leaves_counted_again(self) -> list[bytes]:
        """The leaf of every row, counted from what the row holds now."""
        with psycopg.connect(self.dsn) as connection:
            rows = connection.execute(
                "SELECT originator_id, originator_version, topic, state, command_id, recorded_at "
                "FROM suqiu.events ORDER BY position"
            ).fetchall()
        return [leaf_hash(*row) for row in rows]


@pytest.fixture(scope="session")
def erasure_database(postgres: EmbeddedPostgres) -> str:
    """A database for this room's tests: made once, as making one takes half a second."""
    postgres.make_database("erasure_tests")
    return postgres.dsn("erasure_tests")


@pytest.fixture
def place(erasure_database: str) -> Iterator[Place]:
    """A fresh store."""
    with psycopg.connect(erasure_database, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS suqiu, suqiu_keys CASCADE")
        views = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'view_%'").fetchall()
        for (name,) in views:
            connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))
    datastore = Datastore(erasure_database)
    event_log = EventLog(datastore, MASTER, ClockGuard(story=True))  # years go by in it
    with GroupCommit(event_log) as commit:
        yield Place(erasure_database, event_log, commit)
    datastore.close()
