"""Where an export cannot be written, the place that was given is named."""

from pathlib import Path

import pytest

from cli.evidence.traces import _draft
from cli.failures import WrongUse


def test_a_folder_that_is_not_there_is_named_as_it_was_given(tmp_path: Path) -> None:
    place = tmp_path / "not-there" / "x.xes"
    with pytest.raises(WrongUse) as caught, _draft(place):
        pass
    assert str(caught.value) == f"{place}: expected a file in a folder that is there"
