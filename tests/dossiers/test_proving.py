"""Heads of the past: from the nodes kept for a checkpoint, or all heads where those are gone or wrong: the same."""

from datetime import timedelta

import psycopg
import pytest

from eventstore.extent import log_size
from eventstore.proofs import archive, kept_heads
from eventstore.proofs.checkpoint import read_checkpoint
from eventstore.proofs.heads import HeadMap, HeadProof
from evidence.dossiers.proving import heads_at
from tests.aggregates.office import proposal
from tests.dossiers.registry import Registry
from tests.replay.lives import Filed

STREAMS = 40


@pytest.fixture
def signed(registry: Registry) -> Registry:
    """A log of forty petitions, signed now and then."""
    lives = {}
    for number in range(STREAMS):
        case = Filed(proposes=proposal("public_service", "district"))
        case.receive(f"2025-09-{1 + number % 20:02} 10:00").until(case.now + timedelta(days=9))
        lives[f"p-{number:032x}"] = case.records
    first = min(life[0].recorded_at for life in lives.values())
    registry.write(lives, [first + timedelta(days=days, minutes=1) for days in range(0, 30, 3)])
    registry.sign()
    return registry


def proofs(registry: Registry) -> list[tuple[int, HeadProof]]:
    """Heads of each petition, of one that is not there, and of one that is not there yet, at every checkpoint."""
    streams = [f"p-{number:032x}" for number in range(STREAMS)] + ["p-nobody", "office-reconciler"]
    with psycopg.connect(registry.event_log.datastore.dsn) as connection:
        kept = [read_checkpoint(row.note) for row in archive.stored(connection)]
        return heads_at(
            connection, dict.fromkeys((each.size for each in kept), streams), {each.size: each.heads for each in kept}
        )


def test_nodes_kept_give_the_same_proofs_as_all_heads(signed: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    slow: list[int] = []
    heads = kept_heads.heads
    monkeypatch.setattr(kept_heads, "heads", lambda *words: slow.append(1) or heads(*words))  # type: ignore[func-returns-value]
    found = proofs(signed)
    assert slow == [], "the nodes kept were enough"
    assert len(found) > 8 * STREAMS
    assert any(proof.head is None for _, proof in found)
    for statement in (
        "UPDATE suqiu.head_nodes SET hash = decode(repeat('ab', 32), 'hex') WHERE size < 100",
        "DELETE FROM suqiu.head_nodes WHERE number % 2 = 0",
        "DELETE FROM suqiu.head_nodes",
    ):
        with psycopg.connect(signed.event_log.datastore.dsn) as connection:
            connection.execute(statement)
        assert proofs(signed) == found
        assert slow, "they were counted from all heads"


def test_nodes_are_kept_where_they_change_and_mended_by_the_next_checkpoint(signed: Registry) -> None:
    dsn = signed.event_log.datastore.dsn
    with psycopg.connect(dsn) as connection:
        size = log_size(connection)
        whole = HeadMap(dict(kept_heads.heads(connection, 0, size)))
        assert kept_heads.nodes_at(connection, size) == whole.nodes
        rows = connection.execute("SELECT count(*) FROM suqiu.head_nodes").fetchone()
        assert rows is not None
        assert rows[0] <= size
        connection.execute("DELETE FROM suqiu.head_nodes")
        connection.commit()
        kept_heads.keep_nodes(connection, size, whole.nodes)
        assert kept_heads.nodes_at(connection, size) == whole.nodes
