"""The town of the tests does not change: its figures are those its tests were written by."""

from office.rules.rulebooks import read_rulebook
from tests.towns import FROZEN

HASH = "sha256:a03a65ebcf514a77df0ecf0d968a76995a244d78d4e7436dc1356cd0980baf57"


def test_the_town_of_the_tests_is_the_one_they_were_written_by() -> None:
    assert read_rulebook(FROZEN).hash == HASH, "change the shipped rulebook instead, and leave this one as it is"
