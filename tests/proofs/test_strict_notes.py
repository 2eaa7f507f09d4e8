"""Every reader of notes of ours takes the same texts for one: what is read is written again to the same bytes."""

import base64
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from eventstore.proofs.checkpoint import read_checkpoint
from eventstore.proofs.notes import (
    LARGEST_NOTE,
    BadKey,
    BadNote,
    KeySigner,
    Note,
    read_note,
    read_signer,
    read_verifier,
)
from evidence.checkpoint_file import size_in
from evidence.cosigning import witnesses
from evidence.dossiers import verify
from office.settings import SettingsError, read_settings
from tests.proofs.test_notes import GOLDEN, LOG, WITNESS

HIDDEN = ("\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\r", "\r\n")
"""What Python's `splitlines` takes for the end of a line, beside U+000A."""


def padded(coded: str) -> str:
    """The same bytes in base64, with other bits behind the last one that counts."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    body = coded.rstrip("=")
    return body[:-1] + letters[letters.index(body[-1]) ^ 1] + coded[len(body) :]


def ours(text: str) -> Note | None:
    """The note as the log, the notary, the witness and `audit verify` read it."""
    try:
        return read_note(text)
    except BadNote:
        return None


def theirs(text: str) -> verify.Note | None:
    """The note as `verify.py` reads it."""
    try:
        return verify.read_note(text.encode("utf-8", "surrogatepass"), "note")
    except verify.Wrong:
        return None


def both(text: str) -> Note | None:
    """The note, read alike by both readers and written again as it was; or refused by both."""
    mine, other = ours(text), theirs(text)
    assert (mine is None) is (other is None), text
    if mine is not None and other is not None:
        assert (mine.text, list(mine.signatures)) == (other.text, other.signatures)
        assert str(mine) == text
    return mine


SIGNED = GOLDEN.partition("\n\n")[2].rstrip("\n")
PIECES = some.sampled_from(
    [
        "\n",
        "\n\n",
        "a",
        "suqiu/baiyang\n20\n",
        SIGNED,
        f"{SIGNED}\n",
        "— x AAAAAAA=\n",
        "— x AAAAAAB=\n",
        "— ",
        *HIDDEN,
        "\x00",
        "\ud800",
        "\u200b",
        " ",
        "+",
        "=",
    ]
)


@given(some.lists(PIECES, max_size=8).map("".join))
@example(GOLDEN)
@example(GOLDEN[:-1] + "\u2028" + SIGNED + "\n")
@example(GOLDEN.replace("\n", "\r\n"))
@example("a\n\n\n— x AAAAAAA=\n")
@example("\na\n\n— x AAAAAAA=\n")
def test_any_text_is_a_note_to_both_readers_or_to_none(text: str) -> None:
    both(text)


@pytest.mark.parametrize("end", HIDDEN)
def test_a_line_ends_at_the_newline_and_nowhere_else(end: str) -> None:
    """A second signature behind another kind of line end would be seen by one reader and not by the other."""
    assert both(GOLDEN) is not None
    assert both(GOLDEN[:-1] + end) is None
    assert both(GOLDEN[:-1] + end + SIGNED + "\n") is None
    moved = GOLDEN.replace("\nsuqiu-time/1", f"{end}suqiu-time/1")
    note = both(moved)
    if note is not None:
        with pytest.raises(BadNote):
            read_checkpoint(note)


def test_bits_that_mean_nothing_are_zero() -> None:
    coded = SIGNED.rpartition(" ")[2]
    assert base64.b64decode(padded(coded)) == base64.b64decode(coded)
    assert both(GOLDEN.replace(coded, padded(coded))) is None
    witnessed = str(read_note(GOLDEN).cosigned(WITNESS, 1_758_675_600))
    line = witnessed.rstrip("\n").rpartition(" ")[2]
    if line.endswith("="):
        assert both(witnessed.replace(line, padded(line))) is None
    name, number, key = str(KeySigner("x", bytes(32)).verifier).split("+", 2)
    longer = base64.b64encode(base64.b64decode(key)).decode()
    assert longer == key
    assert "=" not in key, "33 bytes have no bits to spare"
    assert read_verifier(f"{name}+{number}+{key}\n")
    for reader in (read_verifier, read_signer):
        with pytest.raises(BadKey):
            reader(f"{name}+{number}+{key}====")


def test_a_note_of_any_size_is_one_to_both_or_to_none() -> None:
    for count in (1_500, 20_000):
        note = GOLDEN + f"{SIGNED}\n" * count
        assert (both(note) is None) is (len(note) > LARGEST_NOTE)


def test_a_size_has_ascii_digits() -> None:
    for size, read in (("20", 20), ("٢٠", -1), ("020", -1), ("２０", -1), ("9" * 19, -1)):
        assert size_in(GOLDEN.replace("\n20\n", f"\n{size}\n")) == read


def test_a_witness_is_not_hidden_in_a_comment(tmp_path: Path) -> None:
    """`#` begins a comment up to the end of the line; a separator that no editor shows does not end it."""
    (tmp_path / "keys").mkdir()
    file = tmp_path / "keys" / "witnesses.txt"
    settings = read_settings(data=tmp_path, witness_keys=None)
    for hidden in HIDDEN:
        if hidden in ("\r", "\r\n"):
            continue  # an editor shows it as a line of its own
        file.write_text(f"# the court's machine{hidden}{WITNESS.verifier}\n", "utf-8")
        assert witnesses(settings) == ()
        file.write_text(f"{WITNESS.verifier}{hidden}{WITNESS.verifier}\n", "utf-8")
        with pytest.raises(SettingsError):
            witnesses(settings)
    file.write_text(f"# the court's machine\n{WITNESS.verifier}\n", "utf-8")
    assert witnesses(settings) == (WITNESS.verifier,)


def test_what_was_signed_is_read_as_before() -> None:
    assert read_checkpoint(GOLDEN, LOG.verifier).size == 20
    assert verify.read_checkpoint(GOLDEN.encode(), verify.read_key(str(LOG.verifier), "key"), "note").size == 20
