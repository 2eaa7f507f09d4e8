"""Erasures of personal data: the stage of each, who must act next, which petitions it affected. Nothing personal."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, LiteralString, NamedTuple

from psycopg import Connection, Cursor
from psycopg.rows import TupleRow, class_row

from aggregates.erasures.decisions import Erasure, Stage, rounds
from aggregates.erasures.events import ERASURE_EVENTS, ErasureWished, ResidentErased
from aggregates.record import Recorded
from aggregates.streams import ERASURE
from projections.read_model import ReadModel, copy_rows
from projections.sentences import Sentence
from projections.words import ERASURE_REASONS, ROLES

KINDS = {kind.TOPIC: kind for kind in ERASURE_EVENTS}


@dataclass(frozen=True, slots=True)
class ErasureRow:
    """A resident's last erasure. `waits_for`: office (somebody takes up the wish), leader, engine, or None.

    `petition`: the one with whose receipt the resident asked; None where somebody else did.
    """

    resident: str
    stage: Stage
    waits_for: str | None
    reason: str | None
    petition: str | None
    wished_at: datetime | None
    asked_at: datetime | None
    asked_role: str | None
    asked_by: str | None
    decided_at: datetime | None
    decided_role: str | None
    decided_by: str | None
    erased_at: datetime | None
    acknowledged_at: datetime | None


_COLUMNS = tuple(field.name for field in fields(ErasureRow))


class Erasures(ReadModel):
    """Stores the events of each resident's erasures, which are few, and folds them again with each new one."""

    name: ClassVar[str] = "erasures"
    tables: ClassVar[LiteralString] = """
        CREATE TABLE noted (
            position    bigint      PRIMARY KEY,
            resident    text        NOT NULL,
            version     bigint      NOT NULL,
            recorded_at timestamptz NOT NULL,
            command_id  text        NOT NULL,
            topic       text        NOT NULL,
            body        text        NOT NULL
        );
        CREATE INDEX ON noted (resident, version);
        CREATE TABLE erasures (
            resident        text PRIMARY KEY,
            stage           text NOT NULL,
            waits_for       text,
            reason          text,
            petition        text,
            wished_at       timestamptz,
            asked_at        timestamptz,
            asked_role      text,
            asked_by        text,
            decided_at      timestamptz,
            decided_role    text,
            decided_by      text,
            erased_at       timestamptz,
            acknowledged_at timestamptz
        );
        CREATE INDEX ON erasures (waits_for) WHERE waits_for IS NOT NULL;
        CREATE TABLE reached (
            petition     text        NOT NULL,
            position     bigint      NOT NULL,
            resident     text        NOT NULL,
            at           timestamptz NOT NULL,
            recorded_at  timestamptz NOT NULL,
            reason       text        NOT NULL,
            asked_role   text        NOT NULL,
            decided_role text        NOT NULL,
            rule         text,
            rulebook     text        NOT NULL,
            PRIMARY KEY (petition, position)
        );
        CREATE INDEX ON reached (resident);
    """

    def takes(self, stream: str) -> bool:
        """Streams of erasures."""
        return stream.startswith(ERASURE)

    def apply(self, cursor: Cursor[TupleRow], page: Sequence[Recorded]) -> None:
        """Fold the erasures of the page's residents again."""
        copy_rows(cursor, "noted", _NOTED, map(_noted, page))
        changed = sorted({record.stream.removeprefix(ERASURE) for record in page})
        cursor.execute("DELETE FROM erasures WHERE resident = ANY(%s)", (changed,))
        cursor.execute("DELETE FROM reached WHERE resident = ANY(%s)", (changed,))
        found = {resident: list(rounds(resident, _records(cursor, resident))) for resident in changed}
        copy_rows(cursor, "erasures", _COLUMNS, (_row(every[-1]) for every in found.values()))
        reached = (row for every in found.values() for each in every for row in _reached(each))
        copy_rows(cursor, "reached", _REACHED, reached)


_NOTED = ("position", "resident", "version", "recorded_at", "command_id", "topic", "body")
_REACHED = (
    "petition",
    "position",
    "resident",
    "at",
    "recorded_at",
    "reason",
    "asked_role",
    "decided_role",
    "rule",
    "rulebook",
)


