"""A hundred disputes about time: what the verifier says of each, from its dossier alone, against an oracle."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest

from eventstore.log import EventLog
from eventstore.recorder import Datastore
from evidence.deadline_sentences import length
from evidence.dossiers import verify
from machine.embedded_postgres import EmbeddedPostgres
from tests.dossiers.registry import Registry
from tests.erasure.conftest import MASTER
from tests.replay.disputes import MORE_KINDS, ZONE, Dispute, dispute

COUNT = 8 * len(MORE_KINDS)
LONG_AFTER = timedelta(days=3)


class Court(NamedTuple):
    """All disputes in one log, the instants it was signed at (something was new), and the dossiers' checkpoint."""

    registry: Registry
    disputes: list[Dispute]
    signed: list[datetime]
    size: int


def petition(number: int) -> str:
    return f"p-{number:032x}"


@pytest.fixture(scope="module")
def court(postgres: EmbeddedPostgres) -> Iterator[Court]:
    """Lives of a year as they overlapped, with checkpoints here and there, some right before and at a deadline."""
    postgres.make_database("disputes")
    datastore = Datastore(postgres.dsn("disputes"))
    disputes = [dispute(number, MORE_KINDS) for number in range(COUNT)]
    dice, signed = random.Random(7), set[datetime]()  # noqa: S311 - a generator of tests
    for each in disputes:
        how = dice.randrange(4)
        if how:
            signed.add(each.told.due - timedelta(minutes=dice.choice((1, 60, 600))))
        if how > 1:
            signed.add(each.told.due + timedelta(minutes=dice.choice((0, 1, 90))))
    known = tuple({book.hash: book for each in disputes for book in each.books}.values())
    registry = Registry(EventLog(datastore, MASTER), known)
    registry.write({petition(number): each.case.records for number, each in enumerate(disputes)}, signed)
    last = max(each.case.now for each in disputes) + LONG_AFTER
    size = registry.sign(last)
    yield Court(registry, disputes, registry.signed, size)
    datastore.close()


@pytest.mark.parametrize("number", range(COUNT))
def test_the_verifier_is_right(court: Court, number: int) -> None:
    case, told, kind, _ = court.disputes[number]
    made = court.registry.dossier(petition(number), size=court.size)
    verified = verify.verify(made.content, pinned=verify.read_key(str(court.registry.signer.verifier), ""))
    (found,) = [each for each in verified.findings if each.clock.tier == "district"]
    assert found.clock.due == told.due, kind
    assert found.verdict == ("kept" if told.kept else "missed"), kind
    by = court.signed[-1] - told.due if kind == "nothing yet" else told.by
    assert found.by == by, kind
    said = found.sentences[0]
    assert said.zh.startswith("按时" if told.kept else "超期")
    assert said.en.startswith("Kept" if told.kept else "Missed")
    assert f"{told.due.astimezone(ZONE):%Y-%m-%d %H:%M}" in said.zh
    assert not by or length(by).zh in said.zh
    assert not by or length(by).en in said.en
    rest = [each.zh for each in found.sentences]
    assert any("补录" in each for each in rest) == (kind == "entered late")
    assert any("延期：" in each and "leader-1" in each for each in rest) == (kind == "extended")
    assert any("暂停：" in each and "等待居民" in each for each in rest if not each.startswith("不计")) == (
        kind == "paused"
    )
    assert any("挂账：" in each and "leader-1 批准" in each for each in rest) == (kind == "parked")
    assert found.proven == proven(court, told.due, case.records[-1].recorded_at, kind, kept=told.kept)
    assert any(each.startswith("已由检查点证明") for each in rest) == (found.proven == "by_checkpoint")


def proven(court: Court, due: datetime, judged: datetime, kind: str, *, kept: bool) -> str:
    """What checkpoints can show, told from the instants they were signed at: an act of that instant came after."""
    before = max((each for each in court.signed if each < due), default=None)
    after = min(each for each in court.signed if each >= due)
    shown = before is not None and judged < before if kept else kind == "nothing yet" or judged >= after
    return "by_checkpoint" if shown else "between_checkpoints"


def test_the_disputes_are_of_every_kind_and_both_verdicts_are_proven_and_left_open(court: Court) -> None:
    assert {each.kind for each in court.disputes} == set(MORE_KINDS)
    assert COUNT >= 100
    seen = {
        (
            each.told.kept,
            proven(court, each.told.due, each.case.records[-1].recorded_at, each.kind, kept=each.told.kept),
        )
        for each in court.disputes
    }
    assert seen == {(kept, how) for kept in (True, False) for how in ("by_checkpoint", "between_checkpoints")}
