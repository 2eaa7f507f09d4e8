"""A new master key on a running office: the old processes refuse, those started again go on."""

from pathlib import Path

import pytest

from tests.scale.test_canary import clerk
from tests.suqiu import Suqiu


@pytest.mark.long
@pytest.mark.timeout(240)
def test_an_office_goes_on_under_a_new_master_key(suqiu: Suqiu, tmp_path: Path) -> None:
    suqiu.up()
    (before,) = suqiu.rows("submit", "路灯坏了", "--phone", "13800000001")
    new = tmp_path / "new.key"
    old = (suqiu.folder / "keys" / "master.key").read_bytes()
    told = suqiu.json("keys", "rotate-master", "--new", str(new))
    assert (told["made"], told["in_place"]) == (True, True)
    assert told["keys"] >= 2
    assert suqiu.json("keys", "rotate-master", "--new", str(new))["keys"] == 0
    assert suqiu.down() == 0
    assert (suqiu.folder / "keys" / "master.key").read_bytes() == new.read_bytes() != old
    suqiu.up()
    read = ("petition", "read", before["receipt"], "--by", clerk(), "--reason", "核对", "--field", "text")
    assert suqiu.json(*read)["fields"] == {"text": "路灯坏了"}
    (again,) = suqiu.rows("submit", "路灯又坏了", "--phone", "13800000001")
    assert again["receipt"] != before["receipt"]
    (suqiu.folder / "keys" / "master.key").write_bytes(old)
    suqiu.run("petition", "show", before["receipt"], code=1)
    (suqiu.folder / "keys" / "master.key").write_bytes(new.read_bytes())
    assert suqiu.down() == 0
