"""Whatever is told has a name that people use."""

from pathlib import Path

import yaml

from projections.letters import LETTERS


def test_every_letter_there_is_has_a_name_in_both_languages() -> None:
    text = (Path(__file__).parents[2] / "rulebook" / "messages.yaml").read_text("utf-8")
    book = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - texts only, so that `on` stays a word
    assert {template["on"] for template in book["templates"]} == set(LETTERS)
    names = [each.zh for each in LETTERS.values()]
    assert len(set(names)) == len(names)
    assert all(each.zh and each.en for each in LETTERS.values())
