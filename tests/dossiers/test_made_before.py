"""A dossier of an earlier version still verifies, to the same verdicts, by today's verifier and by the one in it.

`made_before.zip.xz` is of the demo's story, for auditors, as a version from before outside times and completeness were
said made it: without heads of erasures, and with its own `verify.py`.
"""

import json
import lzma
from pathlib import Path
from typing import Any

import pytest

from evidence.dossiers import verify
from tests.dossiers.bare import Bare

KEPT = Path(__file__).with_name("made_before.zip.xz")


@pytest.fixture(scope="module")
def content() -> bytes:
    return lzma.decompress(KEPT.read_bytes())


@pytest.fixture(scope="module")
def then(content: bytes, bare: Bare, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the verifier in the dossier says of it."""
    folder = tmp_path_factory.mktemp("before")
    (folder / "verify.py").write_bytes(verify.unpacked(content)["verify.py"])
    (folder / "one.zip").write_bytes(content)
    answer = bare.run(folder / "verify.py", folder / "one.zip", "--json")
    assert answer.code == 0, answer
    return answer.row


SAME = (
    "clock",
    "tier",
    "rule",
    "rulebook",
    "started_at",
    "due_at",
    "days",
    "verdict",
    "by_seconds",
    "proven",
    "on_record",
)


def test_it_verifies_to_the_same_verdicts(content: bytes, then: dict[str, Any]) -> None:
    now = json.loads(verify.dumped(verify.as_json(verify.verify(content))))
    assert len(now["clocks"]) == len(then["clocks"]) > 2
    for ours, theirs in zip(now["clocks"], then["clocks"], strict=True):
        assert {name: ours[name] for name in SAME} == {name: theirs[name] for name in SAME}
        assert ours["sentences"][0] == theirs["sentences"][0]
    said = [each["en"] for each in now["proven"]]
    assert [each["en"] for each in then["proven"]] == said


def test_what_it_does_not_show_is_said_and_refuses_nothing(content: bytes) -> None:
    verified = verify.verify(content)
    assert verify.as_json(verified)["shown"]["not_shown"] == 1
    assert any("nothing shows that none was left out" in each.en for each in verified.remarks)
    assert any("sealed texts are not opened here" in each.en for each in verified.remarks)
