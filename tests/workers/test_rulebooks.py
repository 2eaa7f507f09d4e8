"""A rulebook read again is the same value as long as its files say the same, and another as soon as one does not."""

import shutil
from pathlib import Path

import pytest

from office.rules.rulebooks import read_rulebook
from rulebook.problems import RulebookError

BAIYANG = Path(__file__).parents[2] / "rulebook" / "baiyang"


def test_the_same_texts_are_one_value_wherever_they_stand(tmp_path: Path) -> None:
    copied = tmp_path / "town"
    shutil.copytree(BAIYANG, copied)
    assert read_rulebook(BAIYANG) is read_rulebook(BAIYANG / "rulebook.yaml")
    assert read_rulebook(copied) is read_rulebook(BAIYANG)


def test_a_changed_file_is_another_book_and_a_wrong_one_is_refused_each_time(tmp_path: Path) -> None:
    town = tmp_path / "town"
    shutil.copytree(BAIYANG, town)
    before = read_rulebook(town)
    units = town / "units.yaml"
    text = units.read_text("utf-8")
    units.write_text(text.replace("zh: 城建环卫办", "zh: 城市建设所"), "utf-8")
    assert read_rulebook(town).hash != before.hash
    units.write_text("units: none", "utf-8")
    for _ in range(2):
        with pytest.raises(RulebookError):
            read_rulebook(town)
    units.write_text(text, "utf-8")
    assert read_rulebook(town).hash == before.hash
