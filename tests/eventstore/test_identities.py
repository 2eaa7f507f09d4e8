"""Receipts, petition ids and pseudonyms: nobody guesses them, everybody can type them."""

import string
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from office.identity import ALPHABET, BadReceipt, Identities, normalised

IDENTITIES = Identities(b"\x01" * 32)
OTHERS = Identities(b"\x02" * 32)
submissions = st.text(max_size=40)
FULL_WIDTH = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})


@given(submissions)
def test_the_same_submission_has_the_same_receipt_and_petition(submission: str) -> None:
    receipt = IDENTITIES.receipt(submission)
    assert receipt == IDENTITIES.receipt(submission)
    assert normalised(receipt) == receipt
    assert IDENTITIES.petition(receipt) == IDENTITIES.petition(receipt.lower())


def test_receipts_never_change_for_an_office() -> None:
    """A fixed vector: a resident keeps the paper for years."""
    receipt = IDENTITIES.receipt("external\n1")
    assert receipt == "SQ-1K2D-GT0D-GZ0B-A9GY3"
    assert IDENTITIES.petition(receipt) == "p-7a3851e0cb0f9d86f10fc054d2268ab4"
    assert IDENTITIES.resident("+8613800000001") == "r-d34dca3020eb26a4f9f7e81f3f0fc0a6"


def test_another_office_gives_other_ids_for_the_same() -> None:
    receipt = IDENTITIES.receipt("1")
    assert OTHERS.receipt("1") != receipt
    assert OTHERS.petition(receipt) != IDENTITIES.petition(receipt)
    assert OTHERS.resident("+8613800000001") != IDENTITIES.resident("+8613800000001")


def test_receipts_are_spread_over_eighty_bits() -> None:
    receipts = {IDENTITIES.receipt(str(number)) for number in range(5_000)}
    assert len(receipts) == 5_000
    for place in range(16):
        letters = {receipt[3:].replace("-", "")[place] for receipt in receipts}
        assert letters == set(ALPHABET), f"place {place} is not free"
    shapes = {"".join("9" if letter in ALPHABET else letter for letter in receipt[3:]) for receipt in receipts}
    assert shapes == {"9999-9999-9999-99999"}
    assert all(receipt.startswith("SQ-") for receipt in receipts)


@given(submissions)
def test_ids_say_nothing_and_fit_everywhere(submission: str) -> None:
    petition = IDENTITIES.petition(IDENTITIES.receipt(submission))
    for prefix, name in (("p-", petition), ("r-", IDENTITIES.resident(submission))):
        assert name.startswith(prefix)
        assert len(name) == 34
        assert set(name[2:]) <= set(string.hexdigits.lower())


@given(submissions)
def test_a_receipt_is_read_however_it_is_typed(submission: str) -> None:
    receipt = IDENTITIES.receipt(submission)
    bare = receipt.removeprefix("SQ-").replace("-", "")
    for typed in (
        receipt.lower(),
        f"  {receipt}\n",
        receipt.replace("-", " "),
        receipt.replace("-", ""),
        bare,
        bare.lower(),
        receipt.replace("0", "O").replace("1", "I"),
        receipt.replace("0", "o").replace("1", "l"),
        receipt.replace("-", "–"),
        receipt.replace("-", "——"),
        receipt.translate(FULL_WIDTH),
    ):
        assert normalised(typed) == receipt, typed


def test_a_receipt_whose_own_letters_begin_with_sq_is_read_without_the_prefix() -> None:
    receipt = next(found for number in range(20_000) if (found := IDENTITIES.receipt(str(number)))[3:5] == "SQ")
    assert normalised(receipt[3:]) == receipt


@given(submissions, st.integers(0, 16), st.sampled_from(ALPHABET))
def test_every_wrong_character_is_noticed(submission: str, place: int, wrong: str) -> None:
    digits = IDENTITIES.receipt(submission)[3:].replace("-", "")
    mistyped = digits[:place] + wrong + digits[place + 1 :]
    if mistyped != digits:
        with pytest.raises(BadReceipt, match="mistyped"):
            normalised(mistyped)


@given(submissions, st.integers(0, 16), st.integers(0, 16))
def test_every_exchange_of_two_characters_is_noticed(submission: str, one: int, other: int) -> None:
    digits = list(IDENTITIES.receipt(submission)[3:].replace("-", ""))
    swapped = digits.copy()
    swapped[one], swapped[other] = digits[other], digits[one]
    if swapped != digits:
        with pytest.raises(BadReceipt, match="mistyped"):
            normalised("".join(swapped))


@pytest.mark.parametrize(
    "typed", ["", "SQ-", "SQ-0123", "13800000001", "SQ-0123-4567-89AB-CDEFU", "诉求" * 10, "0" * 400, "SQ" * 10]
)
def test_what_cannot_be_a_receipt_is_told_apart(typed: str) -> None:
    with pytest.raises(BadReceipt, match="expected SQ- and 17 letters or digits") as error:
        normalised(typed)
    assert len(str(error.value)) < 200


@given(submissions, st.integers(0, 16), st.sampled_from(ALPHABET), st.booleans())
def test_a_mistyped_receipt_is_not_repeated_whole(submission: str, place: int, wrong: str, longer: bool) -> None:
    """With one character wrong it is nearly the resident's own: 17 tries, and whoever reads the log has it."""
    digits = IDENTITIES.receipt(submission)[3:].replace("-", "")
    typed = digits[:place] + wrong + digits[place + 1 :] + ("7" if longer else "")
    if typed != digits:
        with pytest.raises(BadReceipt) as error:
            normalised(typed)
        assert typed[5:] not in str(error.value).replace("-", "")
        assert digits[5:12] not in str(error.value).replace("-", "")


@pytest.mark.parametrize("typed", ["张三 13812345678", "SQ-8F2K 三号楼前的路灯坏了"])
def test_what_was_meant_for_another_field_is_not_repeated(typed: str) -> None:
    with pytest.raises(BadReceipt) as error:
        normalised(typed)
    assert "三" not in str(error.value)
    assert "13812345678" not in str(error.value)


@given(submissions, submissions)
def test_a_senders_id_of_an_act_is_kept_as_a_keyed_hash(stream: str, given_id: str) -> None:
    kept = IDENTITIES.command(stream, given_id)
    assert kept == IDENTITIES.command(stream, given_id)
    assert kept != OTHERS.command(stream, given_id), "who lacks the secret finds no number by trying all"
    assert kept != IDENTITIES.command(f"{stream}-", given_id)
    assert kept.startswith("command-id:")
    assert len(kept) == len("command-id:") + 32


@given(st.text())
def test_nothing_typed_breaks_it(typed: str) -> None:
    with suppress(BadReceipt):
        assert normalised(normalised(typed)) == normalised(typed)
