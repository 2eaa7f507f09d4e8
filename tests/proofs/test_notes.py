"""Signed notes and checkpoints: fixed vectors, and everything that is none refused in words."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from eventstore.proofs import merkle
from eventstore.proofs.checkpoint import BadProof, Checkpoint, Continuation, read_checkpoint, read_continuation
from eventstore.proofs.heads import EMPTY_MAP
from eventstore.proofs.notes import (
    COSIGNATURE,
    BadKey,
    BadNote,
    KeySigner,
    Note,
    read_note,
    read_signer,
    read_verifier,
)

# The example of Go's golang.org/x/mod/sumdb/note: a key, a text, and the note it signs.
GO_KEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
LOG = KeySigner("suqiu/baiyang", bytes(range(32)))
WITNESS = KeySigner("witness.example", bytes(range(1, 33)), COSIGNATURE)
LEAVES = [merkle.leaf(bytes([number])) for number in range(20)]
AT = datetime(2025, 9, 24, 1, 0, tzinfo=UTC)

GOLDEN = """suqiu/baiyang
20
8rpF2AYktO5AY82TSiNp/SLwTsYVuCPtayb+dij21p0=
suqiu-heads/1 0 JyY9ol2JhFZKqhjOYCSUQT57QYm18hayGkNduALXjgU=
suqiu-time/1 2025-09-24T01:00:00Z

— suqiu/baiyang VKmEcw/rIivr+WEfDbKrjmSHqg8jGVhPnIFP8WW6vTo8wgQy7LuW6+qRkwNSneZZmvwNLkbCby1brUk5bFjycG6B1Ak=
"""


def checkpoint(size: int, leaves: list[bytes] = LEAVES) -> Checkpoint:
    return Checkpoint("suqiu/baiyang", size, merkle.root_of(leaves[:size]), 0, EMPTY_MAP, AT)


def test_the_example_of_another_implementation_is_ours_too() -> None:
    signer = read_signer(GO_KEY)
    assert signer.text() == GO_KEY
    assert str(signer.verifier) == GO_PUBLIC
    note = read_note(GO_NOTE)
    note.check(read_verifier(GO_PUBLIC))
    assert str(Note(note.text).signed(signer)) == GO_NOTE


@pytest.mark.parametrize(
    "text",
    ["", "\n", "a\n", "a\n\n", "a\n\n— x\n", "a\n\n— x AAAA\n", "a\n\n— x+y AAAAAAAA\n", GO_NOTE[:-1], GO_NOTE + "\n",
     "a\n\nb\n" + GO_NOTE[2:], GO_NOTE.replace("—", "-"), "\x00" + GO_NOTE, "x" * 1_000_001],
)  # fmt: skip
def test_what_is_no_note_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        read_note(text).check(read_verifier(GO_PUBLIC))


def test_no_letter_of_a_note_can_be_another() -> None:
    verifier = LOG.verifier
    note = str(checkpoint(20).signed(LOG))
    read_checkpoint(note, verifier)
    for index, letter in enumerate(note):
        changed = note[:index] + ("A" if letter != "A" else "B") + note[index + 1 :]
        with pytest.raises(BadNote):
            read_checkpoint(changed, verifier)


def test_a_checkpoint_is_written_as_it_always_was() -> None:
    assert str(checkpoint(20).signed(LOG)) == GOLDEN
    assert read_checkpoint(GOLDEN, LOG.verifier) == checkpoint(20)
    assert str(LOG.verifier) == "suqiu/baiyang+54a98473+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"


def test_the_page_about_the_formats_shows_this_very_checkpoint() -> None:
    page = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text("utf-8")
    assert GOLDEN in page
    assert str(LOG.verifier) in page


def test_a_checkpoint_of_another_log_or_key_is_refused() -> None:
    other = KeySigner("suqiu/linhe", bytes(range(32)))
    with pytest.raises(BadNote, match="of another log: expected suqiu/linhe; found suqiu/baiyang"):
        read_checkpoint(checkpoint(20).signed(LOG), other.verifier)
    forger = KeySigner("suqiu/baiyang", bytes(32))
    with pytest.raises(BadNote, match="not signed by suqiu/baiyang"):
        read_checkpoint(checkpoint(20).signed(forger), LOG.verifier)


def test_a_witness_adds_its_name_and_time() -> None:
    note = checkpoint(20).signed(LOG).cosigned(WITNESS, 1_758_675_600)
    again = read_note(str(note))
    assert again.check_cosignature(WITNESS.verifier) == 1_758_675_600
    again.check(LOG.verifier)
    with pytest.raises(BadNote, match=r"not signed by witness\.example"):
        checkpoint(20).signed(LOG).check_cosignature(WITNESS.verifier)
    moved = Note(checkpoint(19).text(), note.signatures)
    with pytest.raises(BadNote, match=r"the cosignature of witness\.example is wrong"):
        moved.check_cosignature(WITNESS.verifier)


def test_a_continuation_proves_that_nothing_before_it_changed() -> None:
    proof = merkle.consistency(7, 20, merkle.subtrees_of(LEAVES))
    sent = str(Continuation(7, proof, checkpoint(20).signed(LOG)))
    read = read_continuation(sent)
    new = read_checkpoint(read.note, LOG.verifier)
    read.verify(checkpoint(7).root, new)
    with pytest.raises(BadProof):
        read.verify(checkpoint(8).root, new)
    assert read_continuation(str(read.note)).old == 0
    for wrong in ("old x\n\n", "old 7\nAAAA\n\n", sent.replace("\n\n", "\n"), "old 7\n" + "A" * 44 + "\n"):
        with pytest.raises(BadNote):
            read_continuation(wrong)


@pytest.mark.parametrize(
    "text", ["", "a", "a+b+c", "a+00000000+ARpc", GO_PUBLIC.replace("c74f20a3", "c74f20a4"), GO_KEY]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(BadKey, match="a public key"):
        read_verifier(text)
    if text != GO_KEY:
        with pytest.raises(BadKey, match="a private key"):
            read_signer(text)


def test_a_name_with_a_blank_makes_no_key() -> None:
    with pytest.raises(BadKey, match="without blanks or plus"):
        KeySigner("a b", bytes(32))
