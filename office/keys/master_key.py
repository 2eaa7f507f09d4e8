"""The master key: from the environment, else from a file (mode 0600) in the data folder."""

import base64
import os
from contextlib import suppress
from pathlib import Path

from eventstore.folder_owner import hand_over, make_folder
from eventstore.private_files import NotPrivate, new_private_file, read_private_file
from eventstore.sealing import KEY_BYTES, MasterKey
from office.settings import Settings, SettingsError


def master_key_file(data: Path) -> Path:
    """The key's file in a data folder."""
    return data / "keys" / "master.key"


def master_key(settings: Settings) -> MasterKey | None:
    """The master key of these settings; None: neither variable nor file exists.

    Raises:
        SettingsError: the value is not a key.
    """
    if settings.master_key is not None:
        return _key(settings.master_key.get_secret_value(), "SUQIU_MASTER_KEY")
    path = master_key_file(settings.data)
    return read_key_file(path) if path.exists() else None


def read_key_file(path: Path) -> MasterKey:
    """The master key of a file.

    Raises:
        SettingsError: the file cannot be read, is another user's, is open to others, or holds no key.
    """
    try:
        text = read_private_file(path)
    except NotPrivate as error:
        raise SettingsError(str(error)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {error}") from error
    return _key(text, str(path))


def make_key_file(path: Path) -> None:
    """Write a fresh master key to a file (mode 0600); an existing file stays."""
    make_folder(path.parent)
    _write_whole(path, base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")


def make_master_key(settings: Settings) -> MasterKey:
    """The master key of these settings; if there is none, one is created in the data folder.

    Raises:
        SettingsError: see `master_key`.
    """
    if (found := master_key(settings)) is not None:
        return found
    make_key_file(master_key_file(settings.data))
    made = master_key(settings)
    assert made is not None
    return made


def _write_whole(path: Path, content: bytes) -> None:
    """Create the file atomically, on disk when this returns: data sealed before that would be lost without it.

    An existing file stays: another process was faster.
    """
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with new_private_file(draft) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    hand_over(draft)
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _key(text: str, where: str) -> MasterKey:
    try:
        return MasterKey(base64.b64decode(text.strip(), validate=True))
    except ValueError as error:
        raise SettingsError(
            f"{where}: expected {KEY_BYTES} bytes in base64, as `openssl rand -base64 32` gives"
        ) from error
