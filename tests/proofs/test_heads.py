"""The map of heads: one root whatever the order, presence and absence proven, everything else refused."""

from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventstore.proofs import heads as h
from eventstore.proofs.merkle import BadProof

COUNT = 300


def head(number: int, version: int = 1) -> h.Head:
    return h.Head(version, sha256(f"{number}:{version}".encode()).digest())


def crowded(count: int) -> list[str]:
    """Streams of one bucket, so that neighbours matter."""
    found, number = [], 0
    while len(found) < count:
        if h.bucket_of(f"p-{number}") == 7:
            found.append(f"p-{number}")
        number += 1
    return sorted(found, key=h.place)


STREAMS = {f"p-{number}": head(number) for number in range(COUNT)}
CROWD = crowded(5)


def test_the_root_is_fixed() -> None:
    assert h.HeadMap().root == h.EMPTY_MAP
    assert h.EMPTY_MAP.hex() == "27263da25d8984564aaa18ce602494413e7b4189b5f216b21a435db802d78e05"
    assert h.HeadMap(STREAMS).root.hex() == "8e79c0f8bedc85258227a8d90d72fef44b4dd72d40fab73f15bee4b73a48989d"


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 5)), max_size=60))
def test_the_order_of_events_makes_no_other_root(steps: list[tuple[int, int]]) -> None:
    one = h.HeadMap()
    latest: dict[str, h.Head] = {}
    for number, version in steps:
        latest[f"p-{number}"] = head(number, version)
        one.put([(f"p-{number}", head(number, version))])
        _ = one.root
    assert one.root == h.HeadMap(latest).root
    assert one.count == len(latest)


def test_presence_and_absence_are_proven() -> None:
    ours = h.HeadMap({**STREAMS, **{stream: head(1) for stream in CROWD[::2]}})
    for stream in [*STREAMS, *CROWD, "p-nobody", ""]:
        proof = ours.prove(stream)
        assert proof.head == ours.get(stream)
        proof.verify(ours.root)


def test_nothing_else_is_proven() -> None:
    ours = h.HeadMap({**STREAMS, **{stream: head(1) for stream in CROWD[::2]}})
    present, absent = ours.prove(CROWD[2]), ours.prove(CROWD[1])
    assert len(absent.entries) == 2
    forged = [
        replace(present, head=head(1, 2)),
        replace(present, head=None),
        replace(present, head=None, entries=()),
        replace(present, stream=CROWD[0]),
        replace(present, stream="p-1"),
        replace(absent, stream=CROWD[0]),
        replace(absent, stream=CROWD[3]),
        replace(absent, stream=CROWD[2]),
        replace(absent, head=head(1)),
        replace(absent, entries=absent.entries[:1]),
        replace(absent, entries=absent.entries[1:]),
        replace(absent, entries=(absent.entries[0], absent.entries[0])),
        replace(absent, count=absent.count - 1),
        replace(absent, count=0, entries=()),
        replace(absent, path=absent.path[::-1]),
        replace(absent, path=absent.path[1:]),
        replace(absent, bucket_root=h.EMPTY_MAP),
    ]
    for each in forged:
        with pytest.raises(BadProof):
            each.verify(ours.root)
    with pytest.raises(BadProof):
        present.verify(h.HeadMap(STREAMS).root)
