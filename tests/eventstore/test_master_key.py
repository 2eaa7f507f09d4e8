"""The master key: made once, whole, for its owner's eyes only."""

import base64
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from office.keys.master_key import make_master_key, master_key, master_key_file
from office.settings import Settings, SettingsError


def settings(data: Path, **values: object) -> Settings:
    return Settings(data=data, **values)  # type: ignore[arg-type]


def test_it_is_made_once_and_found_again(tmp_path: Path) -> None:
    assert master_key(settings(tmp_path)) is None
    wrapped = make_master_key(settings(tmp_path)).wrap(b"k" * 32, "r-1")
    assert make_master_key(settings(tmp_path)).unwrap(wrapped, "r-1") == b"k" * 32
    found = master_key(settings(tmp_path))
    assert found is not None
    assert found.unwrap(wrapped, "r-1") == b"k" * 32


def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    make_master_key(settings(tmp_path))
    path = master_key_file(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["master.key"], "no draft is left"


def test_a_draft_of_a_killed_process_is_in_nobody_s_way(tmp_path: Path) -> None:
    path = master_key_file(tmp_path)
    path.parent.mkdir()
    path.with_name(f"master.key.{os.getpid()}").write_text("half a k")
    make_master_key(settings(tmp_path))
    assert master_key(settings(tmp_path)) is not None


def test_a_key_already_there_is_never_overwritten(tmp_path: Path) -> None:
    path = master_key_file(tmp_path)
    path.parent.mkdir()
    given = base64.b64encode(b"\x05" * 32)
    path.write_bytes(given)
    path.chmod(0o600)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(make_master_key, [settings(tmp_path)] * 4))
    assert path.read_bytes() == given


@pytest.mark.parametrize("text", ["", "short", "AAAA", base64.b64encode(b"k" * 31).decode(), "钥匙"])
def test_what_is_no_key_is_named_with_its_place_and_not_shown(tmp_path: Path, text: str) -> None:
    path = master_key_file(tmp_path)
    path.parent.mkdir()
    path.write_text(text, "utf-8")
    path.chmod(0o600)
    with pytest.raises(SettingsError) as error:
        master_key(settings(tmp_path))
    assert str(path) in str(error.value)
    assert not text or text not in str(error.value).replace(str(path), "")


def test_the_environment_s_key_comes_first(tmp_path: Path) -> None:
    make_master_key(settings(tmp_path))
    given = base64.b64encode(b"\x05" * 32).decode()
    key = master_key(settings(tmp_path, master_key=SecretStr(given)))
    assert key is not None
    assert key.unwrap(key.wrap(b"k" * 32, "x"), "x") == b"k" * 32
    with pytest.raises(SettingsError, match="SUQIU_MASTER_KEY: expected 32 bytes in base64"):
        master_key(settings(tmp_path, master_key=SecretStr("no key")))
