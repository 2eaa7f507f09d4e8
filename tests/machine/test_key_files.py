"""A key is read only from a file that nobody else has read or written, and made where nobody else has put something."""

import base64
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from eventstore.private_files import NotPrivate
from eventstore.proofs.notes import COSIGNATURE, KeySigner
from evidence import witness as witnesses
from evidence.accepting_loss import new_signer
from evidence.log_key import keep_key, log_signer, make_key_file
from office.keys import master_key
from office.settings import Settings, SettingsError, read_settings

NAME = "suqiu/test"
SOMEBODY = 12_345


def master(data: Path) -> Path:
    path = data / "keys" / "master.key"
    master_key.make_key_file(path)
    return path


def log(data: Path) -> Path:
    path = data / "keys" / "log.key"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    keep_key(path, KeySigner(NAME, bytes(32)))
    return path


def witness(data: Path) -> Path:
    path = data / "witness.key"
    keep_key(path, KeySigner(NAME, bytes(32), COSIGNATURE))
    return path


READERS: dict[str, tuple[Callable[[Path], Path], Callable[[Settings, Path], object]]] = {
    "the master key of a data folder": (master, lambda settings, _: master_key.master_key(settings)),
    "a new master key": (master, lambda _, path: master_key.read_key_file(path)),
    "the log key of a data folder": (log, lambda settings, _: log_signer(settings)),
    "a log key in a file of its own": (log, lambda _, path: make_key_file(path, NAME)),
    "a log key after a loss": (log, lambda _, path: new_signer(path, NAME)),
    "a witness's key": (witness, lambda _, path: witnesses._signer(path, NAME)),
}


@pytest.fixture(params=READERS)
def key(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Callable[[], object]]:
    """A key file, and who reads it."""
    make, read = READERS[request.param]
    path = make(tmp_path)
    return path, lambda: read(read_settings(data=tmp_path), path)


def test_a_key_file_of_ours_alone_is_read(key: tuple[Path, Callable[[], object]]) -> None:
    path, read = key
    assert read()
    path.chmod(0o400)
    assert read()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o666])
def test_a_key_file_open_to_others_is_refused(key: tuple[Path, Callable[[], object]], mode: int) -> None:
    path, read = key
    path.chmod(mode)
    with pytest.raises((SettingsError, NotPrivate), match=rf"{path}.*mode 0{mode:o}.*chmod 600"):
        read()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_key_file_of_somebody_else_is_refused(key: tuple[Path, Callable[[], object]]) -> None:
    path, read = key
    os.chown(path, SOMEBODY, SOMEBODY)
    with pytest.raises((SettingsError, NotPrivate), match=rf"{path} belongs to another user \(uid {SOMEBODY}\)"):
        read()


def test_what_is_no_file_is_no_key(key: tuple[Path, Callable[[], object]]) -> None:
    path, read = key
    path.unlink()
    os.mkfifo(path, 0o600)
    with pytest.raises((SettingsError, NotPrivate), match="is no file"):
        read()  # and does not wait for somebody to write into it


@pytest.mark.skipif(os.geteuid() != 0, reason="only root reads what is another's")
def test_root_reads_the_key_of_the_folders_owner(tmp_path: Path) -> None:
    path = master(tmp_path)
    for each in (path, path.parent):
        os.chown(each, SOMEBODY, SOMEBODY)
    assert master_key.master_key(read_settings(data=tmp_path))


def test_a_key_is_not_written_into_what_somebody_else_has_put_in_its_place(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    theirs = tmp_path / "theirs"
    theirs.write_text("before", "utf-8")
    theirs.chmod(0o666)
    for name in (f"master.key.{os.getpid()}", f"master.key.{os.getpid()}.part"):
        (keys / name).symlink_to(theirs)
    made = master(tmp_path)
    assert theirs.read_text("utf-8") == "before"
    assert len(base64.b64decode(made.read_text("ascii"))) == 32
    assert not made.is_symlink()
    assert made.stat().st_mode & 0o777 == 0o600