def _noted(record: Recorded) -> tuple[Any, ...]:
    event, resident = record.event, record.stream.removeprefix(ERASURE)
    about = (record.position, resident, record.version, record.recorded_at, record.command_id)
    return (*about, event.TOPIC, event.model_dump_json())


def _records(cursor: Cursor[TupleRow], resident: str) -> list[Recorded]:
    rows = cursor.execute(
        "SELECT position, version, recorded_at, command_id, topic, body FROM noted WHERE resident = %s "
        "ORDER BY version",
        (resident,),
    ).fetchall()
    return [
        Recorded(position, ERASURE + resident, version, recorded_at, command, KINDS[topic].model_validate_json(body))
        for position, version, recorded_at, command, topic, body in rows
    ]


def _row(state: Erasure) -> tuple[Any, ...]:
    wished, asked, decided = (each and each.event for each in (state.wished, state.asked, state.decided))
    return (
        state.subject,
        state.stage,
        state.waits_for,
        state.asked_event.reason if state.asked else None,
        wished.petition if isinstance(wished, ErasureWished) else None,
        wished and wished.at,
        *((asked.at, asked.by.role.value, asked.by.id) if asked else (None, None, None)),
        *((decided.at, decided.by.role.value, decided.by.id) if decided else (None, None, None)),
        state.erased and state.erased.event.at,
        state.acknowledged and state.acknowledged.event.at,
    )


def _reached(state: Erasure) -> list[tuple[Any, ...]]:
    if state.erased is None or state.asked is None or state.decided is None:
        return []
    record, event = state.erased, state.erased.event
    assert isinstance(event, ResidentErased)
    roles = (state.asked_event.by.role.value, state.decided.event.by.role.value)
    about = (record.position, state.subject, event.at, record.recorded_at, state.asked_event.reason, *roles)
    return [(stream, *about, event.rule, event.rulebook) for stream in event.streams]


def says_erased(reason: str, asked_role: str, decided_role: str) -> Sentence:
    """The timeline's sentence for an erasure that affected a petition: the reason, and the two roles."""
    why = Sentence(ERASURE_REASONS.get(reason, reason), reason.replace("_", " "))
    if asked_role == decided_role == "engine":
        return Sentence(f"个人信息已删除（{why.zh}，按规则）", f"Personal data was erased ({why.en}, by the rules)")
    zh = f"个人信息已删除（{why.zh}；{ROLES[asked_role]}申请，{ROLES[decided_role]}批准）"
    return Sentence(zh, f"Personal data was erased ({why.en}; asked by a {asked_role}, approved by a {decided_role})")


_WAITING = """
    SELECT resident, stage, waits_for, reason, petition, wished_at, asked_at, asked_role, asked_by, decided_at,
        decided_role, decided_by, erased_at, acknowledged_at
    FROM view_erasures.erasures
    WHERE waits_for IS NOT NULL ORDER BY COALESCE(wished_at, asked_at), resident
"""


def waiting(connection: Connection[Any]) -> list[ErasureRow]:
    """Erasures that somebody must act on, the longest waiting first."""
    with connection.cursor(row_factory=class_row(ErasureRow)) as answer:
        return answer.execute(_WAITING).fetchall()


class KeysDestroyed(NamedTuple):
    """How many residents' keys were destroyed after a position of the log, and the first of them when (None: none)."""

    number: int
    first: datetime | None


def keys_destroyed(connection: Connection[Any], after: int) -> KeysDestroyed:
    """Keys destroyed after a position, as far as the read model has come.

    Raises:
        psycopg.errors.UndefinedTable: the read model has no tables yet.
        psycopg.Error: the database was lost.
    """
    with connection.cursor(row_factory=class_row(KeysDestroyed)) as answer:
        found = answer.execute(
            "SELECT count(*) AS number, min(recorded_at) AS first FROM view_erasures.noted "
            "WHERE topic = %s AND position > %s",
            (ResidentErased.TOPIC, after),
        ).fetchone()
    assert found is not None
    return found
